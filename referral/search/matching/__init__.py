"""Matching: which documents have the clauses and pass the filters."""
