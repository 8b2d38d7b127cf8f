"""Names of the headings, terms and services whose codes are in reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.desk.desk_list import read_desks
from referral.desk.rows import NeedRow
from referral.directory.context import Directory
from referral.records.headings import Heading
from referral.records.visibility import Audience
from referral.reports.records import Dimension
from referral.reports.territory import ReportSettings, report_settings
from referral.store.base import in_batches
from referral.store.rows import ServiceRow
from referral.store.terms import read_headings
from referral.store.visibility import shown_services

_BATCH = 500


@dataclass(frozen=True, slots=True)
class CodeNames:
    """Names by code, and the territory.

    A code that is missing is gone from the directory, or is that of a service which not all who
    read reports may know.
    """

    headings: Mapping[str, Heading] = field(default_factory=dict)
    terms: Mapping[str, str] = field(default_factory=dict)
    services: Mapping[str, str] = field(default_factory=dict)
    desks: Mapping[str, str] = field(default_factory=dict)
    settings: ReportSettings = field(default_factory=ReportSettings)


def read_code_names(
    directory: Directory, session: Session, codes: Mapping[Dimension, Iterable[str]]
) -> CodeNames:
    """The names of these codes of terms and services, and of all headings and desks."""
    tree = directory.listings.terms(session)
    return CodeNames(
        headings={heading.slug: heading for heading in read_headings(session)},
        terms={
            code: tree.terms[tree.ids[code]].name
            for code in codes.get(Dimension.TERM, ())
            if code in tree.ids
        },
        services=_service_names(session, codes.get(Dimension.SERVICE, ())),
        desks={desk.id: desk.label for desk in read_desks(session)},
        settings=report_settings(session),
    )


def read_topics_asked(
    directory: Directory,
) -> tuple[tuple[Heading, ...], list[tuple[str, str]]]:
    """All headings, and code and name of each topic that was asked for."""
    with directory.store.read() as session:
        codes = session.scalars(select(NeedRow.term_code).where(NeedRow.term_code != "").distinct())
        names = read_code_names(directory, session, {Dimension.TERM: codes.all()})
        return tuple(names.headings.values()), list(names.terms.items())


def _service_names(session: Session, service_ids: Iterable[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for ids in in_batches(sorted(service_ids), _BATCH):
        statement = select(ServiceRow.id, ServiceRow.name).where(
            ServiceRow.id.in_(ids), shown_services(Audience.PUBLIC)
        )
        names |= {service_id: name for service_id, name in session.execute(statement)}  # noqa: C416  # rows are not pairs to mypy
    return names
