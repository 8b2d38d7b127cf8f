"""Patron features that keep state: the list of chosen services."""

# What other parts of the product may import, by module.
INTERFACE: dict[str, tuple[str, ...]] = {}
