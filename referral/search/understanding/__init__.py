"""Query understanding: words, phrases, topics, preferences, towns, danger, spelling."""
