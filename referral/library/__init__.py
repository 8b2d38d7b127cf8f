"""The library itself: the settings of its own, and the list of its first day."""

# What other parts of the product may import, by module.
INTERFACE: dict[str, tuple[str, ...]] = {}
