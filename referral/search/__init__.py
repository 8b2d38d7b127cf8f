"""Everything that touches Whoosh: what a document is, how it follows the store, how it answers."""

from referral.search.index import Index

__all__ = ["Index"]
