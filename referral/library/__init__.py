"""Settings that a library makes for itself, and the tasks of its first day."""
