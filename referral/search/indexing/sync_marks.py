"""Sync marks: the last change that a generation includes, and checksums of its files.

The mark is written after the commit that it describes: a crash in between repeats work, without
harm. It lists size and checksum of each file of that commit, since Whoosh may notice a damaged
file late or never.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from referral.search.codec.array_codec import SUFFIX
from referral.store.change_log import LogPoint, StoreState

MARK_FILE = "mark.json"
_TOC = re.compile(r"_MAIN_(\d+)\.toc\Z")
_SORTED_POSTINGS = "MAIN.tmp"  # a folder
_SEGMENT = re.compile(r"MAIN_[0-9a-z]+\.[A-Za-z0-9_.]+\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The mark of an index generation: the point in the change log up to which it is synced.

    Attributes:
        schema: ``schema.schema_hash()`` when it was made.
        store_id: id of the store that it was read from.
        sequence: it includes all changes up to this one.
        seen_sequence, seen_token: the last change that sessions could see when rows were read. It
            is written before the commit: nothing in the index is newer.
        commit: number of the Whoosh commit that it describes.
        files: name → (size, CRC-32).
        must_purge: the files still contain text that was withheld since.
    """

    schema: str
    store_id: str
    sequence: int
    seen_sequence: int
    seen_token: int
    commit: int = 0
    files: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    must_purge: bool = False

    @classmethod
    def at(cls, state: StoreState, schema: str) -> Mark:
        """Return the mark of a generation whose rows are read by a session that sees a state."""
        return cls(
            schema=schema,
            store_id=state.store_id,
            sequence=state.last_sequence,
            seen_sequence=state.last_sequence,
            seen_token=state.last_token,
        )

    @property
    def seen(self) -> LogPoint:
        """Return the point in the change log up to which the rows of the generation were read."""
        return LogPoint(self.store_id, self.seen_sequence, self.seen_token)

    def having_seen(self, point: LogPoint) -> Mark:
        """Return the mark after rows are read by a session that sees a later point."""
        return replace(self, seen_sequence=point.sequence, seen_token=point.token)

    @property
    def segment_ids(self) -> set[str]:
        """Return Whoosh's names of the segments of the commit."""
        return {name.split(".")[0] for name in self.files if name.endswith(SUFFIX)}

    @property
    def segments(self) -> int:
        """Return the number of segments of the commit."""
        return len(self.segment_ids)


def read_mark(folder: Path) -> Mark | None:
    """Return the mark of a generation; None when there is none or it is damaged."""
    try:
        written = json.loads((folder / MARK_FILE).read_text(encoding="utf-8"))
        check = written.pop("check")
        if check != _check(written):
            return None
        written["files"] = {name: (size, crc) for name, (size, crc) in written["files"].items()}
        return Mark(**written)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None


def write_mark(folder: Path, mark: Mark) -> None:
    """Replace the mark of a generation atomically."""
    values = asdict(mark)
    values["files"] = {name: [size, crc] for name, (size, crc) in sorted(mark.files.items())}
    text = json.dumps({**values, "check": _check(values)}, indent=1)
    replace_file(folder / MARK_FILE, text)


def with_current_files(folder: Path, mark: Mark) -> Mark:
    """Return the mark with the files of the newest commit in its folder."""
    return replace(
        mark, commit=latest_commit(folder), files=measure_files(folder, known=mark.files)
    )


def replace_file(path: Path, text: str) -> None:
    """Write a small file atomically: readers see, and crashes leave, the old or the new one."""
    new_path = path.with_name(f"{path.name}.new")
    with new_path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new_path.replace(path)
    _sync_folder(path.parent)


def latest_commit(folder: Path) -> int:
    """Return the number of the newest Whoosh commit in a folder, -1 when there is none."""
    with os.scandir(folder) as entries:
        commits = [int(match[1]) for entry in entries if (match := _TOC.match(entry.name))]
    return max(commits, default=-1)


def measure_files(folder: Path, known: Mapping[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """Return size and checksum of all index files; known ones never change and are not read."""
    files: dict[str, tuple[int, int]] = {}
    for name, size in _index_files(folder).items():
        known_size, known_crc = known.get(name, (-1, 0))
        files[name] = size, known_crc if known_size == size else _crc(folder / name)
    return files


def is_whole(folder: Path, mark: Mark, *, read: bool) -> bool:
    """Return whether the files of the marked commit are complete, by size and maybe contents.

    The table of contents is always read, since Whoosh itself fails on a damaged one.

    A commit newer than its mark is left by a crash in between: then only files that are in both can
    be checked.
    """
    commit = latest_commit(folder)
    if commit < mark.commit:
        return False
    present = _index_files(folder)
    if commit == mark.commit and not mark.files.keys() <= present.keys():
        return False
    return all(
        present[name] == size
        and (not (read or name.endswith(".toc")) or _crc(folder / name) == crc)
        for name, (size, crc) in mark.files.items()
        if name in present
    )


def sweep_files(folder: Path, mark: Mark) -> None:
    """Delete files left over by a crash, if the mark describes the newest commit."""
    if latest_commit(folder) != mark.commit:
        return
    for entry in list(folder.iterdir()):
        if entry.name in mark.files or not _is_left_over(entry.name):
            continue
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            with suppress(OSError):  # still open in a process; deleted next time
                entry.unlink()


def _is_left_over(name: str) -> bool:
    return bool(
        name == _SORTED_POSTINGS
        or _SEGMENT.match(name)
        or name.startswith("_MAIN_")
        or name.endswith(".new")
    )


def _index_files(folder: Path) -> dict[str, int]:
    commit = latest_commit(folder)
    with os.scandir(folder) as entries:
        return {
            entry.name: entry.stat().st_size
            for entry in entries
            if _SEGMENT.match(entry.name) or entry.name == f"_MAIN_{commit}.toc"
        }


def _crc(path: Path) -> int:
    crc = 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            crc = zlib.crc32(chunk, crc)
    return crc


def _check(values: Mapping[str, object]) -> int:
    return zlib.crc32(json.dumps(values, sort_keys=True).encode())


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
