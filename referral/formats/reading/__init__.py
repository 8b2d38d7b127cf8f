"""Shared parts of all readers: cells, rows, joins, areas, terms, protection flags."""
