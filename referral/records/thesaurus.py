"""Thesaurus entries: phrases and the taxonomy terms they mean; each library edits them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ThesaurusEntry:
    """A way of saying something.

    Attributes:
        phrase: the words, in any case and form: ``lights got cut off``.
        language: ISO 639 code of the phrase: en or es.
        term_codes: keys of taxonomy terms; none for words said in passing, which say nothing.
        weight: what the topics are worth; 1 is as much as a name of the term itself.
    """

    phrase: str
    language: str = "en"
    term_codes: tuple[str, ...] = ()
    weight: float = 1.0


def parse_thesaurus_entries(rows: Iterable[Mapping[str, str]]) -> list[ThesaurusEntry]:
    """Entries from rows: ``phrase``, ``language``, ``terms`` (codes by ``|``), ``weight``."""
    return [
        ThesaurusEntry(
            phrase=row["phrase"],
            language=row["language"],
            term_codes=tuple(filter(None, row["terms"].split("|"))),
            weight=float(row["weight"] or 1.0),
        )
        for row in rows
    ]
