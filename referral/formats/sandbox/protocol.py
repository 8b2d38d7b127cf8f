"""Sandbox protocol: the request, and frames of messages that are checked when decoded.

The process has handled untrusted bytes, so its messages are only data: msgpack, decoded into known
types with known fields.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import groupby, islice
from typing import IO, Any, BinaryIO, Literal, NamedTuple

import msgspec

from referral.formats.column_mapping import ColumnMapping
from referral.formats.files.fates import ColumnFates
from referral.formats.open_referral.api_pages import FeedPage, PageRequest, Publisher, ServicePage
from referral.formats.reading.items import Item, RefusedRow, shared_cells
from referral.formats.spreadsheet.samples import SheetSample
from referral.formats.spreadsheet.saved_mapping import ColumnChanges
from referral.message import Message
from referral.records.hsds import Record
from referral.records.kinds import KINDS, PARENT_FIELDS, Origin, SourcedRecord, field_names, kind_of
from referral.records.problems import Problem

LONGEST_FRAME = 64 * 2**20
_HEAD = struct.Struct(">IB")  # length of a frame, and its content
_BATCH = 500
_LONGEST_SHARED_TEXT = 36  # the length of an id
_UNIQUE_FIELDS = frozenset({"id", "description", "address_1", "number", "tel", "text"})
_NUMEROUS_KINDS = frozenset(
    {"phone", "address", "schedule", "service_area", "language", "attribute"}
)
Task = Literal["read", "inspect", "preview", "pages", "rows"]
Place = tuple[str, int]  # file, line
# Possible contents of a frame: a message, or items of one kind.
_CONTENTS = ("message", "problem", "refused-row", *KINDS)
_MESSAGE = 0
_encoder = msgspec.msgpack.Encoder()
_page_decoder = msgspec.msgpack.Decoder(PageRequest)
_SentRecord = tuple[Record, Origin, dict[str, str], dict[str, str]]


class Mappings(msgspec.Struct, frozen=True, kw_only=True):
    """The column mappings by which the sandbox reads a source list.

    Attributes:
        given: the mapping set by a user; the others only count when this is None.
        saved: the saved mapping, followed if the columns are the same.
        interactive: whether a user can be asked, so that no proposal is followed unseen.
        area_code: area code of phone numbers with seven digits, in a list of any format.
    """

    given: ColumnMapping | None = None
    saved: ColumnMapping | None = None
    interactive: bool = False
    area_code: str = ""


class ReadRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Request to the sandbox process: one task on one source list.

    Attributes:
        path: path of the list.
        task: ``read`` all of it, ``inspect`` its sheets, ``preview`` the first services, or send
            some ``rows``; ``pages`` of an API follow the request, one after the other.
        memory_bytes: limit of memory.
        cpu_seconds: limit of CPU time.
        mappings: the column mappings of a spreadsheet.
        first: number of services in a preview.
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
    """Message of the sandbox that the format of a source list is known; see ``ProviderList``."""

    format: str
    why: Message
    row_count: int
    notices: tuple[Problem, ...]
    mapping: ColumnMapping | None


class SheetInspection(msgspec.Struct, frozen=True, kw_only=True, tag="sheets"):
    """Samples of a list's sheets and the proposed mapping, for the column-mapping page.

    ``changes`` is how their columns differ from those of the saved mapping.
    """

    samples: tuple[SheetSample, ...]
    mapping: ColumnMapping
    changes: ColumnChanges = ColumnChanges()


class GivenRow(msgspec.Struct, frozen=True, tag="row"):
    """A row of a source list as its owner wrote it: all its cells by header, the empty ones too."""

    file: str
    line: int
    cells: dict[str, str]


class RowsRead(msgspec.Struct, frozen=True, tag="rows"):
    """Progress message of the sandbox: the number of rows read so far.

    Before ``Opened``, it is the number of lines of the files.
    """

    count: int


class CellsRead(msgspec.Struct, frozen=True, tag="cells"):
    """Message of the sandbox with the counts of each column's cells, sent after all items."""

    columns: tuple[ColumnFates, ...]


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """Message of the sandbox that a source list cannot be read, or does not fit into memory.

    In the latter case it has no text.
    """

    message: Message | None = None


class Finished(msgspec.Struct, frozen=True, tag="finished"):
    """Last message of the sandbox process: replies that end without it were cut short."""


Reply = (
    Opened
    | SheetInspection
    | GivenRow
    | RowsRead
    | CellsRead
    | ServicePage
    | FeedPage
    | Publisher
    | Refused
    | Finished
)

_message_decoder = msgspec.msgpack.Decoder(Reply)


class ItemFrame(NamedTuple):
    """Records or problems from the sandbox, of one kind and still encoded to save memory."""

    content: int  # an index of ``_CONTENTS``
    packed: bytes

    def to_bytes(self) -> bytes:
        """Return the sandbox frame with its head, as it is sent."""
        return _HEAD.pack(len(self.packed), self.content) + self.packed


def encode_page(request: PageRequest) -> bytes:
    """Return the frame that sends a page of an API to the sandbox process."""
    return ItemFrame(_MESSAGE, _encoder.encode(request)).to_bytes()


def receive_pages(stream: IO[bytes]) -> Iterator[PageRequest]:
    """Yield the pages that the sandbox process has to read, up to the end of the stream."""
    while head := stream.read(_HEAD.size):
        yield _page_decoder.decode(stream.read(_HEAD.unpack(head)[0]))


def send(stream: BinaryIO, message: Reply) -> None:
    """Write a message of the sandbox and flush it."""
    _write(stream, _MESSAGE, _encoder.encode(message))


def send_items(stream: BinaryIO, items: Iterable[Item]) -> None:
    """Write records and problems in sandbox frames of some hundred of one kind."""
    for content, group in groupby(items, _content_of):
        while batch := [_encodable(item) for item in islice(group, _BATCH)]:
            _send_batch(stream, content, batch)


def _content_of(item: Item) -> str:
    if isinstance(item, SourcedRecord):
        return kind_of(item.record)
    return "problem" if isinstance(item, Problem) else "refused-row"


def _encodable(item: Item) -> Any:
    if isinstance(item, SourcedRecord):
        return item.record, item.origin, item.headers, item.given
    return item


def _send_batch(stream: BinaryIO, content: str, batch: Sequence[Any]) -> None:
    packed = _encoder.encode(batch)
    if len(packed) > LONGEST_FRAME and len(batch) > 1:
        for item in batch:
            _send_batch(stream, content, [item])
        return
    _write(stream, _CONTENTS.index(content), packed)


def _write(stream: BinaryIO, content: int, packed: bytes) -> None:
    stream.write(_HEAD.pack(len(packed), content) + packed)
    stream.flush()


def receive(stream: IO[bytes]) -> Iterator[Reply | ItemFrame]:
    """Yield the messages of a sandbox stream to its end; items come as their undecoded frame.

    A frame can be kept encoded until the process that sent it has ended and freed its memory.

    Raises:
        EOFError: the stream ends inside a frame.
        ValueError: a frame is too long, or does not contain a message.
    """
    while head := stream.read(_HEAD.size):
        if len(head) < _HEAD.size:
            raise EOFError
        length, content = _HEAD.unpack(head)
        if length > LONGEST_FRAME:
            raise ValueError("a frame is too long")
        packed = stream.read(length)
        if len(packed) < length:
            raise EOFError
        yield ItemFrame(content, packed) if content else _message_decoder.decode(packed)


class ItemDecoder:
    """Decoder of sandbox frames into records and problems, in the order in which they were sent."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def items_of(self, frame: ItemFrame) -> Iterator[Item]:
        """Decode the records or problems of a sandbox frame.

        Raises:
            ValueError: it contains no items: a kind is unknown, or fields are not of their kind.
        """
        if frame.content >= len(_CONTENTS):
            raise ValueError("items of a kind that there is not")
        kind = _CONTENTS[frame.content]
        decoded = _decoder_of(kind).decode(frame.packed)
        return (
            iter(decoded) if kind not in KINDS else (self._item_of(kind, sent) for sent in decoded)
        )

    def _item_of(self, kind: str, sent: _SentRecord) -> SourcedRecord:
        record, origin, headers, given = sent
        self._share_texts(kind, record)
        return SourcedRecord(
            record, origin, shared_cells(tuple(headers.items())), shared_cells(tuple(given.items()))
        )

    def _share_texts(self, kind: str, record: Record) -> None:
        """Replace a record's short texts by equal ones in memory: parent ids, codes, cities."""
        texts = self._texts
        for name in _shared_fields(kind):
            text = getattr(record, name)
            if text and text.__class__ is str and len(text) <= _LONGEST_SHARED_TEXT:
                shared = texts.setdefault(text, text)
                if shared is not text:
                    object.__setattr__(record, name, shared)  # equal, so it is not a change


@cache
def _decoder_of(content: str) -> msgspec.msgpack.Decoder[Any]:
    """Return a decoder of sandbox frames that accepts only items of a kind."""
    if content == "problem":
        return msgspec.msgpack.Decoder(list[Problem])
    if content == "refused-row":
        return msgspec.msgpack.Decoder(list[RefusedRow])
    fields = tuple[KINDS[content], Origin, dict[str, str], dict[str, str]]  # type: ignore[valid-type]
    return msgspec.msgpack.Decoder(list[fields])


@cache
def _shared_fields(kind: str) -> tuple[str, ...]:
    """Return the fields of a record kind whose texts many records share."""
    fields = (
        name for name in field_names(kind) if name not in _UNIQUE_FIELDS and name != "visibility"
    )
    return (
        tuple(fields) if kind in _NUMEROUS_KINDS else tuple(n for n in fields if n in PARENT_FIELDS)
    )
