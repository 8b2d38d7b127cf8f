"""Patron features that store state: my list, the list of chosen services."""
