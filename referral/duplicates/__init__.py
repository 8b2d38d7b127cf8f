"""Duplicate records: matching, the queue of pairs, merging and its undo."""

# What other parts of the product may import, by module.
INTERFACE = {
    "already_there": ("AlreadyThere", "find_already_there"),
    "candidates": ("find_duplicates",),
}
