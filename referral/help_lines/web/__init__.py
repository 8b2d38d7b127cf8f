"""Pages of help lines."""
