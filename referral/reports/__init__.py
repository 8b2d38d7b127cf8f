"""Reports: counts, small-cell suppression, unmet needs, the needs map."""
