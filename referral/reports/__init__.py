"""Reports: live counts, rounded counts of closed periods, reference statistics, map of needs."""
