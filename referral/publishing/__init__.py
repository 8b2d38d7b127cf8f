"""Publishing: the ledger of what is public, the feed of changes, and the whole as one file."""

# What other parts of the product may import, by module.
INTERFACE: dict[str, tuple[str, ...]] = {}
