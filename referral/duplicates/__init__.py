"""Duplicate records: matching, the queue of pairs, merging and its undo."""

# What other parts of the product may import, by module.
INTERFACE = {
    "candidates": ("find_duplicates",),
}
