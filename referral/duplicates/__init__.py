"""Duplicate records: matching, the queue of pairs, merging and its undo."""

# What other parts of the product may import, by module.
INTERFACE = {
    "already_there": ("AlreadyThere", "find_already_there"),
    "candidates": ("FIND_DUPLICATES", "find_duplicates", "queue_search", "run_search_job"),
    "compared_values": ("Rarity",),
    "match_keys": ("host_key", "name_tokens"),
    "matching": ("Evidence",),
    "name_matching": ("match_names",),
}
