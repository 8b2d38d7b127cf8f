"""Slips: services under a short code that says nothing of whose it is."""
