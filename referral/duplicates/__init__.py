"""Duplicate records: matching, the queue of pairs, merging and its undo."""
