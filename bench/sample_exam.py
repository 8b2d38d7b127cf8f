"""The exam on the sample county: judged phrases, searched by Referral, plain Whoosh and FTS5.

``docs/search.md`` describes the columns of ``search_exam.csv``, and how its targets were chosen.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.baselines import Engine, plain_whoosh, sqlite_fts5
from bench.exam_files import SAMPLE_PHRASES, read_rows
from bench.ranked_metrics import (
    SHOWN,
    RankedMetrics,
    RankedResult,
    compute_ranked_metrics,
    judge_ranking,
)
from bench.stores import stored_listings
from referral.directory.instance import Instance, opened_instance
from referral.fields.places.lookup import Place, find_zip
from referral.imports.seed_lists import load_sample
from referral.records.listing import Listing
from referral.search.indexing.documents import document_of
from referral.search.query import SearchQuery
from referral.settings import Settings

RIVALS = {"whoosh": plain_whoosh, "fts5": sqlite_fts5}

Targets = tuple[str, ...]  # alternatives: "service:ID", "organization:ID" or "term:CODE"
ServicesByTarget = Mapping[str, set[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """One row of ``search_exam.csv``.

    Attributes:
        kind: lay, typo, spanish, name, place, topic or abbreviation.
        near: place that is searched near, given apart from the words.
        first3: targets of which one must be among the first three results.
        first10: groups of targets; one of each group must be among the first ten.
        never10: targets that must not be among the first ten.
        half: tune or report.
    """

    id: str
    kind: str
    words: str
    near: Place | None = None
    first3: Targets = ()
    first10: tuple[Targets, ...] = ()
    never10: Targets = ()
    half: str = "tune"


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleResult(RankedResult):
    """The judged results of an engine for a phrase.

    Attributes:
        missing: groups of ``first10`` without a result.
        forbidden: results that ``never10`` forbids.
    """

    phrase: Phrase
    missing: tuple[Targets, ...]
    forbidden: tuple[str, ...]

    @property
    def is_passed(self) -> bool:
        """Whether one of three results is right, and none of ten is missing or forbidden."""
        return self.is_among_three and not self.missing and not self.forbidden


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleMetrics(RankedMetrics):
    """Metrics of an engine over phrases on the sample county.

    Attributes:
        success_at_10: share of phrases with a right result and every group of ``first10``.
        misled: share of phrases with a forbidden result.
    """

    success_at_10: float
    misled: float


def load_phrases(half: str | None = None) -> list[Phrase]:
    """Return all phrases of the exam on the sample county, or those of one half."""
    return parse_phrases(read_rows(SAMPLE_PHRASES, half))


def parse_phrases(rows: Iterable[Mapping[str, str]]) -> list[Phrase]:
    """Parse rows of ``search_exam.csv``."""
    return [
        Phrase(
            id=row["id"],
            kind=row["kind"],
            words=row["phrase"],
            near=find_zip(row["near"]),
            first3=_targets(row["first3"]),
            first10=tuple(map(_targets, filter(None, row["first10"].split(" & ")))),
            never10=_targets(row["never10"]),
            half=row["half"],
        )
        for row in rows
    ]


def services_by_target(listings: Iterable[Listing]) -> ServicesByTarget:
    """Return the ids of the services that match each possible target of a phrase."""
    services: defaultdict[str, set[str]] = defaultdict(set)
    for listing in listings:
        service_id = listing.service.id
        services[f"service:{service_id}"].add(service_id)
        if listing.organization:
            services[f"organization:{listing.organization.id}"].add(service_id)
        for path in listing.term_paths:
            for term in path:
                services[f"term:{term.key}"].add(service_id)
    return dict(services)


def judge_engine(
    engine: Engine, phrases: Iterable[Phrase], services: ServicesByTarget
) -> list[SampleResult]:
    """Search for each phrase with an engine, and judge the first ten results."""
    return [
        _judge(phrase, engine(phrase.words, phrase.near)[:SHOWN], services) for phrase in phrases
    ]


def search_in(instance: Instance) -> Engine:
    """Return Referral's search in an instance as an engine."""

    def search(words: str, near: Place | None) -> Sequence[str]:
        answer = instance.index.search(SearchQuery(words=words, near=near), limit=SHOWN)
        return [hit.service_id for hit in answer.hits]

    return search


def run_rivals(
    instance: Instance, phrases: Sequence[Phrase]
) -> Iterator[tuple[str, list[SampleResult]]]:
    """Yield the name and the judged results of each rival over the documents of an instance."""
    listings = list(stored_listings(instance.store))
    for name, rival in RIVALS.items():
        with rival(map(document_of, listings)) as engine:
            yield name, judge_engine(engine, phrases, services_by_target(listings))


def run_sample_exam(instance: Instance, phrases: Sequence[Phrase]) -> list[SampleResult]:
    """Return the judged results of Referral's search in an instance with the sample county."""
    services = services_by_target(stored_listings(instance.store))
    return judge_engine(search_in(instance), phrases, services)


def compute_metrics(results: Sequence[SampleResult]) -> SampleMetrics:
    """Compute the metrics of at least one result."""
    complete = sum(bool(result.rank) and not result.missing for result in results)
    misled = sum(bool(result.forbidden) for result in results)
    return SampleMetrics(
        **asdict(compute_ranked_metrics(results)),
        success_at_10=round(complete / len(results), 4),
        misled=round(misled / len(results), 4),
    )


def metrics_by_group(results: Iterable[SampleResult]) -> dict[str, SampleMetrics]:
    """Return the metrics of each half, and of each kind of phrase in a half (``tune/lay``)."""
    groups: defaultdict[str, list[SampleResult]] = defaultdict(list)
    for result in results:
        groups[result.phrase.half].append(result)
        groups[f"{result.phrase.half}/{result.phrase.kind}"].append(result)
    return {name: compute_metrics(group) for name, group in sorted(groups.items())}


def sample_report(half: str | None, missed_half: str | None) -> Iterator[str]:
    """Yield the lines of the report on a new instance with the sample county.

    Args:
        missed_half: the half whose failed phrases are listed, if any.
    """
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        opened_instance(Settings.from_environment({}, instance_path=Path(folder))) as instance,
    ):
        load_sample(instance)
        instance.index.sync()
        yield from report_lines(instance, load_phrases(half), missed_half)


def report_lines(
    instance: Instance, phrases: Sequence[Phrase], missed_half: str | None
) -> Iterator[str]:
    """Yield a table of the metrics of each engine, then Referral's failed phrases of one half."""
    ours = run_sample_exam(instance, phrases)
    yield f"{'':9}{'':20} phrases    @1    @3   @10   MRR  zero  misled"
    for engine, results in (("referral", ours), *run_rivals(instance, phrases)):
        for group, metrics in metrics_by_group(results).items():
            yield (
                f"{engine:9}{group:20} {metrics.phrases:7}"
                f"  {metrics.success_at_1:4.2f}  {metrics.success_at_3:4.2f}"
                f"  {metrics.success_at_10:4.2f}  {metrics.mean_reciprocal_rank:4.2f}"
                f"  {metrics.zero_results:4}  {metrics.misled:6.2f}"
            )
    for result in ours:
        phrase = result.phrase
        if phrase.half == missed_half and not result.is_passed:
            yield (
                f"{phrase.id}: {phrase.words!r}: first right at {result.rank or 'none of ten'},"
                f" wanted {phrase.first3}, missing {result.missing}, forbidden {result.forbidden}"
            )


def _judge(phrase: Phrase, found: Sequence[str], services: ServicesByTarget) -> SampleResult:
    forbidden = _services_of(phrase.never10, services)
    return SampleResult(
        **asdict(judge_ranking(found, _services_of(phrase.first3, services))),
        phrase=phrase,
        missing=tuple(
            group for group in phrase.first10 if _services_of(group, services).isdisjoint(found)
        ),
        forbidden=tuple(service for service in found if service in forbidden),
    )


def _services_of(targets: Targets, services: ServicesByTarget) -> set[str]:
    return set[str]().union(*(services.get(target, ()) for target in targets))


def _targets(cell: str) -> Targets:
    return tuple(filter(None, cell.split("|")))
