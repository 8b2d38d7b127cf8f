"""The library itself: the settings of its own, and the list of its first day."""
