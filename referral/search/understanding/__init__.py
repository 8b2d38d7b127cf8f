"""Query understanding: tokens, phrases, towns, topics, suggestions."""
