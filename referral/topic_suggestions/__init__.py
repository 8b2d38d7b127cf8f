"""Topic suggestions: our topics for services that nobody tagged with them, and their review."""
