"""Local notes: what the library says on top of records that come from a list of somebody else."""

# What other parts of the product may import, by module.
INTERFACE: dict[str, tuple[str, ...]] = {}
