"""Segments written from arrays are those that Whoosh writes, and their arrays those it yields."""

from __future__ import annotations

from contextlib import closing

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from whoosh.reading import SegmentReader

from referral.search import schema
from referral.search.doc_facts import Facts, SiteFacts, facts_from_bytes, facts_to_bytes
from referral.search.indexing.writer import create_index, writer_of
from referral.search.segments.doc_values import fact_arrays
from referral.search.segments.segment_files import list_segments, open_segment
from referral.search.segments.term_table import (
    FIELD_LENGTHS,
    FIELD_NUMBERS,
    FIELDS,
    Occurrences,
    term_arrays,
)

_WORDS = [
    "help",
    "food",
    "helps",
    "comida",
    "señal",
    "the",
    "o'brien",
    "y.m.c.a",
    "zoë",
    "9",
    "食物",
]
_TEXTS = st.lists(st.sampled_from(_WORDS), max_size=300).map(" ".join)
_PARTS = st.lists(_TEXTS, max_size=3).map("|".join)


@st.composite
def documents(draw):
    """Draw some documents, with ids of their own."""
    return [_document(draw, number) for number in range(draw(st.integers(0, 5)))]


def _document(draw, number):
    names = draw(st.lists(st.sampled_from(list(schema.TEXT_FIELDS)), unique=True))
    texts = {name: text for name in names if (text := draw(_PARTS))}
    keys = draw(st.lists(st.sampled_from(["a b", "b", "ñ"]), unique=True, max_size=2))
    facts = Facts(
        service_id=f"s{number}",
        sort_name=draw(st.sampled_from(["", "a", "b c"])),
        headings=tuple(draw(st.lists(st.sampled_from(["food", "legal"]), unique=True))),
        sites=draw(st.sampled_from([(), (SiteFacts(location_id="l", latitude=1.0, longitude=2.0),)])),
    )  # fmt: skip
    document = {schema.KEY: f"s{number}", schema.FACTS: facts_to_bytes(facts), **texts}
    if draw(st.booleans()):
        document[schema.TITLES] = b'["A", "B"]'
    if keys:
        document[schema.NAME_KEY] = sorted(keys)
    return document


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(batch=documents())
def test_both_writers_write_the_same(batch, tmp_path_factory):
    ours, plain = (tmp_path_factory.mktemp(name) for name in ("ours", "plain"))
    index, other = create_index(ours), create_index(plain)
    with writer_of(index) as writer:
        for document in batch:
            writer.add_document(**document)
        writer.commit()
    with other.writer(compound=False) as writer:
        writer.merge = False
        for document in batch:
            writer.add_document(**document)
    assert _contents(index) == _contents(other)


def _contents(index):
    """Everything a reader can say."""
    with index.reader() as reader:
        return [
            list(reader.all_stored_fields()),
            [
                list(reader.column_reader(name, translate=False))
                for name in (schema.FACTS, schema.TITLES)
                if reader.doc_count_all()
            ],
            [
                (name, term, _info(reader.term_info(name, term)), _postings(reader, name, term))
                for name, term in reader.all_terms()
            ],
            {name: reader.field_length(name) for name in reader.schema.names()},
            [
                [reader.doc_field_length(doc, name, 0) for name in schema.TEXT_FIELDS]
                for doc in range(reader.doc_count_all())
            ],
        ]  # fmt: skip


def _info(info):
    return (info.weight(), info.doc_frequency(), info.min_length(), info.max_length(),
            info.max_weight(), info.min_id(), info.max_id())  # fmt: skip


def _postings(reader, name, term):
    matcher, found = reader.postings(name, term), []
    while matcher.is_active():
        found.append((matcher.id(), matcher.weight(), matcher.value(), matcher.block_max_weight()))
        matcher.next()
    return found


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(batch=documents())
def test_arrays_of_the_writer_are_those_read_from_its_segment(batch, tmp_path_factory):
    folder = tmp_path_factory.mktemp("index")
    index = create_index(folder)
    with writer_of(index) as writer:
        for document in batch:
            writer.add_document(**document)
        writer.commit()
    for segment in list_segments(index)[1]:
        written = open_segment(segment, folder)
        with closing(SegmentReader(index.storage, index.schema, segment)) as reader:
            for one, other in (
                (written.facts.arrays, facts_read(reader)),
                (written.terms.arrays, term_arrays(occurrences_read(reader))),
            ):
                assert one.keys() == other.keys()
                for name, array in other.items():
                    assert array.dtype == one[name].dtype, name
                    np.testing.assert_array_equal(array, one[name], err_msg=name)


def facts_read(reader):
    """Return the arrays of facts, from the columns of a committed segment."""
    facts, titles = (
        reader.column_reader(name, translate=False) for name in (schema.FACTS, schema.TITLES)
    )
    docs = range(reader.doc_count_all())
    return fact_arrays(
        [facts_from_bytes(facts[doc]) for doc in docs], [titles[doc] for doc in docs]
    )


def occurrences_read(reader):
    """Return what a segment without deleted documents is made of, posting by posting."""
    rows = sorted((term, FIELD_NUMBERS[n]) for n, term in reader.all_terms() if n in FIELD_NUMBERS)
    docs, weights, lengths, places = [], [], [], []
    row_starts, row_places = [0], [0]
    for term, number in rows:
        name = FIELDS[number]
        form = reader.schema[name].format
        matcher = reader.postings(name, term)
        while matcher.is_active():
            docs.append(matcher.id())
            weights.append(matcher.weight())
            length = reader.doc_field_length(matcher.id(), name, 0) or 0
            lengths.append(FIELD_LENGTHS.tolist().index(length))
            if form.supports("positions"):
                places += form.decode_positions(matcher.value())
            matcher.next()
        row_starts.append(len(docs))
        row_places.append(len(places))
    terms = sorted({term for term, _ in rows})
    return Occurrences(
        terms=terms,
        row_terms=np.array([terms.index(term) for term, _ in rows], dtype=np.int32),
        row_fields=np.array([number for _, number in rows], dtype=np.uint8),
        row_starts=np.array(row_starts, dtype=np.int64),
        docs=np.array(docs, dtype=np.int32),
        weights=np.array(weights, dtype=np.float32),
        lengths=np.array(lengths, dtype=np.uint8),
        row_places=np.array(row_places, dtype=np.int64),
        places=np.array(places, dtype=np.uint32),
        field_lengths=np.array([reader.field_length(name) for name in FIELDS], dtype=np.int64),
        doc_count=reader.doc_count_all(),
    )


@pytest.mark.parametrize("count", [1, 127, 128, 129, 256, 300])
def test_blocks_are_full_up_to_the_last(count, tmp_path):
    folders = tmp_path / "ours", tmp_path / "plain"
    batch = [
        {schema.KEY: f"{number:04}", schema.FACTS: facts_to_bytes(Facts(service_id=f"{number:04}")),
         "name": "help " * (1 + number % 3), schema.WORDS: "help"}
        for number in range(count)
    ]  # fmt: skip
    for folder in folders:
        folder.mkdir()
    index, other = map(create_index, folders)
    with writer_of(index) as writer:
        for document in batch:
            writer.add_document(**document)
        writer.commit()
    with other.writer(compound=False) as writer:
        writer.merge = False
        for document in batch:
            writer.add_document(**document)
    assert _contents(index) == _contents(other)
