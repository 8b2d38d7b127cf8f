"""Folder of an upload: the list file, the inspection of its sheets, and the job's progress."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import BinaryIO

import msgspec

from referral.directory.context import Directory
from referral.errors import RefusedError, refused
from referral.imports.fidelity import Fidelity
from referral.jobs.progress import OnProgress, Progress, progress_file_writer, read_progress_file
from referral.message import message

_PIECE = 2**20
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")
_SHEETS = "sheets.json"
_FIDELITY = "fidelity.json"
_LIST = "list"


def save_upload(directory: Directory, batch_id: str, name: str, stream: BinaryIO) -> str:
    """Keep an upload as it comes in, piece by piece; the name it is kept under.

    Raises:
        RefusedError: it is empty or larger than the setting allows; nothing is kept.
    """
    limit = directory.settings.largest_upload
    kept_as = _safe(name)
    folder = _folder(directory, batch_id) / _LIST
    folder.mkdir(parents=True)
    size = 0
    with (folder / kept_as).open("wb") as file:
        while piece := stream.read(_PIECE):
            size += len(piece)
            if size > limit * 2**20:
                break
            file.write(piece)
    if not 0 < size <= limit * 2**20:
        remove_upload(directory, batch_id)
        raise RefusedError(
            message(
                "The file has more than %(megabytes)s megabytes. Split it, or ask for a higher "
                "limit.",
                megabytes=limit,
            )
            if size
            else message("The file is empty. Choose another.")
        )
    return kept_as


def upload_path(directory: Directory, batch_id: str, kept_as: str) -> Path:
    """Where an upload is.

    Raises:
        RefusedError: it is not on this machine any more.
    """
    path = _folder(directory, batch_id) / _LIST / kept_as
    if not kept_as or not path.is_file():
        raise refused("The uploaded file is no longer here. Upload it again.")
    return path


def remove_upload(directory: Directory, batch_id: str) -> None:
    """Forget an upload."""
    shutil.rmtree(_folder(directory, batch_id), ignore_errors=True)


def progress_writer(directory: Directory, batch_id: str) -> OnProgress:
    """A function that keeps how far the work is, not more than a few times a second."""
    return progress_file_writer(_folder(directory, batch_id))


def read_progress(directory: Directory, batch_id: str) -> Progress:
    """How far the work is; nothing where it runs on another machine."""
    return read_progress_file(_folder(directory, batch_id))


def save_sheets(directory: Directory, batch_id: str, content: bytes) -> None:
    """Save the inspection of an upload's sheets beside it."""
    (_folder(directory, batch_id) / _SHEETS).write_bytes(content)


def load_sheets(directory: Directory, batch_id: str) -> bytes:
    """The saved inspection of an upload's sheets; empty without one."""
    try:
        return (_folder(directory, batch_id) / _SHEETS).read_bytes()
    except OSError:
        return b""


def save_fidelity(directory: Directory, batch_id: str, fidelity: Fidelity) -> None:
    """Save what became of the cells of an upload beside it: it goes when the upload goes."""
    path = _folder(directory, batch_id) / _FIDELITY
    path.write_bytes(msgspec.json.encode(fidelity))


def read_fidelity(directory: Directory, batch_id: str) -> Fidelity:
    """What became of the cells of an upload; empty where it is not on this machine any more."""
    try:
        content = (_folder(directory, batch_id) / _FIDELITY).read_bytes()
        return msgspec.json.decode(content, type=Fidelity)
    except (OSError, msgspec.MsgspecError):
        return Fidelity()


def _folder(directory: Directory, batch_id: str) -> Path:
    return directory.settings.imports_path / batch_id


def _safe(name: str) -> str:
    """A name for a file of ours: what follows the last dot says what it is, the rest is shown."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    return _NOT_IN_NAMES.sub("-", base).lstrip(".-")[-100:] or "list.csv"
