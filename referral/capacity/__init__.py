"""Capacity: how much room a service has today, as the place or the desk says it."""

# What other parts of the product may import, by module.
INTERFACE: dict[str, tuple[str, ...]] = {
    "statements": ("drop_old_statements", "end_capacities"),
}
