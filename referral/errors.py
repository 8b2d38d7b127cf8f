"""Exceptions that callers must handle. Each message says what to do next."""

from __future__ import annotations

from referral.message import Message, Value


class InstanceError(Exception):
    """Base class of all exceptions that Referral raises on purpose."""


class NotFoundError(InstanceError):
    """Error raised if a record does not exist, or the audience may not see it."""


class RefusedError(InstanceError):
    """Error raised if input cannot be used, and nothing was written.

    ``str`` returns the English text of ``message``.
    """

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


class SettingsError(InstanceError):
    """Error raised if a setting is missing or cannot be used."""


class IndexUnavailableError(InstanceError):
    """Error raised if the search index cannot be used while it is being rebuilt."""


class DatabaseUnavailableError(InstanceError):
    """Error raised if the database cannot be reached or run a statement.

    The outcome of the statement is unknown.
    """


class DiskFullError(DatabaseUnavailableError):
    """Error raised if the disk of the database is full. Nothing was written."""


class DatabaseDamagedError(DatabaseUnavailableError):
    """Error raised if the database file is damaged, empty or no database.

    A backup has to be restored.
    """


def refused(msgid: str, /, **params: Value) -> RefusedError:
    """Return a ``RefusedError`` with a translated message. Babel extracts the text by this name."""
    return RefusedError(Message(msgid, params))
