"""Baseline engines: plain Whoosh and SQLite FTS5, set up as their manuals recommend.

``plain_whoosh`` and ``sqlite_fts5`` answer exams over the texts of services. They search for all
words, and for any of them if no document has all. The benchmark adds filters and facet counts to
the classes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any

from sqlalchemy import create_engine
from whoosh.analysis import StemmingAnalyzer
from whoosh.fields import ID, TEXT, FieldType, Schema
from whoosh.filedb.filestore import RamStorage, Storage
from whoosh.qparser import AndGroup, MultifieldParser, OrGroup
from whoosh.query import Query
from whoosh.searching import Results, Searcher

from bench.ranked_metrics import SHOWN
from referral.fields.places.lookup import Place
from referral.search import schema
from referral.search.indexing.documents import Document

_WRITER_MEGABYTES = 256
_WORD = re.compile(r"\w+")
_EXAM_WEIGHTS = {
    name: 5.0 if name == "name" else 1.0 for name in schema.TEXT_FIELDS if name != schema.WORDS
}

Row = Mapping[str, Any]  # column → value
Engine = Callable[[str, Place | None], Sequence[str]]
"""Returns the ids of the services found for words and an optional place, best first."""


class PlainWhoosh:
    """A Whoosh index with ``MultifieldParser``, stemming, field weights and BM25F.

    Args:
        storage: empty storage for the index.
        weights: weight of each text field.
        columns: further fields of the schema; they may replace fields of ``weights``.
    """

    def __init__(
        self, storage: Storage, weights: Mapping[str, float], **columns: FieldType
    ) -> None:
        texts = {name: TEXT(analyzer=StemmingAnalyzer()) for name in weights}
        # Whoosh's temporary files are in a shared folder of this name, so each process has its own.
        name = f"plain{os.getpid()}"
        self._index = storage.create_index(Schema(**{**texts, **columns}), name)
        self._parsers = {
            group: MultifieldParser(
                list(weights), self._index.schema, fieldboosts=weights, group=group
            )
            for group in (AndGroup, OrGroup)
        }
        self._searcher: Searcher | None = None

    def add(self, rows: Iterable[Row]) -> None:
        """Index all rows in one segment, in this process."""
        writer = self._index.writer(limitmb=_WRITER_MEGABYTES)
        for row in rows:
            writer.add_document(**row)
        writer.commit()

    def parse(self, words: str, group: Any = AndGroup) -> Query:
        """Parse words over all text fields; ``group`` is ``AndGroup`` or ``OrGroup``."""
        return self._parsers[group].parse(words)

    def results(self, query: Query, **options: Any) -> Results:
        """Return all scored matches. There is no limit, as one makes Whoosh miss good hits."""
        if self._searcher is None:
            self._searcher = self._index.searcher()
        return self._searcher.search(query, limit=None, **options)

    def close(self) -> None:
        """Close the searcher and the index."""
        if self._searcher is not None:
            self._searcher.close()
        self._index.close()


class SqliteFts5:
    """A SQLite database with an FTS5 table ``fts``, joined by rowid to a table ``service``.

    FTS5 uses a Porter stemmer and weighted bm25.

    Args:
        url: of the database, which is new or was filled by another instance of this class.
        weights: weight of each column of ``fts``.
        columns: columns of ``service``, which are not searched.
    """

    MATCHES = "FROM fts JOIN service ON service.rowid = fts.rowid WHERE fts MATCH :words"

    def __init__(self, url: str, weights: Mapping[str, float], columns: Sequence[str]) -> None:
        self._weights, self._columns = weights, columns
        self._engine = create_engine(url)
        self._connection = self._engine.raw_connection()
        self._cursor: Any = self._connection.cursor()

    def add(self, rows: Iterable[Row]) -> None:
        """Create and fill both tables, then merge the segments of the full-text index."""
        weights = ", ".join(map(str, self._weights.values()))
        self._cursor.executescript(f"""
            CREATE TABLE service ({", ".join(self._columns)});
            CREATE VIRTUAL TABLE fts USING fts5({", ".join(self._weights)},
                tokenize = 'porter unicode61 remove_diacritics 2');
            INSERT INTO fts (fts, rank) VALUES ('rank', 'bm25({weights})');
        """)  # the names come from this program, not from a user
        inserts = [
            f"INSERT INTO {table} VALUES ({', '.join(f':{name}' for name in names)})"
            for table, names in (("service", self._columns), ("fts", self._weights))
        ]
        for row in rows:
            for insert in inserts:
                self._cursor.execute(insert, row)
        self._cursor.execute("INSERT INTO fts (fts) VALUES ('optimize')")
        self._connection.commit()

    def select(self, statement: str, values: Row) -> list[tuple[Any, ...]]:
        """Return all rows of a SELECT statement."""
        rows: list[tuple[Any, ...]] = self._cursor.execute(statement, values).fetchall()
        return rows

    def close(self) -> None:
        """Close the database."""
        self._connection.close()
        self._engine.dispose()


def fts5_match(words: str, operator: str = "AND") -> str:
    """Return the ``MATCH`` expression of quoted words joined by ``AND`` or ``OR``."""
    return f" {operator} ".join(f'"{word}"' for word in _WORD.findall(words))


@contextmanager
def plain_whoosh(documents: Iterable[Document]) -> Iterator[Engine]:
    """Yield an engine that searches all text fields of documents with plain Whoosh in memory."""
    with closing(PlainWhoosh(RamStorage(), _EXAM_WEIGHTS, id=ID(stored=True))) as whoosh:
        whoosh.add(_rows(documents))

        def found(words: str, group: Any) -> list[str]:
            return [hit["id"] for hit in whoosh.results(whoosh.parse(words, group))[:SHOWN]]

        def search(words: str, _near: Place | None) -> Sequence[str]:
            return found(words, AndGroup) or found(words, OrGroup)

        yield search


@contextmanager
def sqlite_fts5(documents: Iterable[Document]) -> Iterator[Engine]:
    """Yield an engine that searches all text fields of our documents with FTS5 in memory."""
    with closing(SqliteFts5("sqlite://", _EXAM_WEIGHTS, ["id"])) as fts5:
        fts5.add(_rows(documents))
        statement = f"SELECT service.id {fts5.MATCHES} ORDER BY rank LIMIT {SHOWN}"

        def found(words: str, operator: str) -> list[str]:
            values = {"words": fts5_match(words, operator)}
            return [service_id for (service_id,) in fts5.select(statement, values)]

        def search(words: str, _near: Place | None) -> Sequence[str]:
            return found(words, "AND") or found(words, "OR")

        yield search


def _rows(documents: Iterable[Document]) -> Iterator[Row]:
    for document in documents:
        texts = {name: document.get(name) for name in _EXAM_WEIGHTS}
        yield {
            "id": document[schema.KEY],
            **{
                name: text.replace("|", " ") if isinstance(text, str) else ""
                for name, text in texts.items()
            },
        }
