"""Capacity: how much room a service has today, as the place, the desk or a slip says it."""

# What other parts of the product may import, by module.
INTERFACE: dict[str, tuple[str, ...]] = {
    "capacity_links": ("drop_ended_links",),
    "statements": ("drop_old_statements", "end_capacities", "say_full", "take_full_back"),
}
