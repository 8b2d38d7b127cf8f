"""What a caller must handle. Each message says what to do next."""

from __future__ import annotations


class DirectoryError(Exception):
    """Base of all errors that Referral raises on purpose."""


class NotFoundError(DirectoryError):
    """There is no such record, or the audience may not see it."""


class RefusedError(DirectoryError):
    """The input as a whole cannot be used; nothing was written."""


class SettingsError(DirectoryError):
    """A setting is missing or cannot be used."""


class IndexUnavailableError(DirectoryError):
    """The search index cannot answer now; it is being made anew."""
