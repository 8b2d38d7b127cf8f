"""Topic suggestions: topics for services that nobody assigned a topic, and their review."""
