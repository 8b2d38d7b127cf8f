"""The postings of one segment as arrays in a file that processes share by mapping it.

Whoosh keeps postings in compressed blocks that Python must walk. Here they are unpacked once: for
each term its documents and how often each has it, and for each field how long it is in each
document. What depends on the whole collection (idf, average length) is left for the question, so
a segment's file never changes. It is derived from the segment and can be made again at any time.

This is the only module that knows the frozen codec of Whoosh 2.7.4.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from whoosh.codec.whoosh3 import W3LeafMatcher
from whoosh.reading import IndexReader
from whoosh.util.numeric import byte_to_length

from referral.search.array_files import Arrays, mapped_or_made
from referral.search.schema import KEY

_VERSION = 2
_LENGTHS = np.array([byte_to_length(code) for code in range(256)], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class SegmentPostings:
    """The postings of one segment.

    Attributes:
        size: how many documents the segment has, deleted ones included.
        hashes: of all terms, rising.
        starts: where the postings of each term begin, and after the last where they end.
        text_starts, texts: the terms themselves, to tell terms of one hash apart.
        docs, counts: postings of all terms, end to end.
        lengths: field → code of its length in each document.
        totals: field → sum of its lengths.
    """

    size: int
    hashes: NDArray[np.uint64]
    starts: NDArray[np.int64]
    text_starts: NDArray[np.int64]
    texts: NDArray[np.uint8]
    docs: NDArray[np.int32]
    counts: NDArray[np.float32]
    lengths: Mapping[str, NDArray[np.uint8]]
    totals: Mapping[str, int]

    def find(self, field: str, term: str) -> slice | None:
        """Where the postings of a term are; None when the segment does not have it."""
        key = _key(field, term)
        at = int(np.searchsorted(self.hashes, _hash(key)))
        while at < len(self.hashes) and self.hashes[at] == _hash(key):
            text = self.texts[self.text_starts[at] : self.text_starts[at + 1]].tobytes()
            if text == key:
                return slice(int(self.starts[at]), int(self.starts[at + 1]))
            at += 1
        return None

    def field_lengths(self, field: str, docs: NDArray[np.int32]) -> NDArray[np.float64]:
        """How many words the field has in each of these documents, as Whoosh rounds it."""
        found: NDArray[np.float64] = _LENGTHS[self.lengths[field][docs]]
        return found


def open_postings(leaf: IndexReader, folder: Path) -> SegmentPostings:
    """The postings of a segment: mapped from their file, which is made where there is none.

    Args:
        folder: where the files of this generation's segments are.
    """
    size = leaf.doc_count_all()
    path = folder / f"{leaf.segment().segment_id()}.postings"

    def make() -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        arrays, totals = _arrays_of(leaf)
        return {"totals": totals}, arrays

    return _postings(*mapped_or_made(path, {"version": _VERSION, "size": size}, make))


def _key(field: str, term: str) -> bytes:
    return f"{field}\0{term}".encode()


def _hash(key: bytes) -> np.uint64:
    return np.uint64(int.from_bytes(blake2b(key, digest_size=8).digest(), "little"))


@dataclass(slots=True)
class _Draft:
    """The postings of a segment while they are gathered."""

    keys: list[bytes]
    ends: list[int]
    docs: array[int]
    counts: array[float]

    def add(self, key: bytes, docs: Any, counts: Any) -> None:
        self.keys.append(key)
        self.docs.extend(docs)
        self.counts.extend(counts)
        self.ends.append(len(self.docs))


def _gather(leaf: IndexReader) -> _Draft:
    draft = _Draft([], [], array("i"), array("f"))
    terms = leaf._terms  # noqa: SLF001  # the codec's reader: the public one decodes one by one
    for (field, text), info in terms.items():
        if field == KEY:
            continue
        key = field.encode() + b"\0" + text
        if info.is_inlined():
            docs, counts, _ = info.inlined_postings()
            draft.add(key, docs, counts)
            continue
        docs, counts = array("i"), array("f")
        for some_docs, some_counts in _blocks(terms._postfile, info, leaf.schema[field].format):  # noqa: SLF001
            docs.extend(some_docs)
            counts.extend(some_counts)
        draft.add(key, docs, counts)
    return draft


def _blocks(postfile: Any, info: Any, format_: Any) -> Iterator[tuple[Any, Any]]:
    offset, length = info.extent()
    matcher = W3LeafMatcher(postfile, offset, length, format_)
    while matcher.is_active():
        matcher._read_ids()  # noqa: SLF001  # a block at a time, not a posting at a time
        matcher._read_weights()  # noqa: SLF001
        yield matcher._ids, matcher._weights  # noqa: SLF001
        matcher._next_block()  # noqa: SLF001


def _arrays_of(leaf: IndexReader) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
    draft = _gather(leaf)
    hashes = np.array([_hash(key) for key in draft.keys], dtype=np.uint64)
    order = np.argsort(hashes, kind="stable")
    ends = np.array([0, *draft.ends], dtype=np.int64)
    sizes = np.diff(ends)[order]
    rows = _rows(ends[:-1][order], sizes)
    keys = [draft.keys[at] for at in order.tolist()]
    fields = [name for name in leaf.schema.scorable_names() if name != KEY]
    arrays: dict[str, NDArray[Any]] = {
        "hashes": hashes[order],
        "starts": np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        "text_starts": np.cumsum([0, *map(len, keys)], dtype=np.int64),
        "texts": np.frombuffer(b"".join(keys), dtype=np.uint8),
        "docs": np.frombuffer(draft.docs, dtype=np.int32)[rows],
        "counts": np.frombuffer(draft.counts, dtype=np.float32)[rows],
    }
    for name in fields:
        arrays[f"length {name}"] = _length_codes(leaf, name)
    return arrays, {name: int(leaf.field_length(name)) for name in fields}


def _rows(begins: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The positions begins[0], begins[0]+1, … of all runs, end to end."""
    if not len(sizes):
        return np.zeros(0, dtype=np.int64)
    moved = begins - np.concatenate([[0], np.cumsum(sizes)[:-1]])
    rows: NDArray[np.int64] = np.arange(int(sizes.sum()), dtype=np.int64) + np.repeat(moved, sizes)
    return rows


def _length_codes(leaf: IndexReader, field: str) -> NDArray[np.uint8]:
    codes = {length: code for code, length in reversed(list(enumerate(_LENGTHS.tolist())))}
    lengths = [leaf.doc_field_length(doc, field, 0) or 0 for doc in range(leaf.doc_count_all())]
    return np.array([codes[length] for length in lengths], dtype=np.uint8)


def _postings(about: Mapping[str, Any], arrays: Arrays) -> SegmentPostings:
    prefix = "length "
    return SegmentPostings(
        size=about["size"],
        hashes=arrays["hashes"],
        starts=arrays["starts"],
        text_starts=arrays["text_starts"],
        texts=arrays["texts"],
        docs=arrays["docs"],
        counts=arrays["counts"],
        lengths={
            name.removeprefix(prefix): values
            for name, values in arrays.items()
            if name.startswith(prefix)
        },
        totals=about["totals"],
    )
