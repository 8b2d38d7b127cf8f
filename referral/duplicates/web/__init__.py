"""Pages of duplicates."""
