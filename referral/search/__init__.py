"""Full-text search on Whoosh: documents, sync with the store, query understanding, ranking."""

from referral.search.index import Index, has_index

__all__ = ["Index", "has_index"]
