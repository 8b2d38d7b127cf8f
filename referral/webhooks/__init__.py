"""Webhooks: programs of partners that are told when the public directory changed."""

# What other parts of the product may import, by module.
INTERFACE: dict[str, tuple[str, ...]] = {
    "registered_webhooks": ("failing_webhooks",),
    "webhook_calls": ("WEBHOOK_CALL", "call_webhook", "queue_due_calls"),
}
