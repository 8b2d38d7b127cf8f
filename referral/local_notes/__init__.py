"""Local notes: what the library says on top of records that come from a list of somebody else."""
