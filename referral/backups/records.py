"""Records of a backup and its restore: manifest, parts, report, and the error of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

import msgspec

from referral.errors import InstanceError

FORMAT = 1
COUNTED = frozenset({"service", "organization", "account", "inquiry"})
"""Tables whose rows are counted as the size of a directory."""


class BackupError(InstanceError):
    """Raised when a backup cannot be made, read or restored; the message contains the reason."""


class Part(msgspec.Struct, frozen=True):
    """A file in a backup; ``rows`` is the number of rows of a table, None for other files."""

    name: str
    size: int
    sha256: str
    rows: int | None = None


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Description of a backup and its parts.

    Attributes:
        format: version of the format of backups, now ``FORMAT``.
        revision: schema revision of the tables.
        database: kind of the source database; a backup can be restored to another kind.
        parts: all other files in the backup.
        settings: settings that were not the default, with "" for values that may be secret.
        keys: check values by name of the key.
    """

    format: int
    version: str
    made_at: datetime
    revision: str
    database: str
    store_id: str
    last_change: int
    parts: tuple[Part, ...]
    settings: Mapping[str, str]
    keys: Mapping[str, tuple[str, ...]]
    has_sealed_keys: bool

    @property
    def rows(self) -> int:
        """Return the number of rows in all tables of the backup."""
        return sum(part.rows or 0 for part in self.parts)

    @property
    def records(self) -> int:
        """Return how many services, organizations, accounts and inquiries the backup has in all."""
        return sum(part.rows or 0 for part in self.parts if PurePath(part.name).stem in COUNTED)

    def has_far_fewer_than(self, other: Manifest) -> bool:
        """Return whether the backup has less than half the records of another backup."""
        return self.records * 2 < other.records

    @property
    def tables(self) -> int:
        """Return the number of tables in the backup."""
        return sum(part.rows is not None for part in self.parts)


@dataclass(frozen=True, slots=True)
class Returning:
    """Accounts and listings that a restore brings back, and accounts that stay disabled.

    Attributes:
        accounts: email addresses of accounts that do not exist now, and can sign in afterwards.
        disabled: email addresses of accounts that stay disabled, though enabled in the backup.
        listings: names of services that the public does not see now.
    """

    accounts: tuple[str, ...] = ()
    disabled: tuple[str, ...] = ()
    listings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreReport:
    """Report of a restore, or of what a restore would do.

    Attributes:
        replaces: number of counted rows in the current database; -1 if it is damaged.
        still_withheld: number of records that are public in the backup, but stay withheld or for
            staff as they are now.
        still_retired: number of records and parts that stay retired, since followed lists removed
            them after the backup.
        returning: accounts and listings that come back, and accounts that stay disabled.
        is_present_known: whether the current data could be read, so that its restrictions apply.
        set_aside: folder to which the current data was moved; "" for none.
        files: number of files of the instance folder.
        keys: names of the keys that were restored.
        unfit_keys: names of keys that are not those of the backup.
    """

    manifest: Manifest
    replaces: int = 0
    still_withheld: int = 0
    still_retired: int = 0
    returning: Returning = Returning()
    is_present_known: bool = True
    set_aside: str = ""
    files: int = 0
    keys: tuple[str, ...] = ()
    unfit_keys: tuple[str, ...] = ()
