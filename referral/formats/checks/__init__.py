"""Checks of a whole list: references, positions, safe houses."""
