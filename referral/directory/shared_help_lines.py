"""Synchronization of the library's own file of help lines between all nodes.

The file is stored in the database. Pages read the copy on the disk of their node, so they answer
even if the database does not. A file that is changed by hand on a node is distributed too.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from referral.directory.help_lines import FILE, own_file_path, read_files
from referral.directory.instance import Instance
from referral.errors import InstanceError
from referral.settings import Settings
from referral.store.stored_files import content_of, find_file, put_file

_log = logging.getLogger(__name__)
_SUBJECT, _ROLE = "help lines", "own"
_NO_NOTE = ("", hashlib.sha256(b"").hexdigest())


def follow_help_lines(instance: Instance) -> None:
    """Copy the help lines from the database to this node, or store them if changed here by hand.

    If both changed, the file of the database wins, and the local one is renamed to ``.before``.
    """
    settings, path = instance.settings, own_file_path(instance.settings)
    local_content = path.read_bytes() if path.is_file() else b""
    # A missing file is copied again.
    copied_id, copied_digest = _read_note(settings) if path.is_file() else _NO_NOTE
    is_edited_here = _digest(local_content) != copied_digest
    with instance.store.read() as session:
        stored = find_file(session, _SUBJECT, _ROLE)
        content = content_of(session, stored) if stored and stored.id != copied_id else b""
    if stored and stored.id != copied_id:
        if local_content and is_edited_here and local_content != content:
            path.replace(path.with_name(f"{FILE}.before"))
            _log.warning("help lines were changed here and elsewhere; these are kept beside")
        _write(path, content)
        note_copy(settings, stored.id, content)
    elif is_edited_here and not read_files(settings).is_broken:
        with instance.store.write() as session:
            file_id = share_lines(session, settings, local_content)
        note_copy(settings, file_id, local_content)


def share_lines(session: Session, settings: Settings, content: bytes) -> str:
    """Store a new content of the help lines in the database; return the id of the stored file.

    Raises:
        InstanceError: another node stored help lines that this node has not copied yet.
    """
    try:
        before, _ = _read_note(settings)
        return put_file(session, _SUBJECT, _ROLE, FILE, content, before=before).id
    except IntegrityError as error:
        raise InstanceError("Another node wrote the first help lines.") from error


def note_copy(settings: Settings, file_id: str, content: bytes) -> None:
    """Write a note beside the help lines: the id of the stored file, and the digest of the copy."""
    _write(_note_path(settings), json.dumps([file_id, _digest(content)]).encode())


def _read_note(settings: Settings) -> tuple[str, str]:
    """Return the id of the stored file that this node has copied, and the digest of its content."""
    try:
        file_id, digest = json.loads(_note_path(settings).read_bytes())
    except (OSError, ValueError):
        return _NO_NOTE
    return str(file_id), str(digest)


def _note_path(settings: Settings) -> Path:
    return settings.instance_path / f"{FILE}.known"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(f"{path.name}.{threading.get_ident()}.new")
    part.write_bytes(content)
    part.replace(path)
