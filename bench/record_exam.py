"""``python -m bench.record_exam tune|report DATA [FOLDER]``: phrases judged by real records.

The phrases in ``tests/real_lists/record_phrases`` were written and judged by somebody who had read
the lists and never the search; ``answers`` are keys of right records. What the note calls ``ok`` is
neither right nor wrong, and is taken out of what was found. Plain FTS5 answers over the same
documents. The half ``report`` only counts: nobody who tunes the search reads it.
"""

from __future__ import annotations

import csv
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from bench.baselines import sqlite_fts5
from referral.directory.context import Directory, opened_directory
from referral.fields.places.lookup import Place, find_zip
from referral.imports.apply import store_import
from referral.imports.prepare import no_progress, prepare_import
from referral.imports.seed_lists import load_base
from referral.search import weights
from referral.search.evaluation.ranked_metrics import (
    RankedResult,
    compute_ranked_metrics,
    judge_ranking,
)
from referral.search.indexing.documents import document_of
from referral.search.query import SearchQuery
from referral.settings import Settings
from referral.store.rows import ServiceRow
from referral.topic_suggestions.suggestion_runs import suggest_topics
from referral.vocabulary.search_exam import public_listings

PHRASES = Path(__file__).parents[1] / "tests" / "real_lists" / "record_phrases"
LISTS: Mapping[str, Mapping[str, str]] = {
    "slo": {"": "guides/slo/directory-entries.json"},
    "philadelphia": {"": "guides/philadelphia/data.csv"},
    "florida": {"fl:": "florida-legal-aid", "county:": str(PHRASES / "county_list.csv")},
}
"""List of phrases → beginning of keys → path of a list, below the folder of the data."""
_OK = re.compile(r"\bok: *([^;]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPhrase:
    """One row: keys of records that are right, serve elsewhere only, or count neither way."""

    id: str
    list: str
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


def load_phrases(half: str) -> list[RecordPhrase]:
    """The phrases of a half: tune or report."""
    return [
        _phrase(row) for name in (f"{half}.csv", f"zip_{half}.csv") for row in _rows(PHRASES / name)
    ]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _phrase(row: Mapping[str, str]) -> RecordPhrase:
    ok = [key for found in _OK.findall(row["note"]) for key in found.split("|")]
    return RecordPhrase(
        id=row["id"],
        list=row.get("list") or "florida",
        kind=row["kind"],
        words=row["words"],
        near=find_zip(row.get("zip", "")),
        answers=frozenset(row["answers"].split("|")),
        elsewhere=frozenset(filter(None, row.get("elsewhere", "").split("|"))),
        uncounted=frozenset(key.strip() for key in ok),
    )


@contextmanager
def list_directory(paths: Mapping[str, str], data: Path, folder: Path) -> Iterator[Directory]:
    """A directory of these lists, in a folder that may have it from before."""
    settings = Settings.from_environment({}, instance_path=folder)
    is_new = not (folder / "referral.sqlite3").exists()
    with opened_directory(settings) as directory:
        if is_new:
            load_base(directory)
            for path in paths.values():
                prepared = prepare_import(directory, data / path)
                store_import(directory, prepared, confirmed=prepared.report.doubt_codes)
            suggest_topics(directory, no_progress)
        directory.index.sync()
        yield directory


def keys_of(directory: Directory, paths: Mapping[str, str]) -> dict[str, str]:
    """Service id → the key of its record, as the phrases have it."""
    beginnings = {Path(path).stem: beginning for beginning, path in paths.items()}
    with directory.store.read() as session:
        rows = session.execute(select(ServiceRow.id, ServiceRow.source, ServiceRow.source_key))
        return {
            service_id: beginnings.get(source, "?") + key.removeprefix("id/")
            for service_id, source, key in rows
        }


def ask(directory: Directory, keys: Mapping[str, str], phrase: RecordPhrase) -> Asked:
    """Put a phrase to the search."""
    answer = directory.index.search(SearchQuery(words=phrase.words, near=phrase.near))
    return judged(phrase, [keys[hit.service_id] for hit in answer.hits])


def judged(phrase: RecordPhrase, found: Sequence[str]) -> Asked:
    """What was found, judged."""
    counted = tuple(key for key in found if key not in phrase.uncounted)
    return Asked(phrase=phrase, found=counted, result=judge_ranking(counted, phrase.answers))


def run(half: str, data: Path, folder: Path) -> dict[str, list[Asked]]:
    """All phrases of a half, answered by the search and by FTS5."""
    phrases = load_phrases(half)
    answered: dict[str, list[Asked]] = defaultdict(list)
    for name, paths in LISTS.items():
        with list_directory(paths, data, folder / name) as directory:
            keys = keys_of(directory, paths)
            some = [phrase for phrase in phrases if phrase.list == name]
            answered["referral"] += [ask(directory, keys, phrase) for phrase in some]
            with sqlite_fts5(map(document_of, public_listings(directory))) as engine:
                for phrase in some:
                    found = [keys[each] for each in engine(phrase.words, None)]
                    answered["fts5"].append(judged(phrase, found))
    return dict(answered)


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


def main() -> None:
    """Print the table.

    ``--misses`` adds the phrases of the tuning half that were missed; ``--without-words``,
    ``--without-phrases`` and ``--without-topics`` leave one of the three fused ranks out.
    """
    half, data, *others = sys.argv[1:]
    words, phrases, topics = (
        weight * (f"--without-{rank}" not in others)
        for rank, weight in zip(("words", "phrases", "topics"), weights.FUSED, strict=True)
    )
    weights.FUSED = (words, phrases, topics)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(others[0]) if others and not others[0].startswith("-") else Path(temporary)
        answered = run(half, Path(data), folder)
    print("\n".join(table(answered)))
    if "--misses" in others and half == "tune":
        for each in answered["referral"]:
            if not 1 <= each.result.rank <= 3:
                print(each.phrase.id, each.phrase.list, each.phrase.kind, repr(each.phrase.words),
                      "found", each.found[:3], "right", sorted(each.phrase.answers)[:4])  # fmt: skip


if __name__ == "__main__":
    main()
