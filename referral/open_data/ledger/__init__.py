"""The publication ledger: which records were published, changed or removed, and the feed of it."""
