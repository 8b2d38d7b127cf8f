"""Duplicate records: matching, the queue of pairs, merging and its undo."""

# What other parts of the product may import, by module.
INTERFACE = {
    "already_there": ("AlreadyThere", "find_already_there"),
    "candidates": ("find_duplicates",),
    "compared_values": ("Rarity",),
    "match_keys": ("host_key", "name_tokens"),
    "matching": ("Evidence",),
    "name_matching": ("match_names",),
    "search_jobs": ("FIND_DUPLICATES", "queue_search", "run_search_job"),
}
