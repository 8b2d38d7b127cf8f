"""Comparison of search results before and after a change: ``python -m bench.answers``.

The command records ids, order, scores, counts and reasons for two thousand phrases (of both exams,
of a danger set, and example sentences), and compares a later run with them. Some are searched near
a place, with filters, exactly as typed, or for a later page::

    python -m bench.answers record INSTANCE before.json.gz
    python -m bench.answers compare INSTANCE before.json.gz

The clock is frozen, because some phrases contain "open now".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from bench.before_and_after import record_or_compare
from bench.exam_files import LIST_PHRASES, SAMPLE_PHRASES, read_rows
from referral.directory.instance import Instance
from referral.fields.places.lookup import Place, find_zip
from referral.resources import resource_path
from referral.search.query import Answer, SearchQuery
from referral.store.rows import AddressRow

_PHRASES = 2000
_DANGER = Path(__file__).parents[1] / "tests" / "search" / "understanding" / "danger_set_3.csv"


def phrases() -> list[str]:
    """Return two thousand phrases, always the same ones."""
    return list(dict.fromkeys(_all_phrases()))[:_PHRASES]


def _all_phrases() -> Iterator[str]:
    for path in (SAMPLE_PHRASES, LIST_PHRASES, _DANGER):
        yield from (row["phrase"] for row in read_rows(path))
    examples = read_rows(resource_path("seed_data") / "topic_examples.csv")
    yield from (row["phrase"] for row in islice(examples, 0, None, 6))


def answers(instance: Instance) -> Iterator[tuple[str, Any]]:
    """Yield the number and text of each phrase with its search results as plain values."""
    with instance.store.read() as session:
        zips = [row.postal_code for row in session.query(AddressRow).order_by(AddressRow.id)]
    near = next(filter(None, map(find_zip, filter(None, zips))), None)
    for number, phrase in enumerate(phrases()):
        query = _query_of(number, phrase, near)
        answer = instance.index.search(query, offset=20 if number % 5 == 0 else 0)
        yield f"{number}: {phrase}", _plain_values(answer)


def _query_of(number: int, phrase: str, near: Place | None) -> SearchQuery:
    """Return the query of a phrase; some are near a place, with filters, or exactly as typed."""
    query = SearchQuery(words=phrase, exactly=number % 7 == 0)
    if near and number % 3 == 0:
        query = replace(query, near=near, within=25 if number % 2 else None)
    if number % 11 == 0:
        query = replace(query, open_now=True)
    if number % 13 == 0:
        query = replace(query, headings=("basic-needs", "health"))
    if number % 17 == 0:
        query = replace(query, language="es", cost=("free",))
    return query


def _plain_values(answer: Answer) -> Any:
    return {
        "total": answer.total,
        "suggested": answer.suggested,
        "hits": [
            [
                hit.service_id, round(hit.score, 6), hit.location_id, hit.band, hit.area.value,
                hit.fit.value, hit.is_ahead, list(hit.why), hit.reason,
                hit.is_suggested,
            ]
            for hit in answer.hits
        ],
        "facets": {
            name: [[facet.value, facet.count] for facet in values]
            for name, values in sorted(answer.facets.items())
        },
        "bands": dict(answer.bands),
        "preferences": [[each.kind.value, list(each.values), each.fits] for each in answer.preferences],
    }  # fmt: skip


if __name__ == "__main__":
    record_or_compare(answers)
