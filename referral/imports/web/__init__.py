"""Pages about imports: upload, what a list would change, deciding, applying, undoing."""
