"""The other engines of the benchmark, each given the same work: filters, distance, three facets.

Each is a function from a question to (how many were found, ids of the first twenty).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, text
from whoosh.analysis import StemmingAnalyzer
from whoosh.fields import ID, KEYWORD, NUMERIC, TEXT, Schema
from whoosh.filedb.filestore import FileStorage
from whoosh.qparser import MultifieldParser
from whoosh.query import And, NumericRange, Term

from referral.records.places import EARTH_RADIUS_MILES, Place, miles_between
from referral.records.search import SearchQuery
from referral.search.bench.rows import BenchRow

Ask = Callable[[SearchQuery], tuple[int, Sequence[str]]]
_FIELDS = ("name", "organization", "description", "eligibility")
_FACETS = ("heading", "languages", "free")
_SHOWN = 20
_MILES_PER_DEGREE = EARTH_RADIUS_MILES * 3.14159265 / 180


@contextmanager
def plain_whoosh(rows: Iterator[BenchRow], folder: Path) -> Iterator[Ask]:
    """Whoosh's MultifieldParser, its filters, its facets; distance on what is left."""
    texts = {name: TEXT(analyzer=StemmingAnalyzer()) for name in _FIELDS}
    facets = {name: KEYWORD(stored=True, sortable=True) for name in _FACETS}
    position = {name: NUMERIC(float, stored=True) for name in ("latitude", "longitude")}
    folder.mkdir()
    index = FileStorage(str(folder)).create_index(
        Schema(id=ID(stored=True), **texts, **facets, **position)
    )
    writer = index.writer()
    for row in rows:
        writer.add_document(**row.as_document())
    writer.commit()
    parser = MultifieldParser(_FIELDS, index.schema, fieldboosts={"name": 5.0})
    with index.searcher() as searcher:

        def ask(query: SearchQuery) -> tuple[int, Sequence[str]]:
            found = searcher.search(
                And([parser.parse(query.words), *_whoosh_filters(query)]),
                limit=None,
                groupedby=list(_FACETS),
            )
            for name in _FACETS:
                found.groups(name)
            near = [hit["id"] for hit in found if _is_near(query, hit)]
            return len(near), near[:_SHOWN]

        yield ask


def _whoosh_filters(query: SearchQuery) -> Iterator[Any]:
    for heading in query.headings:
        yield Term("heading", heading)
    if query.language:
        yield Term("languages", query.language)
    if query.near:
        south, north, west, east = _box(query.near, query.within_miles or 50)
        yield NumericRange("latitude", south, north)
        yield NumericRange("longitude", west, east)


def _is_near(query: SearchQuery, hit: Any) -> bool:
    near = query.near
    return near is None or miles_between(
        near.latitude, near.longitude, hit["latitude"], hit["longitude"]
    ) <= (query.within_miles or 50)


def _box(place: Place, miles: float) -> tuple[float, float, float, float]:
    high, wide = miles / _MILES_PER_DEGREE, miles / (_MILES_PER_DEGREE * 0.75)
    return (
        place.latitude - high, place.latitude + high,
        place.longitude - wide, place.longitude + wide,
    )  # fmt: skip


@contextmanager
def sqlite_fts5(rows: Iterator[BenchRow], path: Path, *, with_facets: bool) -> Iterator[Ask]:
    """FTS5 with bm25, a table of facts beside it, and one query for each facet."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        _fill_fts5(connection, rows)

        def ask(query: SearchQuery) -> tuple[int, Sequence[str]]:
            return _ask_fts5(connection, query, with_facets=with_facets)

        yield ask
    engine.dispose()


def _fill_fts5(connection: Connection, rows: Iterator[BenchRow]) -> None:
    connection.execute(
        text(
            "CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5("
            "name, organization, description, eligibility, tokenize='porter unicode61')"
        )
    )
    connection.execute(
        text(
            "CREATE TABLE IF NOT EXISTS facts (number INTEGER PRIMARY KEY, id, heading, languages,"
            " free, latitude, longitude)"
        )
    )
    if connection.scalar(text("SELECT count(*) FROM facts")):
        return
    for number, row in enumerate(rows, start=1):
        values = {**row.as_document(), "number": number}
        connection.execute(
            text(
                "INSERT INTO words (rowid, name, organization, description, eligibility)"
                " VALUES (:number, :name, :organization, :description, :eligibility)"
            ),
            values,
        )
        connection.execute(
            text(
                "INSERT INTO facts VALUES"
                " (:number, :id, :heading, :languages, :free, :latitude, :longitude)"
            ),
            values,
        )
    connection.commit()


def _ask_fts5(
    connection: Connection, query: SearchQuery, *, with_facets: bool
) -> tuple[int, Sequence[str]]:
    values: dict[str, Any] = {"words": " ".join(f'"{word}"' for word in query.words.split())}
    where = ["words MATCH :words"]
    if query.headings:
        where.append("heading = :heading")
        values["heading"] = query.headings[0]
    if query.language:
        where.append("languages LIKE :language")
        values["language"] = f"%{query.language}%"
    if query.near:
        names = ("south", "north", "west", "east")
        values |= dict(zip(names, _box(query.near, query.within_miles or 50), strict=True))
        where.append("latitude BETWEEN :south AND :north AND longitude BETWEEN :west AND :east")
    source = "FROM words JOIN facts ON facts.number = words.rowid WHERE " + " AND ".join(where)
    order = f"ORDER BY bm25(words, 5, 1, 1, 1) LIMIT {_SHOWN}"
    page = connection.scalars(text(f"SELECT id {source} {order}"), values).all()
    if not with_facets:
        return len(page), page
    for name in _FACETS:
        connection.execute(
            text(f"SELECT {name}, count(*) {source} GROUP BY {name}"),
            values,
        ).all()
    total = connection.scalar(text(f"SELECT count(*) {source}"), values)
    return int(total or 0), page


@contextmanager
def tantivy(rows: Iterator[BenchRow], folder: Path) -> Iterator[Ask]:
    """Tantivy through its Python binding; raises ImportError where it is not installed."""
    engine = importlib.import_module("tantivy")
    builder = engine.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw")
    for name in _FIELDS:
        builder.add_text_field(name, tokenizer_name="en_stem")
    for name in _FACETS:
        builder.add_text_field(name, tokenizer_name="raw", fast=True)
    for name in ("latitude", "longitude"):
        builder.add_float_field(name, fast=True, indexed=True)
    folder.mkdir()
    index = engine.Index(builder.build(), path=str(folder))
    writer = index.writer(256_000_000)
    for row in rows:
        document = row.as_document()
        document["languages"] = str(document["languages"]).split()
        writer.add_document(engine.Document(**document))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()
    facets = {name: {"terms": {"field": name, "size": 20}} for name in _FACETS}

    def ask(query: SearchQuery) -> tuple[int, Sequence[str]]:
        parsed = index.parse_query(_tantivy_query(query), list(_FIELDS), {"name": 5.0})
        found = searcher.search(parsed, limit=_SHOWN, count=True)
        searcher.aggregate(parsed, facets)
        return found.count, [searcher.doc(at)["id"][0] for _, at in found.hits]

    yield ask


def _tantivy_query(query: SearchQuery) -> str:
    parts = [f"+({word})" for word in query.words.split()]
    parts += [f"+heading:{heading}" for heading in query.headings]
    if query.language:
        parts.append(f"+languages:{query.language}")
    if query.near:
        south, north, west, east = _box(query.near, query.within_miles or 50)
        parts.append(f"+latitude:[{south:.5f} TO {north:.5f}]")
        parts.append(f"+longitude:[{west:.5f} TO {east:.5f}]")
    return " ".join(parts)
