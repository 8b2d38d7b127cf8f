"""The invented county of the demo: sample inquiries, guides, and work that waits for staff."""
