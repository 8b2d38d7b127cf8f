"""Everything that touches Whoosh: what a document is, how it follows the store, how it answers."""

from referral.search.index import Index, has_index

__all__ = ["Index", "has_index"]
