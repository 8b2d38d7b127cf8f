"""Frozen records of the directory, and pure functions with the rules about them."""
