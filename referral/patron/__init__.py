"""Patron features that keep state: the list of chosen services."""
