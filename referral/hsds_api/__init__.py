"""The API of HSDS: public records for programs of others, as the standard has it."""

# What other parts of the product may import, by module.
INTERFACE: dict[str, tuple[str, ...]] = {}
