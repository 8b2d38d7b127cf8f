"""Plausibility checks of an import: signs that the list was misread or truncated.

Each finding is a ``Problem`` of severity ``DOUBT``: the list waits until a person has confirmed
that it is right. Clean lists pass without one; an exception costs one confirmation.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from referral.errors import RefusedError
from referral.formats.files.fates import ColumnFates
from referral.formats.reading.items import Item, RefusedRow
from referral.imports.fidelity import Fidelity
from referral.imports.plan import KindCounts
from referral.imports.reused_ids import FoundAgain
from referral.message import Message, message, term
from referral.records.kinds import SourcedRecord, kind_of
from referral.records.ownership import INDEPENDENT_KINDS
from referral.records.problems import Problem, Severity

FEWEST = 10  # of fewer records or cells a share is no evidence
REFUSED_SHARE = 0.2
GONE_SHARE = 0.25  # of independent records: services, locations
GONE_PART_SHARE = 0.5  # of phones, hours and other parts, which lists reorganize more often
UNLINKED_SHARE = 0.5
LEAST_KEPT_SHARE = 0.5  # of all cells
LEAST_READ_SHARE = 0.2  # of the cells that look like phones, streets, hours or e-mail addresses
ONE_VALUE_SHARE = 0.6
SHRANK = "list-shrank"
"""The code of the doubt about a list that lacks many stored records of its source."""
UNLINKED = "many-unlinked"
OTHER_IDS = "other-ids"
_FEWEST_ALIKE = 20
_FEWEST_CELLS = 100
_ONE_VALUE_FIELDS = (
    ("service", "name"),
    ("phone", "number"),
    ("address", "address_1"),
    ("service", "description"),
)
_CONTENT_LEFT: Mapping[str, Message] = {
    "phones": message(
        "%(cells)s cells look like phone numbers. %(aside)s of them were not read (%(columns)s)."
    ),
    "e-mail addresses": message(
        "%(cells)s cells look like e-mail addresses. %(aside)s of them were not read (%(columns)s)."
    ),
    "streets": message(
        "%(cells)s cells look like street addresses. %(aside)s of them were not read (%(columns)s)."
    ),
    "hours": message(
        "%(cells)s cells look like opening hours. %(aside)s of them were not read (%(columns)s)."
    ),
}


def plausibility_doubts(
    items: Sequence[Item],
    fidelity: Fidelity,
    counts: Mapping[str, KindCounts],
    found_again: FoundAgain | None = None,
) -> tuple[Problem, ...]:
    """Return the doubts about a source list: few cells kept, many rows refused, records missing.

    Args:
        items: the items of the list after all checks.
        fidelity: the fates of its cells.
        counts: the counts of its changes by kind.
        found_again: the number of services found in a list with other ids.
    """
    return (
        *(item for item in items if isinstance(item, Problem) and item.severity is Severity.DOUBT),
        *_little_kept(fidelity),
        *_contents_aside(fidelity),
        *_many_refused(items, counts),
        *_unlinked(items, fidelity),
        *_one_value(items),
        *(_other_ids(found_again) or _shrunk(counts)),
    )


def refuse_doubts(doubts: Iterable[tuple[str, Message]], confirmed: Iterable[str]) -> None:
    """Refuse an imported list with doubts (code, message) that nobody confirmed.

    Raises:
        RefusedError: there are such doubts; the message contains them.
    """
    confirmed = frozenset(confirmed)
    unconfirmed = [(code, reason) for code, reason in doubts if code not in confirmed]
    if unconfirmed:
        nothing_written = message(
            "Nothing was written, since the list may be read wrongly or cut short."
        )
        raise RefusedError(nothing_written.then(*(reason for _, reason in unconfirmed)))


def _doubt(code: str, detail: Message, file: str = "", line: int = 0, column: str = "") -> Problem:
    return Problem(
        code=code, severity=Severity.DOUBT, message=detail, file=file, line=line, column=column
    )


def _little_kept(fidelity: Fidelity) -> Iterator[Problem]:
    if fidelity.cells >= _FEWEST_CELLS and fidelity.kept_share < LEAST_KEPT_SHARE:
        detail = message(
            "Only %(kept)s of %(cells)s cells found a place in the directory. The list is "
            "probably of another form than it was taken for.",
            kept=fidelity.kept,
            cells=fidelity.cells,
        )
        yield _doubt("little-kept", detail)


def _contents_aside(fidelity: Fidelity) -> Iterator[Problem]:
    by_content: dict[str, list[ColumnFates]] = defaultdict(list)
    for column in fidelity.columns:
        if column.content:
            by_content[column.content].append(column)
    for content, columns in by_content.items():
        cells = sum(column.cells for column in columns)
        aside = sum(column.aside + column.unread for column in columns)
        if cells >= FEWEST and aside > (1 - LEAST_READ_SHARE) * cells:
            names = ", ".join(column.header for column in columns if column.aside or column.unread)
            detail = _CONTENT_LEFT[content].filled(aside=aside, cells=cells, columns=names)
            yield _doubt("content-not-read", detail, columns[0].file, column=columns[0].header)


def _many_refused(items: Iterable[Item], counts: Mapping[str, KindCounts]) -> Iterator[Problem]:
    causes: dict[str, Counter[str]] = defaultdict(Counter)
    examples: dict[tuple[str, str], Problem] = {}
    for item in items:
        if isinstance(item, RefusedRow) and item.problems:
            cause = item.problems[0]
            causes[item.kind][cause.code] += 1
            examples.setdefault((item.kind, cause.code), cause)
    for kind, count in counts.items():
        listed = count.new + count.changed + count.unchanged + count.refused
        if listed < FEWEST or count.refused <= REFUSED_SHARE * listed or kind not in causes:
            continue
        code, times = causes[kind].most_common(1)[0]
        example = examples[kind, code]
        detail = message(
            "Refused, %(kind)s: %(refused)s of %(listed)s. The most frequent cause (%(times)s "
            "times): %(cause)s",
            kind=term(kind),
            refused=count.refused,
            listed=listed,
            times=times,
            cause=example.message,
        )
        yield _doubt("many-refused", detail, example.file, example.line, example.column)


def _unlinked(items: Iterable[Item], fidelity: Fidelity) -> Iterator[Problem]:
    missing: Counter[tuple[str, str]] = Counter()
    for item in items:
        if isinstance(item, Problem) and item.code in {"unknown-parent", "parent-refused"}:
            missing[item.file, item.column] += 1
    rows: dict[str, int] = defaultdict(int)  # as many as the fullest column has cells
    for column_fates in fidelity.columns:
        rows[column_fates.file] = max(rows[column_fates.file], column_fates.cells)
    for (file, column), times in missing.items():
        if rows[file] >= FEWEST and times > UNLINKED_SHARE * rows[file]:
            detail = message(
                "Of %(rows)s rows, %(lost)s point by %(column)s at something that is not in this "
                "list. The column may hold another id than the one that is meant.",
                rows=rows[file],
                lost=times,
                column=column,
            )
            yield _doubt(UNLINKED, detail, file, column=column)


def _one_value(items: Iterable[Item]) -> Iterator[Problem]:
    kinds = dict.fromkeys(kind for kind, _ in _ONE_VALUE_FIELDS)
    values: dict[tuple[str, str], Counter[Any]] = defaultdict(Counter)
    places: dict[tuple[str, str], SourcedRecord] = {}
    for item in items:
        if isinstance(item, SourcedRecord) and (kind := kind_of(item.record)) in kinds:
            for field_kind, name in _ONE_VALUE_FIELDS:
                if field_kind == kind and (value := getattr(item.record, name)):
                    values[kind, name][value] += 1
                    places.setdefault((kind, name), item)
    for (kind, name), found in values.items():
        times, total = found.most_common(1)[0][1], found.total()
        if total >= _FEWEST_ALIKE and times > ONE_VALUE_SHARE * total:
            origin = places[kind, name].origin
            detail = message(
                "%(times)s of %(total)s have the same value: %(kind)s, %(field)s.",
                times=times,
                total=total,
                kind=term(kind),
                field=name.replace("_", " "),
            )
            yield _doubt("one-value", detail, origin.file, origin.line)


def shrunk_kinds(counts: Mapping[str, KindCounts]) -> dict[str, int]:
    """Return the record kinds of which an imported list lacks many, with their former counts."""
    found = {}
    for kind, count in counts.items():
        stored = count.changed + count.unchanged + count.gone
        is_independent = kind in INDEPENDENT_KINDS
        allowed_share = GONE_SHARE if is_independent and stored >= FEWEST else GONE_PART_SHARE
        if (is_independent or stored >= FEWEST) and count.gone > allowed_share * stored:
            found[kind] = stored
    return dict(sorted(found.items(), key=lambda pair: -counts[pair[0]].gone / pair[1]))


def _shrunk(counts: Mapping[str, KindCounts]) -> Iterator[Problem]:
    gone = [
        message(
            "%(kind)s: %(gone)s of %(stored)s",
            kind=term(kind),
            gone=counts[kind].gone,
            stored=stored,
        )
        for kind, stored in shrunk_kinds(counts).items()
    ]
    if gone:
        detail = message(
            "Much of what this source had is not in this list any more (%(kinds)s). It may be "
            "cut short. What you leave below stays here.",
            kinds=tuple(gone),
        )
        yield _doubt(SHRANK, detail)


def _other_ids(found_again: FoundAgain | None) -> Sequence[Problem]:
    if found_again is None or not found_again.is_doubtful:
        return ()
    detail = message(
        "Most of the ids that we know are not in this list. So we also looked for services by "
        "name, phone and street. We found %(found)s of our %(stored)s services again.",
        stored=found_again.stored,
        found=found_again.found,
    )
    if found_again.unsure:
        unsure = message(
            "Services in the list that may be one of several of ours count as new: %(count)s.",
            count=found_again.unsure,
        )
        detail = detail.then(unsure)
    what_to_do = message(
        "If this is the wrong list, drop it. If it is right, confirm it. Services that we did not "
        "find are then removed, unless you leave them."
    )
    return (_doubt(OTHER_IDS, detail.then(what_to_do)),)
