"""What the search exam compares with: plain Whoosh and SQLite FTS5, over the same documents.

Both are set up as their manuals show, with the help that costs nothing: stemming, a title that
weighs more, all words first and any of them where nothing has all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine, text
from whoosh.analysis import StemmingAnalyzer
from whoosh.fields import ID, TEXT, Schema
from whoosh.filedb.filestore import RamStorage
from whoosh.qparser import AndGroup, MultifieldParser, OrGroup

from referral.records.places import Place
from referral.search import schema
from referral.search.documents import Document
from referral.search.exam import SHOWN, Engine

_FIELDS = tuple(name for name in schema.TEXT_FIELDS if name != schema.WORDS)
_NAME_WEIGHT = 5.0
_WORD = re.compile(r"\w+")


@contextmanager
def plain_whoosh(documents: Iterable[Document]) -> Iterator[Engine]:
    """Whoosh's own MultifieldParser and its BM25F."""
    texts = {name: TEXT(analyzer=StemmingAnalyzer()) for name in _FIELDS}
    index = RamStorage().create_index(Schema(id=ID(stored=True), **texts))
    writer = index.writer()
    for document in documents:
        writer.add_document(id=document[schema.KEY], **_texts(document))
    writer.commit()
    boosts = {"name": _NAME_WEIGHT}
    parsers = [
        MultifieldParser(_FIELDS, index.schema, fieldboosts=boosts, group=group)
        for group in (AndGroup, OrGroup)
    ]
    with index.searcher() as searcher:

        def search(words: str, _near: Place | None) -> Sequence[str]:
            found = (
                [hit["id"] for hit in searcher.search(parser.parse(words), limit=None)[:SHOWN]]
                for parser in parsers
            )
            return next(filter(None, found), [])

        yield search


@contextmanager
def sqlite_fts5(documents: Iterable[Document]) -> Iterator[Engine]:
    """FTS5 with its porter stemmer and bm25, in memory."""
    engine = create_engine("sqlite://")
    columns = ", ".join(_FIELDS)
    with engine.connect() as connection:
        connection.execute(
            text(
                f"CREATE VIRTUAL TABLE services USING fts5(id UNINDEXED, {columns},"
                " tokenize = 'porter unicode61 remove_diacritics 2')"
            )
        )
        marks = ", ".join(f":{name}" for name in _FIELDS)
        insert = text(f"INSERT INTO services (id, {columns}) VALUES (:id, {marks})")  # noqa: S608
        for document in documents:
            values = dict.fromkeys(_FIELDS, "") | _texts(document)
            connection.execute(insert, {"id": document[schema.KEY], **values})
        yield _fts5_engine(connection)
    engine.dispose()


def _fts5_engine(connection: Connection) -> Engine:
    weights = ", ".join(str(_NAME_WEIGHT if name == "name" else 1.0) for name in _FIELDS)
    select = text(
        "SELECT id FROM services WHERE services MATCH :words"  # noqa: S608
        f" ORDER BY bm25(services, 0, {weights}) LIMIT {SHOWN}"
    )

    def search(words: str, _near: Place | None) -> Sequence[str]:
        terms = [f'"{word}"' for word in _WORD.findall(words)]
        found = (
            list(connection.scalars(select, {"words": operator.join(terms)}))
            for operator in (" AND ", " OR ")
        )
        return next(filter(None, found), [])

    return search


def _texts(document: Document) -> dict[str, str]:
    return {
        name: value.replace("|", " ")
        for name in _FIELDS
        if isinstance(value := document.get(name), str)
    }
