"""Check of an instance: database, links, index, keys and files, for people and monitors."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from referral.backups.records import Finding
from referral.desk.contact_encryption import decrypt
from referral.desk.rows import FollowUpRow
from referral.directory.context import Directory
from referral.directory.help_lines import check_help_lines
from referral.errors import DirectoryError, IndexUnavailableError, is_damage
from referral.store.files.rows import StoredFilePieceRow, StoredFileRow
from referral.store.tables.broken_links import count_broken_links, find_damage

_DAMAGED = "The database is damaged: restore a backup."
_NAMED = 5  # ids in a message; the rest is a number


def check_instance(directory: Directory) -> Iterator[Finding]:
    """Look at everything, one after the other; what cannot be looked at is wrong.

    Nothing more where the database is damaged or of another version: what it says then misleads.
    """
    checks: dict[str, Callable[[Directory], Iterator[str]]] = {
        "database": _database,
        "links": _links,
        "index": _index,
        "keys": _keys,
        "files": _files,
    }
    for what, check in checks.items():
        try:
            wrong = tuple(check(directory))
        except (SQLAlchemyError, OSError, DirectoryError) as error:
            wrong = (f"It cannot be looked at: {type(error).__name__}.",)
            if is_damage(error):
                wrong = (_DAMAGED,)
        yield Finding(what, wrong)
        if what == "database" and wrong:
            return


def _database(directory: Directory) -> Iterator[str]:
    if not directory.store.is_current():
        yield "The tables are those of another version. Run referral migrate."
    with directory.store.read() as session:
        if find_damage(session.connection()):
            yield _DAMAGED


def _links(directory: Directory) -> Iterator[str]:
    with directory.store.read() as session:
        for table, column, count in count_broken_links(session.connection()):
            yield f"{count} rows of {table} name a {column} that is not there."


def _index(directory: Directory) -> Iterator[str]:
    try:
        status = directory.index.status()
        if status.lag:
            yield (
                f"{status.lag} changes are not searchable yet. A site that serves makes them so "
                "within some minutes; where none serves, run referral index rebuild."
            )
        differing = directory.index.differing_services()
    except IndexUnavailableError as error:
        yield str(error)
        return
    if differing:
        named = ", ".join(differing[:_NAMED])
        yield (
            f"{len(differing)} services differ from the database, such as {named}. "
            "Run referral index rebuild."
        )


def _keys(directory: Directory) -> Iterator[str]:
    """Each contact that is kept must open; its text goes nowhere."""
    row = FollowUpRow.contact
    count = 0
    with directory.store.read() as session:
        for contact in session.scalars(select(row).where(row != "")):
            try:
                decrypt(directory.settings, contact)
            except DirectoryError:
                count += 1
    if count:
        yield f"{count} ways to reach people are locked with a key that is not here."


def _files(directory: Directory) -> Iterator[str]:
    file, piece = StoredFileRow, StoredFilePieceRow
    sizes = (
        select(piece.file_id, func.sum(func.length(piece.content)).label("size"))
        .group_by(piece.file_id)
        .subquery()
    )
    statement = (
        select(func.count())
        .select_from(file)
        .join(sizes, sizes.c.file_id == file.id, isouter=True)
        .where(file.is_whole, func.coalesce(sizes.c.size, 0) != file.size)
    )
    with directory.store.read() as session:
        if count := session.scalar(statement):
            yield f"{count} stored files are not whole."
    if problems := check_help_lines(directory.settings):
        yield f"{len(problems)} lines of the help lines cannot be read."
    logo = directory.settings.theme.logo
    if logo and not logo.is_file():
        yield f"The logo {logo.name} is not there."
