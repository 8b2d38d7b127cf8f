"""Reports: live counts, rounded counts of closed periods, reference statistics, the needs map."""

# What other parts of the product may import, by module.
INTERFACE: dict[str, tuple[str, ...]] = {
    "closed_counts": ("close_periods",),
}
