"""The exam on records: phrases judged by keys of real records.

The phrases in ``tests/real_lists/record_phrases`` were written and judged by somebody who had read
the lists and never the search; ``answers`` are keys of right records. What the note calls ``ok`` is
neither right nor wrong, and is taken out of what was found. Plain FTS5 answers over the same
documents.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from bench.baselines import sqlite_fts5
from bench.exam_files import HALVES, RECORD_PHRASES, imported_instance, read_rows
from bench.ranked_metrics import RankedResult, compute_ranked_metrics, judge_ranking
from bench.stores import stored_listings
from referral.directory.instance import Instance
from referral.fields.places.lookup import Place, find_zip
from referral.search.indexing.documents import document_of
from referral.search.query import SearchQuery
from referral.store.rows import ServiceRow

LISTS: Mapping[str, Mapping[str, str]] = {
    "slo": {"": "guides/slo/directory-entries.json"},
    "philadelphia": {"": "guides/philadelphia/data.csv"},
    "florida": {"fl:": "florida-legal-aid", "county:": str(RECORD_PHRASES / "county_list.csv")},
}
"""List of phrases → beginning of keys → path of a list, below the folder of the data."""
_OK = re.compile(r"\bok: *([^;]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPhrase:
    """One row: keys of records that are right, serve elsewhere only, or count neither way."""

    id: str
    list: str
    half: str
    kind: str
    words: str
    near: Place | None
    answers: frozenset[str]
    elsewhere: frozenset[str]
    uncounted: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A phrase and what was found: keys, best first, without those that do not count."""

    phrase: RecordPhrase
    found: tuple[str, ...]
    result: RankedResult

    @property
    def is_elsewhere(self) -> bool:
        """Whether the first answer serves elsewhere only."""
        return bool(self.found) and self.found[0] in self.phrase.elsewhere


def load_phrases(half: str | None = None) -> list[RecordPhrase]:
    """Return all phrases, or those of one half."""
    return [
        _phrase(row, name)
        for name in ([half] if half else HALVES)
        for file in (f"{name}.csv", f"zip_{name}.csv")
        for row in read_rows(RECORD_PHRASES / file)
    ]


def _phrase(row: Mapping[str, str], half: str) -> RecordPhrase:
    ok = [key for found in _OK.findall(row["note"]) for key in found.split("|")]
    return RecordPhrase(
        id=row["id"],
        list=row.get("list") or "florida",
        half=half,
        kind=row["kind"],
        words=row["words"],
        near=find_zip(row.get("zip", "")),
        answers=frozenset(row["answers"].split("|")),
        elsewhere=frozenset(filter(None, row.get("elsewhere", "").split("|"))),
        uncounted=frozenset(key.strip() for key in ok),
    )


def keys_of(instance: Instance, paths: Mapping[str, str]) -> dict[str, str]:
    """Service id → the key of its record, as the phrases have it."""
    beginnings = {Path(path).stem: beginning for beginning, path in paths.items()}
    with instance.store.read() as session:
        rows = session.execute(select(ServiceRow.id, ServiceRow.source, ServiceRow.source_key))
        return {
            service_id: beginnings.get(source, "?") + key.removeprefix("id/")
            for service_id, source, key in rows
        }


def ask(instance: Instance, keys: Mapping[str, str], phrase: RecordPhrase) -> Asked:
    """Put a phrase to the search."""
    answer = instance.index.search(SearchQuery(words=phrase.words, near=phrase.near))
    return judged(phrase, [keys[hit.service_id] for hit in answer.hits])


def judged(phrase: RecordPhrase, found: Sequence[str]) -> Asked:
    """What was found, judged."""
    counted = tuple(key for key in found if key not in phrase.uncounted)
    return Asked(phrase=phrase, found=counted, result=judge_ranking(counted, phrase.answers))


def run(data: Path, folder: Path, half: str | None) -> dict[str, list[Asked]]:
    """Answer all phrases, or those of one half, by the search and by FTS5.

    Args:
        data: folder of the real lists.
        folder: has the instances with these lists, or gets them.
    """
    phrases = load_phrases(half)
    answered: dict[str, list[Asked]] = defaultdict(list)
    for name, paths in LISTS.items():
        lists = [data / path for path in paths.values()]
        with imported_instance(folder / name, lists) as instance:
            keys = keys_of(instance, paths)
            some = [phrase for phrase in phrases if phrase.list == name]
            answered["referral"] += [ask(instance, keys, phrase) for phrase in some]
            with sqlite_fts5(map(document_of, stored_listings(instance.store))) as engine:
                for phrase in some:
                    found = [keys[each] for each in engine(phrase.words, None)]
                    answered["fts5"].append(judged(phrase, found))
    return dict(answered)


def record_report(
    data: Path, folder: Path, half: str | None, missed_half: str | None
) -> Iterator[str]:
    """Yield the lines of the report; ``missed_half`` is the half whose failures are described."""
    answered = run(data, folder, half)
    yield from table(answered)
    for each in answered["referral"]:
        phrase = each.phrase
        if phrase.half == missed_half and not each.result.is_among_three:
            yield (
                f"{phrase.id} {phrase.list} {phrase.kind} {phrase.words!r}"
                f" found {each.found[:3]} right {sorted(phrase.answers)[:4]}"
            )


def table(answered: Mapping[str, Sequence[Asked]]) -> Iterator[str]:
    """Lines of the report: by list and kind, ours and FTS5."""
    groups: dict[tuple[str, str], dict[str, list[Asked]]] = defaultdict(lambda: defaultdict(list))
    for engine, some in answered.items():
        for each in some:
            part = "florida" if each.phrase.list == "florida" else "guides"
            for group in ((part, "all"), (each.phrase.list, "all"), (part, each.phrase.kind)):
                if each not in groups[group][engine]:
                    groups[group][engine].append(each)
    yield f"{'list':13}{'kind':12}{'n':>4}   @1    @3   P@5   FTS5 @1   @3   P@5  elsewhere"
    for (name, kind), engines in sorted(groups.items()):
        ours, fts5 = (
            compute_ranked_metrics([a.result for a in engines[e]]) for e in ("referral", "fts5")
        )
        elsewhere = sum(each.is_elsewhere for each in engines["referral"])
        yield (
            f"{name:13}{kind:12}{ours.phrases:4} {ours.success_at_1:5.2f} {ours.success_at_3:5.2f}"
            f" {ours.precision_at_5:5.2f}     {fts5.success_at_1:5.2f} {fts5.success_at_3:5.2f}"
            f" {fts5.precision_at_5:5.2f} {elsewhere:5}"
        )
