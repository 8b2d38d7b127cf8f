"""The library's own help lines, the same on all nodes.

They are a file in the database. Pages read the copy on the disk of their node, so they answer
whatever hangs. A file that somebody put into the folder of a node by hand is taken over.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from referral.directory.context import Directory
from referral.directory.help_lines import FILE, own_file_path, read_files
from referral.errors import DirectoryError
from referral.settings import Settings
from referral.store.stored_files import content_of, find_file, put_file

_log = logging.getLogger(__name__)
_SUBJECT, _ROLE = "help lines", "own"
_NOTHING = ("", hashlib.sha256(b"").hexdigest())


def follow_help_lines(directory: Directory) -> None:
    """Take over what another node wrote, or give the others what was put here by hand.

    Where both happened, that of the database stands, and the other is kept beside it.
    """
    settings, path = directory.settings, own_file_path(directory.settings)
    here = path.read_bytes() if path.is_file() else b""
    known_id, known_digest = _known(settings) if path.is_file() else _NOTHING  # it is copied again
    is_by_hand = _digest(here) != known_digest
    with directory.store.read() as session:
        stored = find_file(session, _SUBJECT, _ROLE)
        content = content_of(session, stored) if stored and stored.id != known_id else b""
    if stored and stored.id != known_id:
        if here and is_by_hand and here != content:
            path.replace(path.with_name(f"{FILE}.before"))
            _log.warning("help lines were changed here and elsewhere; these are kept beside")
        _write(path, content)
        note_copy(settings, stored.id, content)
    elif is_by_hand and not read_files(settings).is_broken:
        with directory.store.write() as session:
            file_id = share_lines(session, settings, here)
        note_copy(settings, file_id, here)


def share_lines(session: Session, settings: Settings, content: bytes) -> str:
    """Put what this node is going to have into the database, and give the id of it.

    Raises:
        DirectoryError: another node wrote since this one followed.
    """
    try:
        return put_file(session, _SUBJECT, _ROLE, FILE, content, before=_known(settings)[0]).id
    except IntegrityError as error:
        raise DirectoryError("Another node wrote the first help lines.") from error


def note_copy(settings: Settings, file_id: str, content: bytes) -> None:
    """Note which file of the database this node has."""
    _write(_note_path(settings), json.dumps([file_id, _digest(content)]).encode())


def _known(settings: Settings) -> tuple[str, str]:
    """The file of the database that this node has, and the digest of it."""
    try:
        file_id, digest = json.loads(_note_path(settings).read_bytes())
    except (OSError, ValueError):
        return _NOTHING
    return str(file_id), str(digest)


def _note_path(settings: Settings) -> Path:
    return settings.instance_path / f"{FILE}.known"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(f"{path.name}.{threading.get_ident()}.new")
    part.write_bytes(content)
    part.replace(path)
