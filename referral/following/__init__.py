"""Followed sources: lists of partners, fetched automatically and reviewed like any import."""
