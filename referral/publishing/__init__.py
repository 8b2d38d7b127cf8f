"""Publishing: the ledger of what is public, and the feed of changes."""

# What other parts of the product may import, by module.
INTERFACE = {
    "changes_feed": ("NotPublishedError", "UnknownCursorError", "read_changes"),
}
