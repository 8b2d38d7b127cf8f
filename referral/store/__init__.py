"""Tables, queries, the change log and migrations."""

from referral.store.database import Store

__all__ = ["Store"]
