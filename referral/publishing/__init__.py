"""Publishing: the ledger of what is public, the feed of changes, and the whole as one file."""

# What other parts of the product may import, by module.
INTERFACE = {
    "atom_feed": ("atom_feed",),
    "changes_feed": ("NotPublishedError", "UnknownCursorError", "read_changes"),
    "ledger_runs": ("queue_whole_file",),
    "whole_file": ("WHOLE_FILE", "is_old", "whole_file"),
}
