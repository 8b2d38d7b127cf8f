"""The opened directory: listings, cards, browse, the front of search, help lines, texts."""
