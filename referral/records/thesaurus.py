"""Thesaurus entries: phrases and the taxonomy terms they mean; each library edits them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ThesaurusEntry:
    """A phrase of users and the taxonomy terms that it means.

    Attributes:
        phrase: the words, in any case and form: ``lights got cut off``.
        language: ISO 639 code of the phrase: en or es.
        term_codes: keys of taxonomy terms; none for filler words without meaning.
        weight: weight of the terms in search; 1 equals the name of the term itself.
    """

    phrase: str
    language: str = "en"
    term_codes: tuple[str, ...] = ()
    weight: float = 1.0


def parse_thesaurus_entries(rows: Iterable[Mapping[str, str]]) -> list[ThesaurusEntry]:
    """Parse thesaurus entries from rows: ``phrase``, ``language``, ``terms`` and ``weight``.

    ``terms`` are codes separated by ``|``; the default weight is 1.
    """
    return [
        ThesaurusEntry(
            phrase=row["phrase"],
            language=row["language"],
            term_codes=tuple(filter(None, row["terms"].split("|"))),
            weight=float(row["weight"] or 1.0),
        )
        for row in rows
    ]
