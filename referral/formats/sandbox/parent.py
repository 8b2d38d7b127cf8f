"""Sandbox, parent side: a list is read in a child process with bounded memory and time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from threading import Event, Timer
from typing import IO, Any, TypeVar, cast

import msgspec

from referral.errors import RefusedError
from referral.fields.places.gazetteer import GAZETTEER
from referral.formats.column_mapping import ColumnMapping
from referral.formats.files.fates import ColumnFates
from referral.formats.open_referral.api_pages import Page, PageRequest
from referral.formats.reading.items import Item
from referral.formats.sandbox import protocol
from referral.formats.sandbox.protocol import (
    CellsRead,
    Finished,
    GivenRow,
    ItemDecoder,
    ItemFrame,
    Mappings,
    Opened,
    Place,
    ReadRequest,
    Refused,
    RowsRead,
    SheetInspection,
    Task,
    encode_page,
    receive,
)
from referral.message import NOTHING, Message, message
from referral.resources import module_path

_CHILD = "referral.formats.sandbox.child"
# Environment variables that Python needs; no address, key or password of ours is inherited.
_INHERITED_VARIABLES = ("SYSTEMROOT", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR", "TEMP", "PATH")
_SECONDS_TO_END = 5.0
NO_MAPPINGS = Mappings()
OnRow = Callable[[int, int], None]
Reply = Opened | SheetInspection | GivenRow | RowsRead | CellsRead | ItemFrame
PageT = TypeVar("PageT", bound=Page)


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """Limits for reading a source list: bytes of memory, CPU seconds, and seconds by the clock.

    A busy machine may take long for a good list, so CPU time has the closer limit.
    """

    memory_bytes: int = 1536 * 2**20
    cpu_seconds: int = 300
    seconds: float = 1800.0


DEFAULT_LIMITS = ReadingLimits()


def _ignore_progress(_done: int, _total: int) -> None:
    """Ignore the number of rows read so far."""


@dataclass(slots=True)
class ReadList:
    """A source list that was read: its format and mapping, and all its records and problems.

    If ``inspection`` is set, a user has to map its columns first, and nothing was read.
    """

    format: str = ""
    why: Message = NOTHING
    row_count: int = 0
    mapping: ColumnMapping | None = None
    columns: tuple[ColumnFates, ...] = ()
    items: list[Item] = field(default_factory=list)
    inspection: SheetInspection | None = None


def read_in_process(
    path: Path,
    source: str,
    *,
    format: str = "auto",  # noqa: A002 -- the option's name
    on_row: OnRow = _ignore_progress,
) -> ReadList:
    """Read a trusted list, such as seed data, in this process without a sandbox."""
    # Importing the readers takes a tenth of a second, and most processes never read a list.
    from referral.formats.provider_list import open_list  # noqa: PLC0415

    opened = open_list(path, format=format)
    read = opened.read(source, lambda done: on_row(done, opened.row_count))
    items = [*opened.notices, *read]
    return ReadList(
        opened.format,
        opened.why,
        opened.row_count,
        opened.mapping,
        tuple(opened.columns),
        items,
    )


def read_sandboxed(
    path: Path,
    source: str,
    *,
    format: str = "auto",  # noqa: A002 -- the option's name
    mappings: Mappings = NO_MAPPINGS,
    on_row: OnRow = _ignore_progress,
    limits: ReadingLimits = DEFAULT_LIMITS,
) -> ReadList:
    """Read a source list in a sandbox process with limited memory and CPU.

    Args:
        path: where it is.
        source: name of the provider list.
        format: a name in ``FORMATS``, or ``auto``.
        mappings: the column mappings of a spreadsheet; without one it is proposed.
        on_row: called with the numbers of rows read and of all rows: 0 while files are opened.
        limits: limits of memory and time.

    Raises:
        RefusedError: the list cannot be read, or not within the limits.
    """
    request = _request(path, "read", limits, source=source, format=format, mappings=mappings)
    result = ReadList()
    with TemporaryFile() as frames_file:  # without a name, so no other program can open it
        for answer in _replies(request, limits):
            if isinstance(answer, Opened):
                result.format, result.why = answer.format, answer.why
                result.row_count, result.mapping = answer.row_count, answer.mapping
                result.items.extend(answer.notices)
            elif isinstance(answer, RowsRead):
                on_row(answer.count, result.row_count)
            elif isinstance(answer, SheetInspection):
                result.inspection = answer
            elif isinstance(answer, CellsRead):
                result.columns = answer.columns
            elif isinstance(answer, ItemFrame):
                frames_file.write(answer.to_bytes())
        frames_file.seek(0)
        frames = (frame for frame in receive(frames_file) if isinstance(frame, ItemFrame))
        result.items.extend(_items_of(frames, path.name))
    return result


def inspect_sandboxed(
    path: Path, *, mappings: Mappings = NO_MAPPINGS, limits: ReadingLimits = DEFAULT_LIMITS
) -> SheetInspection:
    """Inspect the sheets of a source list in a sandbox process, and propose their mapping.

    Args:
        path: where it is.
        mappings: the given mapping has the lines of the headers; rules of the saved one are
            kept for columns that are still there.
        limits: limits of memory and time.

    Raises:
        RefusedError: see ``read_sandboxed``.
    """
    request = _request(path, "inspect", limits, mappings=mappings)
    answers = list(_replies(request, limits))
    if len(answers) != 1 or not isinstance(answers[0], SheetInspection):
        raise RefusedError(_interrupted(path.name))
    return answers[0]


def preview_sandboxed(
    path: Path,
    source: str,
    mapping: ColumnMapping,
    first: int,
    *,
    area_code: str = "",
    limits: ReadingLimits = DEFAULT_LIMITS,
) -> list[Item]:
    """Read the first services of a source list by a mapping, in a sandbox process.

    Raises:
        RefusedError: see ``read_sandboxed``; or the mapping does not fit the list.
    """
    mappings = Mappings(given=mapping, area_code=area_code)
    request = _request(path, "preview", limits, source=source, first=first, mappings=mappings)
    frames = [frame for frame in _replies(request, limits) if isinstance(frame, ItemFrame)]
    return list(_items_of(frames, path.name))


def rows_sandboxed(
    path: Path,
    places: frozenset[Place],
    *,
    format: str = "auto",  # noqa: A002 -- the option's name
    limits: ReadingLimits = DEFAULT_LIMITS,
) -> list[GivenRow]:
    """Read rows of a source list by file and line, as they were written, in a sandbox process.

    Raises:
        RefusedError: see ``read_sandboxed``.
    """
    request = _request(path, "rows", limits, format=format, places=places)
    return [row for row in _replies(request, limits) if isinstance(row, GivenRow)]


@dataclass(frozen=True, slots=True)
class _LimitedProcess:
    """A sandbox process with a timeout; ``timed_out`` is set when it was ended for it."""

    process: subprocess.Popen[bytes]
    name: str
    limits: ReadingLimits
    timed_out: Event

    def write(self, content: bytes) -> None:
        """Write to the standard input of the sandbox process.

        Raises:
            RefusedError: the process has ended.
        """
        stdin = cast("IO[bytes]", self.process.stdin)
        try:
            stdin.write(content)
            stdin.flush()
        except BrokenPipeError as error:
            with suppress(BrokenPipeError):
                stdin.close()
            raise RefusedError(self.why_ended()) from error

    def end_input(self) -> None:
        """Close the standard input of the sandbox process."""
        cast("IO[bytes]", self.process.stdin).close()

    def messages(self) -> Iterator[protocol.Reply | ItemFrame]:
        """Yield the messages of the sandbox process; see ``receive``."""
        return receive(cast("IO[bytes]", self.process.stdout))

    def why_ended(self) -> Message:
        """Return why the sandbox process ended before it was done."""
        if self.timed_out.is_set():
            return _too_slow(self.name, self.limits.seconds)
        with suppress(subprocess.TimeoutExpired):
            if self.process.wait(_SECONDS_TO_END) == -getattr(signal, "SIGXCPU", 0):
                return _too_slow(self.name, self.limits.cpu_seconds)
        return _interrupted(self.name)


@contextmanager
def _limited_process(name: str, limits: ReadingLimits) -> Iterator[_LimitedProcess]:
    timed_out = Event()
    with _start() as process:

        def stop() -> None:
            timed_out.set()
            process.kill()

        timer = Timer(limits.seconds, stop)
        timer.start()
        try:
            yield _LimitedProcess(process, name, limits, timed_out)
        finally:
            timer.cancel()
            process.kill()


@dataclass(frozen=True, slots=True)
class PageReader:
    """A sandbox process that reads pages of an API, one after the other."""

    _process: _LimitedProcess
    _replies: Iterator[Any]

    def read(self, kind: type[PageT], form: str, body: bytes) -> PageT:
        """Read a page of an API in the sandbox process.

        Args:
            kind: the class of the page.
            form: a name in ``api_pages.READERS``.
            body: the page as it was fetched.

        Raises:
            RefusedError: it is no page of this kind, or cannot be read within the limits.
        """
        self._process.write(encode_page(PageRequest(form, body)))
        try:
            page = next(self._replies, None)
        except (EOFError, ValueError) as error:
            raise RefusedError(self._process.why_ended()) from error
        if isinstance(page, Refused):
            raise RefusedError(page.message or _too_large(self._process.name))
        if not isinstance(page, kind):
            raise RefusedError(self._process.why_ended())
        return page


@contextmanager
def page_reader(name: str, limits: ReadingLimits) -> Iterator[PageReader]:
    """Start a sandbox process that reads pages of an API, for the length of a ``with`` block.

    Args:
        name: name of the pages in messages.
        limits: limits of memory and time for all pages together.
    """
    with _limited_process(name, limits) as process:
        process.write(_encode(_request(Path(name), "pages", limits)))
        yield PageReader(process, process.messages())


def _request(path: Path, task: Task, limits: ReadingLimits, **fields: Any) -> ReadRequest:
    GAZETTEER.open()  # creates its file, which the sandbox process must not
    return ReadRequest(
        path=str(path.absolute()),
        task=task,
        memory_bytes=limits.memory_bytes,
        cpu_seconds=limits.cpu_seconds,
        gazetteer=str(GAZETTEER.folder or ""),
        **fields,
    )


def _replies(request: ReadRequest, limits: ReadingLimits) -> Iterator[Reply]:
    """Yield the messages of the sandbox process until it ends.

    Raises:
        RefusedError: the process refused the list, or ended before it was done.
    """
    name = Path(request.path).name
    with _limited_process(name, limits) as process:
        try:
            yield from _iter_replies(process, request)
        except (EOFError, ValueError) as error:
            raise RefusedError(process.why_ended()) from error


def _iter_replies(process: _LimitedProcess, request: ReadRequest) -> Iterator[Reply]:
    process.write(_encode(request))
    process.end_input()
    for reply in process.messages():
        if isinstance(reply, Finished):
            return
        if isinstance(reply, Refused):
            raise RefusedError(reply.message or _too_large(process.name))
        if isinstance(reply, Page):
            raise ValueError("a page instead of a list")  # noqa: TRY004  # as other bad messages
        yield reply
    raise EOFError


def _encode(request: ReadRequest) -> bytes:
    """Return a request to the sandbox as the line that its process reads first."""
    return msgspec.json.encode(request) + b"\n"


def _items_of(frames: Iterable[ItemFrame], name: str) -> Iterator[Item]:
    """Yield the records and problems in all frames that the sandbox sent."""
    decoder = ItemDecoder()
    try:
        for frame in frames:
            yield from decoder.items_of(frame)
    except ValueError as error:
        raise RefusedError(_interrupted(name)) from error


def _start() -> subprocess.Popen[bytes]:
    environment = {name: os.environ[name] for name in _INHERITED_VARIABLES if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-X", "utf8", "-m", _CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**environment, "PYTHONPATH": module_path(), "PYTHONDONTWRITEBYTECODE": "1"},
    )


def _too_large(name: str) -> Message:
    return message(
        "%(name)s needs more memory than a list may take. Split it into several lists. "
        "Give each a source of its own, so that none replaces another. Or save only the "
        "sheet or the columns of the list.",
        name=name,
    )


def _too_slow(name: str, seconds: float) -> Message:
    return message(
        "Reading %(name)s took more than %(seconds)s seconds, so it was stopped. Split "
        "it into several lists. Give each a source of its own, so that none replaces another.",
        name=name,
        seconds=format(seconds, ".0f"),
    )


def _interrupted(name: str) -> Message:
    return message(
        "Reading %(name)s broke off: it is too large or damaged. Nothing was written. "
        "Open it, save it again as CSV or XLSX, and send that.",
        name=name,
    )
