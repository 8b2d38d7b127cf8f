"""The whole public directory as one packed file, in the form of the feed of changes.

It is made when somebody asks for it, and handed out only while nothing has changed since: what was
withheld meanwhile must not leave in it. It is deleted with the next look of the ledger.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from referral.directory.context import Directory, local_today
from referral.errors import DirectoryError, refused
from referral.exports.hsds_objects import HsdsObjects
from referral.publishing.changes_feed import line_of
from referral.publishing.ledger_updates import is_update_due, update_ledger
from referral.store.base import in_batches
from referral.store.change_log import store_state
from referral.store.files.local_copies import drop_old_copies, local_copy
from referral.store.files.stored_files import (
    FileTooLargeError,
    Limits,
    delete_files,
    find_file,
    save_file,
)
from referral.store.publication.ledger import PUBLISHED_KINDS, last_cursor, live_entries
from referral.store.rows_log import RecordEditRow

WHOLE_FILE = "all.ndjson.gz"
_SUBJECT = "publication"
_ROLE = "whole"
_TOGETHER = 200
_LEVEL = 6


@dataclass(frozen=True, slots=True)
class WholeFile:
    """The file as it is handed out; ``digest`` is of the moment that it tells."""

    path: Path
    digest: str
    made_at: datetime


def whole_file(directory: Directory) -> WholeFile | None:
    """The file, on this node's disk; ``None`` where there is none of how everything is now."""
    with directory.store.read() as session:
        file, name = find_file(session, _SUBJECT, _ROLE), _name(directory, session)
    if file is None or file.name != name:
        return None
    try:
        path = local_copy(directory.store, directory.settings.copies_path, file)
    except DirectoryError:
        return None  # deleted meanwhile
    return WholeFile(path, name.partition(".")[0], file.stored_at)


def make_whole_file(directory: Directory) -> None:
    """Make the file anew, unless something is changed while the ledger looks.

    Raises:
        RefusedError: there is no room for it.
    """
    update_ledger(directory)
    with TemporaryFile(dir=directory.settings.instance_path) as stream:
        with directory.store.read() as session:
            if is_update_due(session, directory):
                return
            name = _name(directory, session)
            with gzip.GzipFile("", "wb", _LEVEL, stream, mtime=0) as packed:
                _write(directory, session, packed)
        stream.seek(0)
        limits = Limits(room=directory.settings.file_room * 2**20)
        try:
            save_file(directory.store, _SUBJECT, _ROLE, name, stream, limits)
        except FileTooLargeError as error:
            raise refused(
                "There is no room for this file. Drop lists that nobody needs."
            ) from error


def drop_old_whole_file(directory: Directory) -> None:
    """Delete the file, unless it is still of how everything is."""
    with directory.store.read() as session:
        file, name = find_file(session, _SUBJECT, _ROLE), _name(directory, session)
    if file is not None and file.name != name:
        delete_files(directory.store, _SUBJECT)
        drop_old_copies(directory.store, directory.settings.copies_path)


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


def _name(directory: Directory, session: Session) -> str:
    """By the change log, the history and the day, so that another moment has another name."""
    log, last = store_state(session).point, session.scalar(select(func.max(RecordEditRow.id)))
    text = f"{log.store_id} {log.sequence} {log.token} {last} {local_today(directory)}"
    return f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.{WHOLE_FILE}"
