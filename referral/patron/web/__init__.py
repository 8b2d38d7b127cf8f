"""Public pages: home, search, listings, topics, my list."""
