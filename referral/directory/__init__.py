"""The opened directory and what every feature reads of it: listings, cards, search, help lines."""
