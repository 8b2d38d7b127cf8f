"""Topic suggestions: our topics for services that nobody tagged with them, and their review."""

# What other parts of the product may import, by module.
INTERFACE = {
    "suggestion_runs": (
        "RunSummary",
        "TOPIC_SUGGESTIONS",
        "is_run_due",
        "queue_if_changed",
        "run_suggestions_job",
        "suggest_topics",
    ),
}
