"""The open web: what search engines, browsers and other sites get from the directory."""

# What other parts of the product may import, by module.
INTERFACE: dict[str, tuple[str, ...]] = {}
