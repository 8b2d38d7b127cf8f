"""The API of HSDS: public records for other programs, in the form of the standard."""

# What other parts of the product may import, by module.
INTERFACE: dict[str, tuple[str, ...]] = {}
