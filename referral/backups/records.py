"""What a backup says of itself, and what restores and checks report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

import msgspec

from referral.errors import DirectoryError

FORMAT = 1
COUNTED = frozenset({"service", "organization", "account", "inquiry"})
"""Tables whose rows tell whether there is a directory, and its size."""


class BackupError(DirectoryError):
    """A backup cannot be made, read or restored; the message says why."""


class Part(msgspec.Struct, frozen=True):
    """One file in a backup; ``rows`` is given for a table."""

    name: str
    size: int
    sha256: str
    rows: int | None = None


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup has.

    Attributes:
        format: of the backup; ours is ``FORMAT``.
        revision: of the tables.
        database: kind that it was read from; either kind takes it.
        parts: all other files in the backup.
        settings: names of the variables that were set, with values that are not secret.
        keys: name → check values; the keys themselves only where sealed.
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
        """How many rows all tables have."""
        return sum(part.rows or 0 for part in self.parts)

    @property
    def records(self) -> int:
        """Return how many rows the tables have that tell the size of a directory."""
        return sum(part.rows or 0 for part in self.parts if PurePath(part.name).stem in COUNTED)

    def has_far_fewer_than(self, other: Manifest) -> bool:
        """Return whether the directory is less than half of what another backup has."""
        return self.records * 2 < other.records

    @property
    def tables(self) -> int:
        """How many tables there are."""
        return sum(part.rows is not None for part in self.parts)


@dataclass(frozen=True, slots=True)
class Returning:
    """What a restore brings back, and which accounts stay shut.

    Attributes:
        accounts: e-mail addresses of accounts that are not there now, and may sign in then.
        disabled: those of accounts that stay disabled, though the backup has them enabled.
        listings: names of services that are not on the list now.
    """

    accounts: tuple[str, ...] = ()
    disabled: tuple[str, ...] = ()
    listings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreReport:
    """What a restore did, or would do.

    Attributes:
        replaces: rows that were there before.
        still_held: records that are withheld or for staff only at present, and were public in the
            backup; they stay so.
        still_away: records and parts that followed lists took away since; they stay away.
        returning: accounts and listings that come back, and accounts that stay disabled.
        is_present_known: whether the present data could be read, to keep shut what is shut.
        set_aside: where the present data went; "" for none.
        files: of the instance folder.
        keys: the keys that were put back.
        unfit_keys: keys that are not those of the backup.
    """

    manifest: Manifest
    replaces: int = 0
    still_held: int = 0
    still_away: int = 0
    returning: Returning = Returning()
    is_present_known: bool = True
    set_aside: str = ""
    files: int = 0
    keys: tuple[str, ...] = ()
    unfit_keys: tuple[str, ...] = ()
