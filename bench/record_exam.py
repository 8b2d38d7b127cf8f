"""The exam on records: phrases whose right answers are the keys of records of real lists.

The phrases in ``tests/real_lists/record_phrases`` were written and judged by a person who had read
the lists but not the search. ``answers`` are the keys of right records. Keys after ``ok:`` in the
note are neither right nor wrong, and are removed from the results. Plain FTS5 answers the same
phrases over the same documents.
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
"""Name of a group of phrases → prefix of record keys → path of the list below the data folder."""
_UNCOUNTED = re.compile(r"\bok: *([^;]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPhrase:
    """One row of the files of phrases.

    Attributes:
        list: key of ``LISTS``.
        half: tune or report.
        near: place that is searched near.
        answers: keys of right records.
        elsewhere: keys of records that serve other places only.
        uncounted: keys of records that are neither right nor wrong.
    """

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
class RecordAnswer:
    """A phrase and its judged results; ``found`` are the keys that count, best first."""

    phrase: RecordPhrase
    found: tuple[str, ...]
    result: RankedResult

    @property
    def is_elsewhere(self) -> bool:
        """Whether the first result serves other places only."""
        return bool(self.found) and self.found[0] in self.phrase.elsewhere


def load_phrases(half: str | None = None) -> list[RecordPhrase]:
    """Return all phrases of the exam on records, or those of one half."""
    return [
        _phrase(row, name)
        for name in ([half] if half else HALVES)
        for file in (f"{name}.csv", f"zip_{name}.csv")
        for row in read_rows(RECORD_PHRASES / file)
    ]


def _phrase(row: Mapping[str, str], half: str) -> RecordPhrase:
    uncounted = [key for keys in _UNCOUNTED.findall(row["note"]) for key in keys.split("|")]
    return RecordPhrase(
        id=row["id"],
        list=row.get("list") or "florida",
        half=half,
        kind=row["kind"],
        words=row["words"],
        near=find_zip(row.get("zip", "")),
        answers=frozenset(row["answers"].split("|")),
        elsewhere=frozenset(filter(None, row.get("elsewhere", "").split("|"))),
        uncounted=frozenset(key.strip() for key in uncounted),
    )


def record_keys(instance: Instance, paths: Mapping[str, str]) -> dict[str, str]:
    """Return the record key of each service, as in the phrases, by service id."""
    prefixes = {Path(path).stem: prefix for prefix, path in paths.items()}
    with instance.store.read() as session:
        rows = session.execute(select(ServiceRow.id, ServiceRow.source, ServiceRow.source_key))
        return {
            service_id: prefixes.get(source, "?") + key.removeprefix("id/")
            for service_id, source, key in rows
        }


def answer_phrase(
    instance: Instance, keys: Mapping[str, str], phrase: RecordPhrase
) -> RecordAnswer:
    """Search an instance for a phrase, and judge the results."""
    answer = instance.index.search(SearchQuery(words=phrase.words, near=phrase.near))
    return judge_answer(phrase, [keys[hit.service_id] for hit in answer.hits])


def judge_answer(phrase: RecordPhrase, found: Sequence[str]) -> RecordAnswer:
    """Judge the keys found for a phrase."""
    counted = tuple(key for key in found if key not in phrase.uncounted)
    return RecordAnswer(phrase=phrase, found=counted, result=judge_ranking(counted, phrase.answers))


def answer_phrases(data: Path, folder: Path, half: str | None) -> dict[str, list[RecordAnswer]]:
    """Return the answers of Referral and of FTS5 to all phrases, or to those of one half.

    Args:
        data: folder of the real lists.
        folder: where the instances with these lists are, or are created.
    """
    phrases = load_phrases(half)
    answered: dict[str, list[RecordAnswer]] = defaultdict(list)
    for name, paths in LISTS.items():
        lists = [data / path for path in paths.values()]
        with imported_instance(folder / name, lists) as instance:
            keys = record_keys(instance, paths)
            asked = [phrase for phrase in phrases if phrase.list == name]
            answered["referral"] += [answer_phrase(instance, keys, phrase) for phrase in asked]
            with sqlite_fts5(map(document_of, stored_listings(instance.store))) as engine:
                for phrase in asked:
                    found = [keys[service_id] for service_id in engine(phrase.words, None)]
                    answered["fts5"].append(judge_answer(phrase, found))
    return dict(answered)


def record_report(
    data: Path, folder: Path, half: str | None, missed_half: str | None
) -> Iterator[str]:
    """Yield the lines of the report, with the failed phrases of ``missed_half``."""
    answered = answer_phrases(data, folder, half)
    yield from report_lines(answered)
    for answer in answered["referral"]:
        phrase = answer.phrase
        if phrase.half == missed_half and not answer.result.is_among_three:
            yield (
                f"{phrase.id} {phrase.list} {phrase.kind} {phrase.words!r}"
                f" found {answer.found[:3]} right {sorted(phrase.answers)[:4]}"
            )


def report_lines(answered: Mapping[str, Sequence[RecordAnswer]]) -> Iterator[str]:
    """Yield the lines of a table by list and kind of phrase, with the metrics of ours and FTS5."""
    groups: dict[tuple[str, str], dict[str, list[RecordAnswer]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for engine, answers in answered.items():
        for answer in answers:
            phrase = answer.phrase
            part = "florida" if phrase.list == "florida" else "guides"
            for group in ((part, "all"), (phrase.list, "all"), (part, phrase.kind)):
                if answer not in groups[group][engine]:
                    groups[group][engine].append(answer)
    yield f"{'list':13}{'kind':12}{'n':>4}   @1    @3   P@5   FTS5 @1   @3   P@5  elsewhere"
    for (name, kind), engines in sorted(groups.items()):
        ours, fts5 = (
            compute_ranked_metrics([answer.result for answer in engines[engine]])
            for engine in ("referral", "fts5")
        )
        elsewhere = sum(answer.is_elsewhere for answer in engines["referral"])
        yield (
            f"{name:13}{kind:12}{ours.phrases:4} {ours.success_at_1:5.2f} {ours.success_at_3:5.2f}"
            f" {ours.precision_at_5:5.2f}     {fts5.success_at_1:5.2f} {fts5.success_at_3:5.2f}"
            f" {fts5.precision_at_5:5.2f} {elsewhere:5}"
        )
