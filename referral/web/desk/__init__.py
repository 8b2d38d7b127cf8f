"""Pages for the desk: inquiries, follow-up, reports."""
