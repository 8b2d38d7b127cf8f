"""Reports: counts, small-cell suppression, unmet needs, the needs map."""

# What other parts of the product may import, by module.
INTERFACE: dict[str, tuple[str, ...]] = {
    "publication": ("publish_closed_periods",),
}
