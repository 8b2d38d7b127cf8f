"""``python -m bench.answers``: whether a change of the search changes an answer.

Records ids, order, scores, counts and reasons for a thousand phrases (those of both exams, of the
danger sets, and example sentences; every third near a place), and compares a later run with them::

    python -m bench.answers record INSTANCE before.json.gz
    python -m bench.answers compare INSTANCE before.json.gz

The clock stands still, since "open now" is in some phrases.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from bench.before_and_after import record_or_compare
from bench.exam_files import LIST_PHRASES, SAMPLE_PHRASES, read_rows
from referral.directory.context import Directory
from referral.fields.places.lookup import find_zip
from referral.resources import resource_path
from referral.search.query import Answer, SearchQuery
from referral.store.rows import AddressRow

_PHRASES = 1000
_DANGER = Path(__file__).parents[1] / "tests" / "search" / "understanding" / "danger_set_3.csv"


def phrases() -> list[str]:
    """A thousand phrases, always the same."""
    return list(dict.fromkeys(_all_phrases()))[:_PHRASES]


def _all_phrases() -> Iterator[str]:
    for path in (SAMPLE_PHRASES, LIST_PHRASES, _DANGER):
        yield from (row["phrase"] for row in read_rows(path))
    examples = read_rows(resource_path("seed_data") / "topic_examples.csv")
    yield from (row["phrase"] for row in islice(examples, 0, None, 25))


def answers(directory: Directory) -> Iterator[tuple[str, Any]]:
    """Each phrase, with the place it was asked near, and its answer as plain values."""
    with directory.store.read() as session:
        zips = [row.postal_code for row in session.query(AddressRow).order_by(AddressRow.id)]
    near = next(filter(None, map(find_zip, filter(None, zips))), None)
    for number, phrase in enumerate(phrases()):
        place = near if number % 3 == 0 else None
        answer = directory.index.search(SearchQuery(words=phrase, near=place))
        yield f"{phrase} ({place.zip_code if place else ''})", _plain(answer)


def _plain(answer: Answer) -> Any:
    return {
        "total": answer.total,
        "suggested": answer.suggested,
        "hits": [
            [
                hit.service_id, round(hit.score, 6), hit.location_id, hit.band, hit.area.value,
                hit.fit.value, hit.is_ahead, list(hit.why), hit.reason, list(hit.matched),
                hit.is_suggested,
            ]
            for hit in answer.hits
        ],
        "facets": {
            name: [[each.value, each.count] for each in values]
            for name, values in sorted(answer.facets.items())
        },
        "bands": dict(answer.bands),
        "preferences": [[each.kind.value, list(each.values), each.fits] for each in answer.preferences],
    }  # fmt: skip


if __name__ == "__main__":
    record_or_compare(answers)
