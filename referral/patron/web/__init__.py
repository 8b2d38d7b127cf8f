"""Pages for a person who looks for help."""
