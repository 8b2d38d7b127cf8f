"""Bounded binary streams of the files of a list."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import IO, Self

from referral.errors import RefusedError, refused

MAX_FILE_BYTES = 256 * 2**20
MAX_TOTAL_BYTES = 512 * 2**20
SMALL_CHUNK = 2**16
LARGE_CHUNK = 2**20
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError)
_ODD_PACKING = (NotImplementedError, RuntimeError)
UNREADABLE = (*_DAMAGE, *_ODD_PACKING)
Opener = Callable[[], AbstractContextManager[IO[bytes]]]


@dataclass(frozen=True, slots=True)
class ListFile:
    """One file of a list.

    Attributes:
        path: path inside the list, with ``/``.
        size: bytes that it declares; of a gzip, those of the packed file.
        opener: opens it for reading.
        limit: bytes that are read at most, whatever is declared.
    """

    path: str
    size: int
    opener: Opener
    limit: int = MAX_TOTAL_BYTES


@dataclass(slots=True)
class Budget:
    """Bytes that may still be unpacked, whatever the zip declares; a second reading is free."""

    left: int
    counted: dict[Opener, int] = field(default_factory=dict)

    def spend(self, opener: Opener, total: int) -> None:
        """Count the bytes given so far of one file."""
        counted = self.counted.get(opener, 0)
        if total > counted:
            self.counted[opener] = total
            self.left -= total - counted
        if self.left < 0:
            raise refused("The zip unpacks to more than it declares. It was not read.")


class BoundedStream:
    """A binary stream, open for as long as the ``with`` lasts.

    Reading raises ``RefusedError`` for a damaged file and beyond the limit of bytes.
    """

    def __init__(self, file: ListFile, limit: int, budget: Budget | None) -> None:
        self._file = file
        self._limit = limit
        self._budget = budget
        self._given = 0

    def __enter__(self) -> Self:
        with _damage_named(self._file.path):
            self._open = self._file.opener()
            self._stream = self._open.__enter__()
        return self

    def __exit__(self, *_error: object) -> None:
        self._open.__exit__(None, None, None)

    def read(self, size: int = LARGE_CHUNK) -> bytes:
        """At most ``size`` bytes; none at the end."""
        with _damage_named(self._file.path):
            chunk = self._stream.read(size)
        self._given += len(chunk)
        if self._budget:
            self._budget.spend(self._file.opener, self._given)
        if self._given > self._limit:
            raise too_large(self._file.path, self._limit)
        return chunk


def too_large(name: str, limit: int) -> RefusedError:
    """The refusal of a file beyond a limit of bytes."""
    return refused(
        "%(name)s is larger than %(megabytes)s MB. Split the list, or ask for one without "
        "attachments.",
        name=name,
        megabytes=limit // 2**20,
    )


@contextmanager
def _damage_named(name: str) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise refused("%(name)s is damaged or cut short. Ask for it again.", name=name) from error
    except _ODD_PACKING as error:
        raise refused(
            "%(name)s is packed in an unusual way. Pack it again as an ordinary zip.", name=name
        ) from error
