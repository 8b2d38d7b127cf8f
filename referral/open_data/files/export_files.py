"""Export files of the public directory: requested on a page, written by a background job.

A file is served only while nothing has changed since it was written, so that records that were
withheld or removed meanwhile do not leave in it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO
from uuid import uuid4

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.directory.instance import Instance
from referral.errors import NotFoundError, refused
from referral.jobs.job_queue import Job, add_job, delete_jobs, latest_job
from referral.jobs.progress import Progress, progress_writer, read_progress
from referral.message import NOTHING, Message
from referral.open_data.files.export import export_directory
from referral.open_data.records import FILE_ENDINGS, ExportFormat
from referral.open_data.rows import ExportFileRow
from referral.records.accounts import Actor
from referral.store.change_log import store_state
from referral.store.fetching import fetch_row
from referral.store.rows_log import RecordEditRow
from referral.store.stored_files import (
    FILE_ROOM,
    FileTooLargeError,
    Limits,
    delete_files,
    drop_old_copies,
    find_file,
    local_copy,
    save_file,
)

EXPORT = "write export"
_ROLE = "export"
_NOT_WRITTEN = (0, 0)
_KEPT_FOR = timedelta(days=1)
_NO_PROGRESS = Progress()


class FileState(StrEnum):
    """State of an export file: whether it can be downloaded."""

    WORKING = "working"
    READY = "ready"
    CHANGED = "changed"  # the directory changed since the file was written
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFile:
    """An export file as the page shows it.

    Attributes:
        services, records: how many are in the file.
        size: in bytes.
        mark: positions of the change log and the history when the file was written.
        message: why the file could not be written.
    """

    id: str
    form: ExportFormat
    source: str
    asked_at: datetime
    services: int = 0
    records: int = 0
    size: int = 0
    mark: tuple[int, int] = _NOT_WRITTEN
    state: FileState = FileState.WORKING
    message: Message = NOTHING
    progress: Progress = _NO_PROGRESS

    @property
    def name(self) -> str:
        """Return the file name for the download."""
        return f"directory-{self.form.value}-{self.asked_at:%Y-%m-%d}.{FILE_ENDINGS[self.form]}"


def queue_export(instance: Instance, actor: Actor, form: ExportFormat, source: str = "") -> str:
    """Queue the writing of an export file, delete older ones like it, and return its id."""
    delete_expired_exports(instance)
    row, export_id = ExportFileRow, str(uuid4())
    with instance.store.write() as session:
        same = select(row.id).where(row.form == form.value, row.source == source)
        old = session.scalars(same).all()
        session.add(row(id=export_id, form=form.value, source=source, asked_at=instance.now()))
        add_job(session, EXPORT, export_id, actor.account_id)
        record_audit(session, actor, "directory-exported", "export", export_id, form=form.value)
    for old_id in old:
        _delete_export(instance, old_id)
    return export_id


def write_export(instance: Instance, job: Job) -> None:
    """Write an export file that was requested; run as a job.

    Raises:
        RefusedError: there is nothing to write, or no room for the file.
    """
    export_id = job.subject_id
    with instance.store.read() as session:
        export = _export_from(fetch_row(session, ExportFileRow, export_id, "file"))
        mark = _read_mark(
            session
        )  # read before the export, so that a change during it is not missed
    with TemporaryFile(dir=instance.settings.instance_path) as stream:
        services = export_directory(
            instance,
            export.form,
            stream,
            source=export.source,
            progress=progress_writer(instance, export_id),
        )
        stream.seek(0)
        _save_content(instance, export, stream)
    with instance.store.write() as session:
        row = fetch_row(session, ExportFileRow, export_id, "file")
        row.services = services
        row.last_sequence, row.last_edit = mark


def list_exports(instance: Instance) -> tuple[ExportFile, ...]:
    """Return the stored export files, newest first, and whether each may be downloaded."""
    newest = select(ExportFileRow).order_by(ExportFileRow.asked_at.desc(), ExportFileRow.id)
    with instance.store.read() as session:
        current_mark = _read_mark(session)
        found = [
            _with_state(session, _export_from(row), current_mark) for row in session.scalars(newest)
        ]
    return tuple(
        replace(export, progress=read_progress(instance, export.id))
        if export.state is FileState.WORKING
        else export
        for export in found
    )


def export_path(instance: Instance, export_id: str) -> tuple[ExportFile, Path]:
    """Return an export file that may be downloaded, and the path of this node's copy of it.

    Raises:
        NotFoundError: there is no such file.
        RefusedError: the file is not written yet, or the directory has changed since.
    """
    found = next((export for export in list_exports(instance) if export.id == export_id), None)
    with instance.store.read() as session:
        file = find_file(session, export_id, _ROLE)
    if found is None:
        raise NotFoundError("There is no such file. It may have been kept for its day.")
    if found.state is not FileState.READY or file is None:
        raise refused("The directory changed since this file was made. Make it again.")
    return found, local_copy(instance.store, instance.settings.copies_path, file)


def delete_expired_exports(instance: Instance) -> int:
    """Delete the export files that are older than a day; return how many."""
    with instance.store.read() as session:
        expired = select(ExportFileRow.id).where(
            ExportFileRow.asked_at < instance.now() - _KEPT_FOR
        )
        old = session.scalars(expired).all()
    for export_id in old:
        _delete_export(instance, export_id)
    return len(old)


def _with_state(session: Session, export: ExportFile, current_mark: tuple[int, int]) -> ExportFile:
    file = find_file(session, export.id, _ROLE)
    if file is not None and export.mark != _NOT_WRITTEN:
        state = FileState.READY if export.mark == current_mark else FileState.CHANGED
        return replace(export, state=state, size=file.size)
    job = latest_job(session, export.id)
    if job is None or job.is_stalled or not job.is_open:
        return replace(export, state=FileState.FAILED, message=job.message if job else NOTHING)
    return export


def _read_mark(session: Session) -> tuple[int, int]:
    """Return the last positions of the change log and of the history."""
    last = session.scalar(select(func.max(RecordEditRow.id))) or 0
    return store_state(session).last_sequence, last


def _save_content(instance: Instance, export: ExportFile, stream: BinaryIO) -> None:
    limits = Limits(room=FILE_ROOM)
    try:
        save_file(instance.store, export.id, _ROLE, export.name, stream, limits)
    except FileTooLargeError as error:
        raise refused("There is no room for this file. Drop lists that nobody needs.") from error


def _delete_export(instance: Instance, export_id: str) -> None:
    with instance.store.write() as session:
        session.execute(delete(ExportFileRow).where(ExportFileRow.id == export_id))
        delete_jobs(session, export_id)
    delete_files(instance.store, export_id)
    drop_old_copies(instance.store, instance.settings.copies_path)


def _export_from(row: ExportFileRow) -> ExportFile:
    return ExportFile(
        id=row.id,
        form=ExportFormat(row.form),
        source=row.source,
        asked_at=row.asked_at,
        services=row.services,
        mark=(row.last_sequence, row.last_edit),
    )
