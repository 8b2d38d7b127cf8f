"""The whole public directory as one packed file, in the form of the feed of changes.

It is made when somebody asks for it, as everything is at that moment. Edits since are told by the
feed after its last line; but what was withheld or taken away meanwhile must not leave in it, so
then it is handed out no more, and deleted with the next look of the ledger.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryFile

import msgspec
from sqlalchemy.orm import Session

from referral.directory.context import Directory
from referral.errors import DirectoryError, refused
from referral.exports.hsds_objects import HsdsObjects
from referral.publishing.changes_feed import line_of
from referral.publishing.ledger_updates import update_ledger
from referral.publishing.withheld_since import is_nothing_gone, this_moment
from referral.store.base import in_batches
from referral.store.files.local_copies import drop_old_copies, local_copy
from referral.store.files.stored_files import (
    FILE_ROOM,
    FileTooLargeError,
    Limits,
    StoredFile,
    delete_files,
    find_file,
    save_file,
)
from referral.store.publication.ledger import PUBLISHED_KINDS, last_cursor, live_entries

WHOLE_FILE = "all.ndjson.gz"
_SUBJECT = "publication"
_ROLE = "whole"
_TOGETHER = 200
_LEVEL = 6
_TIME_TO_MAKE_ANEW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class WholeFile:
    """The file as it is handed out; ``digest`` is of the moment that it tells."""

    path: Path
    digest: str
    made_at: datetime


def whole_file(directory: Directory) -> WholeFile | None:
    """The file, on this node's disk; ``None`` where there is none that may be handed out."""
    file = _file_to_hand_out(directory)
    if file is None:
        return None
    try:
        path = local_copy(directory.store, directory.settings.copies_path, file)
    except DirectoryError:
        return None  # deleted meanwhile
    digest = hashlib.sha256(file.name.encode()).hexdigest()[:32]
    return WholeFile(path, digest, file.stored_at)


def is_old(directory: Directory, file: WholeFile) -> bool:
    """Whether it is time to rebuild it."""
    return directory.now() - file.made_at > _TIME_TO_MAKE_ANEW


def make_whole_file(directory: Directory) -> None:
    """Make the file again.

    Raises:
        RefusedError: there is no room for it.
    """
    update_ledger(directory)
    with TemporaryFile(dir=directory.settings.instance_path) as stream:
        with directory.store.read() as session:
            name = f"{this_moment(session, directory)}.{WHOLE_FILE}"
            with gzip.GzipFile("", "wb", _LEVEL, stream, mtime=0) as packed:
                _write(directory, session, packed)
        stream.seek(0)
        limits = Limits(room=FILE_ROOM)
        try:
            save_file(directory.store, _SUBJECT, _ROLE, name, stream, limits)
        except FileTooLargeError as error:
            raise refused(
                "There is no room for this file. Drop lists that nobody needs."
            ) from error


def drop_old_whole_file(directory: Directory) -> None:
    """Delete the file, unless it may be handed out."""
    with directory.store.read() as session:
        is_there = find_file(session, _SUBJECT, _ROLE) is not None
    if is_there and _file_to_hand_out(directory) is None:
        delete_files(directory.store, _SUBJECT)
        drop_old_copies(directory.store, directory.settings.copies_path)


def _file_to_hand_out(directory: Directory) -> StoredFile | None:
    with directory.store.read() as session:
        file = find_file(session, _SUBJECT, _ROLE)
        moment = file.name.removesuffix(f".{WHOLE_FILE}") if file else ""
        return file if moment and is_nothing_gone(session, directory, moment) else None


def _write(directory: Directory, session: Session, stream: gzip.GzipFile) -> None:
    encoder = msgspec.json.Encoder()
    for kind in PUBLISHED_KINDS:
        for some in in_batches(live_entries(session, kind), _TOGETHER):
            objects = HsdsObjects(directory, session)
            ids = [each.record_id for each in some]
            found = {record["id"]: record for record in objects.alone(kind, ids)}
            lines = [
                line_of(each, {"record": found[each.record_id]})
                for each in some
                if each.record_id in found
            ]
            stream.write(encoder.encode_lines(lines))
    stream.write(encoder.encode_lines([{"cursor": str(last_cursor(session))}]))
