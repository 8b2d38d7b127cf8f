"""The opened directory, and what pages read from it: listings, cards, search, help lines."""
