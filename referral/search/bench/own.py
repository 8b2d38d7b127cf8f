"""Our own engine on a synthetic directory: an index without a store."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from referral.records.crisis import CrisisWords
from referral.records.listing import Listing
from referral.records.search import Answer, SearchQuery
from referral.search import marks, schema
from referral.search.documents import document_of
from referral.search.execution import answer
from referral.search.generations import Generations
from referral.search.phrasebook import Phrasebook
from referral.search.rebuilding import unpack_postings
from referral.search.spoken import Spoken
from referral.search.views import Views
from referral.search.writing import create_index, open_index, writer_of

_ZONE = "America/New_York"


class BenchIndex:
    """An index in a folder that answers as ``Index`` does, with an empty thesaurus."""

    def __init__(self, path: Path) -> None:
        self._generations = Generations(path)
        self._views = Views(self._generations, _ZONE)
        self._spoken = Spoken(Phrasebook(), CrisisWords(()))

    def build(self, listings: Iterable[Listing]) -> None:
        """Index the listings from nothing."""
        name = self._generations.create()
        folder = self._generations.folder(name)
        with writer_of(create_index(folder)) as writer:
            for listing in listings:
                writer.add_document(**document_of(listing))
            writer.commit()
        self._mark(name)
        self._generations.switch(name)

    def replace(self, listing: Listing) -> None:
        """Index one listing anew, as an edit does."""
        name = self._generations.current_name()
        with writer_of(open_index(self._generations.folder(name))) as writer:
            writer.delete_by_term(schema.KEY, listing.service.id)
            writer.add_document(**document_of(listing))
            writer.commit()
        self._mark(name)

    def search(self, query: SearchQuery) -> Answer:
        """Answer a question."""
        return answer(query, self._views.newest(), self._spoken)

    def close(self) -> None:
        """Let go of all files."""
        self._views.close()

    def _mark(self, name: str) -> None:
        folder = self._generations.folder(name)
        unpack_postings(self._generations, name)
        mark = marks.Mark(schema=schema.schema_hash(), store_id="bench", sequence=0)
        marks.write_mark(folder, marks.measured(folder, mark))


def own_engine(index: BenchIndex) -> Callable[[SearchQuery], tuple[int, list[str]]]:
    """The index in the shape of its rivals."""

    def ask(query: SearchQuery) -> tuple[int, list[str]]:
        found = index.search(query)
        return found.total, [hit.service_id for hit in found.hits]

    return ask
