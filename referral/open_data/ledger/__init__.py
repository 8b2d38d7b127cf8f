"""The ledger of what was published, when it changed and what is gone, and the feed of it."""
