"""Reports: live counts, rounded counts of closed periods, reference statistics, the needs map."""
