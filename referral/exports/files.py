"""Files of the public directory for others: asked for on a page, written in the background.

A file is handed out only while nothing has changed since it was written: what was withheld or
taken back meanwhile must not leave in it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.directory.context import Directory
from referral.errors import NotFoundError, RefusedError, refused
from referral.exports.records import FILE_ENDINGS, ExportFormat
from referral.exports.write import export_directory
from referral.jobs.job_queue import Job, add_job, delete_jobs, latest_job
from referral.jobs.progress import Progress, progress_file_writer, read_progress_file
from referral.jobs.records import JobState
from referral.message import NOTHING, Message
from referral.records.accounts import Actor
from referral.store.change_log import store_state
from referral.store.rows_log import RecordEditRow

EXPORT = "write export"
_NOTE = "export.json"
_FILE = "file"
_KEPT_FOR = timedelta(days=1)
_NO_PROGRESS = Progress()


class FileState(StrEnum):
    """What can be done with a file."""

    WORKING = "working"
    READY = "ready"
    CHANGED = "changed"  # the directory did, since it was written
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFile:
    """A file as the page shows it.

    Attributes:
        services, records: how many are in it.
        size: in bytes.
        mark: how far the store was when it was written (``_mark``).
        message: why it could not be written.
    """

    id: str
    form: ExportFormat
    source: str
    asked_at: datetime
    services: int = 0
    records: int = 0
    size: int = 0
    mark: tuple[str, ...] = ()
    state: FileState = FileState.WORKING
    message: Message = NOTHING
    progress: Progress = _NO_PROGRESS

    @property
    def name(self) -> str:
        """What it is called for whoever gets it."""
        return f"directory-{self.form.value}-{self.asked_at:%Y-%m-%d}.{FILE_ENDINGS[self.form]}"


def queue_export(directory: Directory, actor: Actor, form: ExportFormat, source: str = "") -> str:
    """Have a file written, in place of the last one of its kind; its id."""
    delete_expired_exports(directory)
    for old in _notes(directory):
        if (old.form, old.source) == (form, source):
            _drop(directory, old.id)
    export = ExportFile(id=str(uuid4()), form=form, source=source, asked_at=directory.now())
    _keep_note(directory, export)
    with directory.store.write() as session:
        add_job(session, EXPORT, export.id, actor.account_id)
        record_audit(session, actor, "directory-exported", "export", export.id, form=form.value)
    return export.id


def write_export(directory: Directory, job: Job) -> None:
    """Write a file that was asked for; the work of a job.

    Raises:
        RefusedError: nobody wants it any more, or there is nothing to write.
    """
    export = _note(directory, job.subject_id)
    folder = _folder(directory, export.id)
    mark = _mark_now(directory)  # earlier than what the file has: a change between is not missed
    new = folder / "new"
    with new.open("wb") as stream:
        written = export_directory(
            directory,
            export.form,
            stream,
            source=export.source,
            progress=progress_file_writer(folder),
        )
    new.replace(folder / _FILE)
    done = replace(
        export,
        services=written.services,
        records=written.records,
        size=(folder / _FILE).stat().st_size,
        mark=mark,
    )
    _keep_note(directory, done)


def list_exports(directory: Directory) -> tuple[ExportFile, ...]:
    """The files that are kept, newest first, and whether each may be handed out."""
    with directory.store.read() as session:
        now = _mark(session)
        found = [_looked_at(directory, session, note, now) for note in _notes(directory)]
    return tuple(sorted(found, key=lambda export: export.asked_at, reverse=True))


def export_path(directory: Directory, export_id: str) -> tuple[ExportFile, Path]:
    """A file to hand out, and where it is.

    Raises:
        NotFoundError: there is none of that id.
        RefusedError: the directory changed since it was written, or it is not done.
    """
    found = next((each for each in list_exports(directory) if each.id == export_id), None)
    if found is None:
        raise NotFoundError("There is no such file. It may have been kept for its day.")
    if found.state is not FileState.READY:
        raise refused("The directory changed since this file was made. Make it again.")
    return found, _folder(directory, export_id) / _FILE


def delete_expired_exports(directory: Directory) -> int:
    """Forget the files that had their day; how many."""
    old = [note for note in _notes(directory) if note.asked_at < directory.now() - _KEPT_FOR]
    for export in old:
        _drop(directory, export.id)
    return len(old)


def _looked_at(
    directory: Directory, session: Session, export: ExportFile, now: tuple[str, ...]
) -> ExportFile:
    folder = _folder(directory, export.id)
    job = latest_job(session, export.id)
    if (folder / _FILE).is_file():
        state = FileState.READY if export.mark == now else FileState.CHANGED
        return replace(export, state=state)
    if job is None or job.is_stalled or job.state in {JobState.STOPPED, JobState.FAILED}:
        return replace(export, state=FileState.FAILED, message=job.message if job else NOTHING)
    return replace(export, progress=read_progress_file(folder))


def _mark_now(directory: Directory) -> tuple[str, ...]:
    with directory.store.read() as session:
        return _mark(session)


def _mark(session: Session) -> tuple[str, ...]:
    """How far the change log and the history are; never the same of two databases that differ."""
    last = session.scalar(select(func.max(RecordEditRow.id))) or 0
    point = store_state(session).point
    return point.store_id, str(point.sequence), str(point.token), str(last)


def _folder(directory: Directory, export_id: str) -> Path:
    return directory.settings.exports_path / export_id


def _drop(directory: Directory, export_id: str) -> None:
    shutil.rmtree(_folder(directory, export_id), ignore_errors=True)
    with directory.store.write() as session:
        delete_jobs(session, export_id)


def _keep_note(directory: Directory, export: ExportFile) -> None:
    folder = _folder(directory, export.id)
    folder.mkdir(parents=True, exist_ok=True)
    kept = asdict(export) | {"asked_at": export.asked_at.isoformat()}
    new = folder / "export.new"
    new.write_text(json.dumps(kept), encoding="utf-8")
    new.replace(folder / _NOTE)


def _notes(directory: Directory) -> Iterator[ExportFile]:
    for path in sorted(directory.settings.exports_path.glob(f"*/{_NOTE}")):
        with suppress(RefusedError):
            yield _note(directory, path.parent.name)


def _note(directory: Directory, export_id: str) -> ExportFile:
    try:
        text = (_folder(directory, export_id) / _NOTE).read_text(encoding="utf-8")
        kept = json.loads(text)
        return ExportFile(
            id=export_id,
            form=ExportFormat(kept["form"]),
            source=kept["source"],
            asked_at=datetime.fromisoformat(kept["asked_at"]).astimezone(UTC),
            services=kept["services"],
            records=kept["records"],
            size=kept["size"],
            mark=tuple(kept["mark"]),
        )
    except (OSError, ValueError, KeyError, LookupError) as error:
        raise refused("This file is not on this machine. Make it again.") from error
