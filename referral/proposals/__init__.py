"""Proposals: missing places that patrons propose for listing, until staff decide on them."""
