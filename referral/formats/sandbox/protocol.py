"""Sandbox protocol: the request, and frames of messages that are checked when decoded.

The process has handled bytes of strangers, so what it sends is data and nothing else: msgpack,
taken apart into known types with known fields.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import IO, BinaryIO, Literal

import msgspec

from referral.formats.column_mapping import ColumnMapping
from referral.formats.files.table_profile import TableProfile
from referral.formats.files.tables import CellsRead
from referral.formats.open_referral.api_pages import FeedPage, PageRequest, Publisher, ServicePage
from referral.formats.reading.items import Item, ReadRecord, RefusedRow, shared_headers
from referral.formats.spreadsheet.samples import SheetSample
from referral.formats.spreadsheet.saved_mapping import ColumnChanges
from referral.message import Message
from referral.records.directory import Record
from referral.records.kinds import KINDS, PARENT_FIELDS, Origin, field_names, kind_of
from referral.records.problems import Problem

LONGEST_FRAME = 64 * 2**20
_HEAD = struct.Struct(">I?")  # how long a frame is, and whether it holds items
_BATCH = 500
_LONGEST_SHARED = 36  # that of an id
_NO_CELLS: Mapping[str, str] = {}
_OF_EACH = frozenset({"id", "description", "address_1", "number", "tel", "text"})
_MANY = frozenset({"phone", "address", "schedule", "service_area", "language", "attribute"})
Task = Literal["read", "inspect", "preview", "pages", "rows"]
Place = tuple[str, int]  # file, line


class Mappings(msgspec.Struct, frozen=True, kw_only=True):
    """By what a list is read.

    Attributes:
        given: what somebody says its columns hold; all else is for when this is None.
        saved: the mapping of last time, followed when the columns are the same.
        interactive: a person is there to ask, so that no proposal is followed unseen.
        area_code: what is put before phone numbers of seven digits, in a list of any format.
    """

    given: ColumnMapping | None = None
    saved: ColumnMapping | None = None
    interactive: bool = False
    area_code: str = ""


class ReadRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Request to the sandbox: one task on one list.

    Attributes:
        path: where the list is.
        task: ``read`` all of it, ``inspect`` its sheets, ``preview`` the first services, or send
            some ``rows``; ``pages`` of an API follow the request, one after the other.
        memory_bytes: how much memory it may take.
        cpu_seconds: how much work it may be.
        mappings: by what a spreadsheet is read.
        first: how many services a preview has.
        places: the rows to send.
        gazetteer: the folder of the gazetteer's file; without it the table is made in memory.
    """

    path: str
    task: Task
    memory_bytes: int
    cpu_seconds: int
    source: str = ""
    format: str = "auto"
    mappings: Mappings = Mappings()
    first: int = 0
    places: frozenset[Place] = frozenset()
    gazetteer: str = ""


class Opened(msgspec.Struct, frozen=True, kw_only=True, tag="opened"):
    """A list whose format is known; see ``ProviderList``."""

    format: str
    why: Message
    row_count: int
    notices: tuple[Problem, ...]
    mapping: ColumnMapping | None
    profiles: tuple[TableProfile, ...] = ()


class SheetInspection(msgspec.Struct, frozen=True, kw_only=True, tag="sheets"):
    """Sheet samples and the proposed mapping, for the column-mapping page.

    ``changes`` says how their columns differ from those of last time.
    """

    samples: tuple[SheetSample, ...]
    mapping: ColumnMapping
    changes: ColumnChanges = ColumnChanges()


class GivenRow(msgspec.Struct, frozen=True, tag="row"):
    """A row as its owner wrote it: its cells by header as shown, the empty ones too."""

    file: str
    line: int
    cells: dict[str, str]


class RowsRead(msgspec.Struct, frozen=True, tag="rows"):
    """How many rows were read so far; lines that were looked through, before ``Opened``."""

    count: int


class ReadCells(msgspec.Struct, frozen=True, tag="cells"):
    """How many cells of each column were read, after all items."""

    cells: tuple[CellsRead, ...]


class RecordMessage(msgspec.Struct, frozen=True, kw_only=True, tag="record"):
    """A record, encoded; its fields are those of its kind.

    ``headers`` are None where they are those of the record before.
    """

    kind: str
    record: msgspec.Raw
    origin: Origin
    headers: Mapping[str, str] | None
    given: msgspec.Raw


class RefusalMessage(msgspec.Struct, frozen=True, tag="refused-row"):
    """A refused row."""

    row: RefusedRow


class ProblemMessage(msgspec.Struct, frozen=True, tag="problem"):
    """A problem."""

    problem: Problem


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """The list as a whole cannot be read; without a message it does not fit into the memory."""

    message: Message | None = None


class Finished(msgspec.Struct, frozen=True, tag="finished"):
    """Everything was sent: what ends without this was cut short."""


Reply = (
    Opened
    | SheetInspection
    | GivenRow
    | RowsRead
    | ReadCells
    | ServicePage
    | FeedPage
    | Publisher
    | Refused
    | Finished
)
ItemMessage = RecordMessage | RefusalMessage | ProblemMessage

_encoder = msgspec.msgpack.Encoder()
_message = msgspec.msgpack.Decoder(Reply)
_items = msgspec.msgpack.Decoder(list[ItemMessage])
_page = msgspec.msgpack.Decoder(PageRequest)
_cells = msgspec.msgpack.Decoder(dict[str, str])
_NOTHING_GIVEN = msgspec.Raw(_encoder.encode({}))


def encode_page(request: PageRequest) -> bytes:
    """Return the frame of a page to be read."""
    content = _encoder.encode(request)
    return _HEAD.pack(len(content), 0) + content


def receive_pages(stream: IO[bytes]) -> Iterator[PageRequest]:
    """Yield the pages to be read up to the end of the stream."""
    while head := stream.read(_HEAD.size):
        yield _page.decode(stream.read(_HEAD.unpack(head)[0]))


def send(stream: BinaryIO, message: Reply) -> None:
    """Write a message and flush it."""
    _write(stream, _encoder.encode(message), are_items=False)


def send_items(stream: BinaryIO, items: Iterable[Item]) -> None:
    """Write the items in frames of some hundred."""
    batch: list[ItemMessage] = []
    before: Mapping[str, str] | None = None
    for item in items:
        message = _message_of(item)
        if isinstance(message, RecordMessage):
            headers = message.headers
            if headers is before:
                message = msgspec.structs.replace(message, headers=None)
            before = headers
        batch.append(message)
        if len(batch) == _BATCH:
            _send_batch(stream, batch)
            batch = []
    _send_batch(stream, batch)


def _send_batch(stream: BinaryIO, batch: Sequence[ItemMessage]) -> None:
    content = _encoder.encode(batch)
    if len(content) > LONGEST_FRAME and len(batch) > 1:
        for item in batch:
            _send_batch(stream, [item])
        return
    _write(stream, content, are_items=True)


def _write(stream: BinaryIO, content: bytes, *, are_items: bool) -> None:
    stream.write(_HEAD.pack(len(content), are_items) + content)
    stream.flush()


def receive(stream: IO[bytes]) -> Iterator[Reply | bytes]:
    """The messages of a stream up to its end; items as the bytes of their frame.

    What is a small part of the memory of its items can be kept as it came until the process that
    sent it has given its own memory back.

    Raises:
        EOFError: the stream ends inside a frame.
        ValueError: a frame is too long, or does not hold a message.
    """
    while head := stream.read(_HEAD.size):
        if len(head) < _HEAD.size:
            raise EOFError
        length, are_items = _HEAD.unpack(head)
        if length > LONGEST_FRAME:
            raise ValueError("a frame is too long")
        content = stream.read(length)
        if len(content) < length:
            raise EOFError
        yield content if are_items else _message.decode(content)


class PackedCells(Mapping[str, str]):
    """A few cells that are seldom asked for, as they came: a dict would take four times as much."""

    __slots__ = ("_packed",)

    def __init__(self, packed: bytes) -> None:
        self._packed = packed

    def __getitem__(self, name: str) -> str:
        return _cells.decode(self._packed)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_cells.decode(self._packed))

    def __len__(self) -> int:
        return len(_cells.decode(self._packed))


class ItemDecoder:
    """Decoder of frames into items, in the order in which they were sent."""

    def __init__(self) -> None:
        self._headers: Mapping[str, str] = {}
        self._texts: dict[str, str] = {}

    def items_of(self, frame: bytes) -> Iterator[Item]:
        """The items of a frame.

        Raises:
            ValueError: it does not hold items: a kind is unknown, or fields are not of their kind.
        """
        return map(self._item_of, _items.decode(frame))

    def _item_of(self, message: ItemMessage) -> Item:
        if isinstance(message, ProblemMessage):
            return message.problem
        if isinstance(message, RefusalMessage):
            return message.row
        if message.kind not in KINDS:
            raise ValueError("a record of a kind that there is not")
        record = _decoder_of(message.kind).decode(message.record)
        self._share_texts(message.kind, record)
        if message.headers is not None:
            self._headers = shared_headers(tuple(message.headers.items()))
        given = _NO_CELLS if message.given == _NOTHING_GIVEN else PackedCells(bytes(message.given))
        return ReadRecord(record, message.origin, self._headers, given)

    def _share_texts(self, kind: str, record: Record) -> None:
        """Let equal short texts be one: ids of parents, codes, cities."""
        texts = self._texts
        for name in _shared_fields(kind):
            text = getattr(record, name)
            if text and text.__class__ is str and len(text) <= _LONGEST_SHARED:
                same = texts.setdefault(text, text)
                if same is not text:
                    object.__setattr__(record, name, same)  # equal, so it is not a change


def _message_of(item: Item) -> ItemMessage:
    if isinstance(item, Problem):
        return ProblemMessage(item)
    if isinstance(item, RefusedRow):
        return RefusalMessage(item)
    given = item.given if isinstance(item, ReadRecord) else _NO_CELLS
    return RecordMessage(
        kind=kind_of(item.record),
        record=msgspec.Raw(_encoder.encode(item.record)),
        origin=item.origin,
        headers=item.headers if isinstance(item, ReadRecord) else _NO_CELLS,
        given=msgspec.Raw(_encoder.encode(given)),
    )


@cache
def _decoder_of(kind: str) -> msgspec.msgpack.Decoder[Record]:
    return msgspec.msgpack.Decoder(KINDS[kind])


@cache
def _shared_fields(kind: str) -> tuple[str, ...]:
    """The fields of a kind with texts that many records have."""
    fields = (name for name in field_names(kind) if name not in _OF_EACH and name != "visibility")
    return tuple(fields) if kind in _MANY else tuple(n for n in fields if n in PARENT_FIELDS)
