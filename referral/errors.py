"""What a caller must handle. Each message says what to do next."""

from __future__ import annotations

from referral.message import Message, Value


class InstanceError(Exception):
    """Base of all errors that Referral raises on purpose."""


class NotFoundError(InstanceError):
    """There is no such record, or the audience may not see it."""


class RefusedError(InstanceError):
    """The input as a whole cannot be used; nothing was written.

    ``str`` gives the English text of ``message``.
    """

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


class SettingsError(InstanceError):
    """A setting is missing or cannot be used."""


class IndexUnavailableError(InstanceError):
    """The search index cannot answer now; it is being rebuilt."""


class DatabaseUnavailableError(InstanceError):
    """The database is away, or cannot do this now; nothing that was asked of it is certain."""


class DiskFullError(DatabaseUnavailableError):
    """The disk of the database has no room; what was to be written is not."""


class DatabaseDamagedError(DatabaseUnavailableError):
    """The file of the database is damaged, empty or no database; a backup is to be restored."""


def refused(msgid: str, /, **params: Value) -> RefusedError:
    """The error for a message whose text is in the catalogs; Babel extracts its text."""
    return RefusedError(Message(msgid, params))
