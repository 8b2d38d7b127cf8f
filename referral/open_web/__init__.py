"""The open web: what search engines, browsers and the sites of others get of the directory."""

# What other parts of the product may import, by module.
INTERFACE: dict[str, tuple[str, ...]] = {}
