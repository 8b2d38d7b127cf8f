"""Reader of a Chromium profile: the bytes of its files, and their unpacked contents."""

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

_TABLE_END = bytes.fromhex("57fb808b247547db")  # of a LevelDB table
_SNAPPY_BLOCK = 1
_SQLITE_HEADER = b"SQLite format 3\0"


def written_by_browser(profile: Path) -> Iterator[tuple[Path, bytes]]:
    """Yield each file of a profile with its bytes, and with gzip, LevelDB and SQLite contents."""
    for path in sorted(profile.rglob("*")):
        if not path.is_file():
            continue
        data = path.read_bytes()
        yield path, data
        yield from ((path, part) for part in _gzip_contents(data))
        if data.endswith(_TABLE_END):
            yield from ((path, block) for block in _table_blocks(data))
        if data.startswith(_SQLITE_HEADER):
            yield path, _sqlite_contents(path)


def forms_of(secret: str) -> set[bytes]:
    """Return the encodings in which a browser may have stored a text."""
    texts = {secret, secret.casefold(), secret.replace("-", ""), secret.replace(" ", "+"),
             secret.replace(" ", "%20")}  # fmt: skip
    return {text.encode(code) for text in texts for code in ("utf-8", "utf-16-le")}


def _sqlite_contents(path: Path) -> bytes:
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as database:
        database.text_factory = bytes
        tables = database.execute("SELECT name FROM sqlite_master WHERE type='table'").fetchall()
        rows: list[bytes] = []
        for (name,) in tables:
            for row in database.execute(
                f'SELECT * FROM "{name.decode()}"'
            ):  # a table name of its own
                rows += [
                    value if isinstance(value, bytes) else str(value).encode() for value in row
                ]
    return b"\n".join(rows)


def _gzip_contents(data: bytes) -> Iterator[bytes]:
    start = data.find(b"\x1f\x8b\x08")
    while start >= 0:
        with suppress(zlib.error):
            yield zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(data[start:])
        start = data.find(b"\x1f\x8b\x08", start + 1)


def _table_blocks(data: bytes) -> Iterator[bytes]:
    """Yield the unpacked blocks of a LevelDB table. Keys in them are abbreviated, values not."""
    footer = data[-48:]
    _, at = _varint(footer, 0)
    _, at = _varint(footer, at)
    offset, at = _varint(footer, at)
    size, _ = _varint(footer, at)
    index = _block(data, offset, size)
    for handle in _values(index):
        offset, at = _varint(handle, 0)
        size, _ = _varint(handle, at)
        yield _block(data, offset, size)


def _block(data: bytes, offset: int, size: int) -> bytes:
    packed = data[offset : offset + size]
    return unpack_snappy(packed) if data[offset + size] == _SNAPPY_BLOCK else packed


def _values(block: bytes) -> Iterator[bytes]:
    restarts = int.from_bytes(block[-4:], "little")
    end, at = len(block) - 4 * (restarts + 1), 0
    while at < end:
        _shared, at = _varint(block, at)
        own, at = _varint(block, at)
        length, at = _varint(block, at)
        yield block[at + own : at + own + length]
        at += own + length


def unpack_snappy(packed: bytes) -> bytes:
    """Return data unpacked from Snappy's raw format."""
    length, at = _varint(packed, 0)
    out = bytearray()
    while at < len(packed):
        tag = packed[at]
        at += 1
        kind, size = tag & 3, (tag >> 2) + 1
        if kind == 0:
            if size > 60:
                count = size - 60
                size = int.from_bytes(packed[at : at + count], "little") + 1
                at += count
            out += packed[at : at + size]
            at += size
            continue
        if kind == 1:
            size, back = (tag >> 2 & 7) + 4, (tag >> 5 << 8) | packed[at]
            at += 1
        else:
            count = 2 if kind == 2 else 4
            back = int.from_bytes(packed[at : at + count], "little")
            at += count
        for _ in range(size):
            out.append(out[-back])
    if len(out) != length:
        raise ValueError("This is not Snappy's format.")
    return bytes(out)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return the variable-length integer at an offset, and the offset after it."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at
