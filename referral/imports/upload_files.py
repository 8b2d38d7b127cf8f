"""Files of an upload: the list, the inspection of its sheets, and the fates of its cells.

They are in the database, so that any node can read a list that another one received.
"""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import msgspec

from referral.directory.instance import Instance
from referral.errors import InstanceError, RefusedError, refused
from referral.imports.absences import ListScope
from referral.imports.fidelity import Fidelity
from referral.message import message
from referral.store.stored_files import (
    FILE_ROOM,
    FileTooLargeError,
    Limits,
    delete_files,
    drop_old_copies,
    find_file,
    local_copy,
    pieces_of,
    save_file,
)

_MEGABYTE = 2**20
LARGEST_UPLOAD = 200 * _MEGABYTE
_UNSAFE_CHARACTERS = re.compile(r"[^A-Za-z0-9._-]+")
_LIST, _SHEETS, _FIDELITY, _SCOPE = "list", "sheets", "fidelity", "scope"


def save_upload(instance: Instance, batch_id: str, name: str, stream: BinaryIO) -> str:
    """Store an uploaded source list piece by piece, and return its stored name.

    Raises:
        RefusedError: it is empty, too large, or there is no room for it; nothing is stored.
    """
    stored_name = _safe_name(name)
    try:
        limits = Limits(LARGEST_UPLOAD, FILE_ROOM)
        file = save_file(instance.store, batch_id, _LIST, stored_name, stream, limits)
    except FileTooLargeError as error:
        raise RefusedError(
            message("There is no room for this file. Drop lists that nobody needs.")
            if error.is_room
            else message(
                "The file has more than %(megabytes)s megabytes. Split it.",
                megabytes=LARGEST_UPLOAD // _MEGABYTE,
            )
        ) from error
    if not file.size:
        remove_upload(instance, batch_id)
        raise refused("The file is empty. Choose another.")
    return stored_name


def upload_path(instance: Instance, batch_id: str) -> Path:
    """Return the path of this node's copy of an uploaded source list.

    Raises:
        RefusedError: the upload is no longer stored.
    """
    with instance.store.read() as session:
        file = find_file(session, batch_id, _LIST)
    try:
        if file is not None:
            return local_copy(instance.store, instance.settings.copies_path, file)
    except InstanceError:
        pass  # it was dropped just now
    raise refused("The uploaded file is no longer here. Upload it again.")


def remove_upload(instance: Instance, batch_id: str) -> None:
    """Delete an uploaded source list; other nodes delete their copies within a minute."""
    delete_files(instance.store, batch_id)
    drop_old_copies(instance.store, instance.settings.copies_path)


def take_over_old_uploads(instance: Instance) -> None:
    """Move the lists that an earlier version stored in the instance folder to the database."""
    old = instance.settings.instance_path / "imports"
    for path in old.glob("*/list/*"):
        with suppress(FileNotFoundError), path.open("rb") as stream:  # another process has it
            save_file(instance.store, path.parts[-3], _LIST, path.name, stream)
    shutil.rmtree(old, ignore_errors=True)


def save_sheets(instance: Instance, batch_id: str, content: bytes) -> None:
    """Save the inspection of an uploaded list's sheets beside the upload."""
    save_file(instance.store, batch_id, _SHEETS, "sheets.json", BytesIO(content))


def load_sheets(instance: Instance, batch_id: str) -> bytes:
    """Load the saved inspection of an uploaded list's sheets; empty without one."""
    return _read_content(instance, batch_id, _SHEETS)


def save_fidelity(instance: Instance, batch_id: str, fidelity: Fidelity) -> None:
    """Save the counts of an uploaded list's cells by fate, to be deleted with the upload."""
    content = BytesIO(msgspec.json.encode(fidelity))
    save_file(instance.store, batch_id, _FIDELITY, "fidelity.json", content)


def read_fidelity(instance: Instance, batch_id: str) -> Fidelity:
    """Read the counts of an uploaded list's cells by fate; empty if its files were deleted."""
    try:
        return msgspec.json.decode(_read_content(instance, batch_id, _FIDELITY), type=Fidelity)
    except msgspec.MsgspecError:
        return Fidelity()


def save_scope(instance: Instance, batch_id: str, scope: ListScope) -> None:
    """Save which records a followed source's list covers, beside the uploaded list."""
    save_file(instance.store, batch_id, _SCOPE, "scope.json", BytesIO(msgspec.json.encode(scope)))


def read_scope(instance: Instance, batch_id: str) -> ListScope | None:
    """Read which records a followed source's list covers; None for any other list."""
    content = _read_content(instance, batch_id, _SCOPE)
    return msgspec.json.decode(content, type=ListScope) if content else None


def _read_content(instance: Instance, batch_id: str, role: str) -> bytes:
    with instance.store.read() as session:
        file = find_file(session, batch_id, role)
    try:
        return b"".join(pieces_of(instance.store, file)) if file else b""
    except InstanceError:
        return b""  # it was dropped just now


def _safe_name(name: str) -> str:
    """Return a safe file name that keeps the extension of an uploaded list."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    return _UNSAFE_CHARACTERS.sub("-", base).lstrip(".-")[-100:] or "list.csv"
