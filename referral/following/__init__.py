"""Following: lists of partners that are fetched by themselves, and reviewed like any import."""

# What other parts of the product may import, by module.
INTERFACE: dict[str, tuple[str, ...]] = {
    "followed_sources": ("failing_sources", "publisher_report_page"),
    "pulls": ("PULL", "pull_source", "queue_due_pulls"),
    "settlement": ("SETTLE", "is_reading", "settle_pull"),
}
