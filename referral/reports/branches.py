"""What was counted at each branch and desk."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from referral.desk.desk_list import read_desks
from referral.directory.context import Directory
from referral.reports.records import Dimension, Measure, Scope
from referral.reports.standard_reports import read_reports

AT_DESKS = (Measure.INQUIRIES, Measure.NEEDS, Measure.UNMET, Measure.REFERRALS)


@dataclass(frozen=True, slots=True)
class BranchRow:
    """A branch with its desks, or a desk; "" is a branch or desk that nobody named."""

    label: str
    counts: Mapping[Measure, int]
    desks: tuple[BranchRow, ...] = ()

    @property
    def unmet_share(self) -> float | None:
        """Share of the needs that were unmet or partly met; None without needs."""
        needs = self.counts.get(Measure.NEEDS)
        return self.counts.get(Measure.UNMET, 0) / needs if needs else None


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchReport:
    """The branches, those with the most needs first, and the sum of all."""

    branches: tuple[BranchRow, ...]
    total: BranchRow


def read_branches(directory: Directory, scope: Scope) -> BranchReport:
    """Inquiries, needs, unmet needs and services given of a period by branch and desk."""
    tables = read_reports(
        directory, scope, [(measure, Dimension.DESK) for measure in AT_DESKS]
    ).tables
    with directory.store.read() as session:
        desks = {desk.id: desk for desk in read_desks(session)}
    by_desk: defaultdict[str, Counter[Measure]] = defaultdict(Counter)
    for table in tables:
        for cell in table.cells:
            by_desk[cell.value][table.measure] += cell.number
    rows: defaultdict[str, list[BranchRow]] = defaultdict(list)
    for desk_id, counts in by_desk.items():
        desk = desks.get(desk_id)
        rows[desk.branch if desk else ""].append(BranchRow(desk.name if desk else desk_id, counts))
    branches = [
        BranchRow(branch, _sum(found), _by_need(found)) for branch, found in sorted(rows.items())
    ]
    return BranchReport(branches=_by_need(branches), total=BranchRow("", _sum(branches)))


def _sum(rows: list[BranchRow]) -> Mapping[Measure, int]:
    return {measure: sum(row.counts.get(measure, 0) for row in rows) for measure in AT_DESKS}


def _by_need(rows: list[BranchRow]) -> tuple[BranchRow, ...]:
    return tuple(sorted(rows, key=lambda row: (-row.counts.get(Measure.NEEDS, 0), row.label)))
