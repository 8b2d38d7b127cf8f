"""What the listings lack, counted and listed; kept in step with the change log.

Findings are stored, so that the page counts in one query; only services that changed are looked at
again. Nothing is asked of other hosts: a web address is looked at as it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, delete, func, insert, select
from sqlalchemy.orm import Session

from referral.directory.instance import Instance
from referral.errors import NotFoundError
from referral.fields.reading_grade import MOST_YEARS, reading_grade
from referral.records.facets import delivery_of
from referral.records.hsds import Record, Schedule
from referral.records.listing import Listing
from referral.records.page import Page
from referral.records.validation import validate_record
from referral.records.visibility import Audience, statuses_shown_to
from referral.store.base import in_batches
from referral.store.change_log import affected_services
from referral.store.checkpoints import changes_since_checkpoint, set_checkpoint
from referral.store.listings import load_listings
from referral.store.rows import OrganizationRow, ServiceRow
from referral.store.rows_log import CheckpointRow
from referral.store.terms import load_terms
from referral.store.visibility import shown_services
from referral.verification.rows import DuplicatePairRow, QualityFindingRow


class Finding(StrEnum):
    """Something to mend, in the order in which it stands between a person and help."""

    NO_CONTACT = "no-contact"
    NO_PHONE = "no-phone"
    BAD_PHONE = "bad-phone"
    NO_PLACE = "no-place"
    BAD_ADDRESS = "bad-address"
    NO_HOURS = "no-hours"
    HOURS_IN_WORDS = "hours-in-words"
    NO_AREA = "no-area"
    AREA_IN_WORDS = "area-in-words"
    NO_HEADING = "no-heading"
    NO_TERM = "no-term"
    NO_DESCRIPTION = "no-description"
    HARD_TO_READ = "hard-to-read"
    NO_WEBSITE = "no-website"
    BAD_LINK = "bad-link"
    NO_ELIGIBILITY = "no-eligibility"
    NO_APPLICATION = "no-application"
    NO_COST = "no-cost"
    NO_DOCUMENTS = "no-documents"
    NO_LANGUAGES = "no-languages"
    NO_ORGANIZATION = "no-organization"
    NEVER_CHECKED = "never-checked"


MUST_MEND = frozenset(
    {
        Finding.NO_CONTACT, Finding.BAD_PHONE, Finding.NO_PLACE, Finding.BAD_ADDRESS,
        Finding.NO_HEADING, Finding.NO_DESCRIPTION, Finding.BAD_LINK, Finding.NO_ORGANIZATION,
    }
)  # fmt: skip
"""What cannot be right, or keeps people from finding or reaching a service; the rest is nice."""
_OF_PROBLEM: Mapping[str, Finding] = {
    "number-missing": Finding.BAD_PHONE,
    "number-unclear": Finding.BAD_PHONE,
    "extension-invalid": Finding.BAD_PHONE,
    "url-invalid": Finding.BAD_LINK,
    "email-invalid": Finding.BAD_LINK,
    "address-incomplete": Finding.BAD_ADDRESS,
    "zip-invalid": Finding.BAD_ADDRESS,
    "state-invalid": Finding.BAD_ADDRESS,
    "time-invalid": Finding.HOURS_IN_WORDS,
    "time-missing": Finding.HOURS_IN_WORDS,
    "byday-invalid": Finding.HOURS_IN_WORDS,
    "freq-invalid": Finding.HOURS_IN_WORDS,
}


def findings_of(listing: Listing) -> tuple[Finding, ...]:
    """All that is to mend in a listing, each once."""
    found = {finding for finding, lacks in _CHECKS.items() if lacks(listing)}
    for record in _parts(listing):
        codes = {problem.code for problem in validate_record(record)}
        found |= {_OF_PROBLEM[code] for code in codes if code in _OF_PROBLEM}
    return tuple(finding for finding in Finding if finding in found)


def _parts(listing: Listing) -> Iterator[Record]:
    yield listing.service
    if listing.organization:
        yield listing.organization
    yield from listing.phones
    yield from listing.organization_phones
    yield from listing.contacts
    for site in listing.sites:
        yield site.location
        if site.address:
            yield site.address
        yield from site.phones
    yield from _schedules(listing)


def _has_phone(listing: Listing) -> bool:
    of_sites = any(site.phones for site in listing.sites)
    return bool(listing.phones or listing.organization_phones or of_sites)


def _is_given_somewhere(listing: Listing) -> bool:
    """Whether people go there, as far as can be told when the number to ask is left out."""
    service = replace(listing.service, url="")
    return not delivery_of(replace(listing, service=service, phones=(), organization_phones=()))


def _schedules(listing: Listing) -> Iterator[Schedule]:
    at_sites = ((*site.schedules, *site.location_schedules) for site in listing.sites)
    for schedules in (listing.schedules, *at_sites):
        yield from (each for each in schedules if not each.is_event)


def _website(listing: Listing) -> str:
    service, organization = listing.service, listing.organization
    own = service.url or service.email
    return own or (organization.website or organization.email if organization else "")


def _areas(listing: Listing) -> list[str]:
    areas = [*listing.areas, *(area for site in listing.sites for area in site.areas)]
    return [area.area_kind for area in areas]


def _is_hard(listing: Listing) -> bool:
    service = listing.service
    texts = (
        service.description, service.eligibility_description, service.application_process,
    )  # fmt: skip
    grade = reading_grade("\n".join(texts))
    return grade is not None and grade > MOST_YEARS


def _has_languages(listing: Listing) -> bool:
    of_sites = any(site.languages for site in listing.sites)
    return bool(listing.languages or of_sites or listing.service.interpretation_services)


_CHECKS: Mapping[Finding, Callable[[Listing], object]] = {
    Finding.NO_CONTACT: lambda each: not _has_phone(each) and not _website(each),
    Finding.NO_PHONE: lambda each: not _has_phone(each),
    Finding.NO_PLACE: lambda each: not each.sites and _is_given_somewhere(each),
    Finding.NO_HOURS: lambda each: not any(_schedules(each)),
    Finding.HOURS_IN_WORDS: lambda each: any(
        rule.description and not rule.opens_at and not rule.closed for rule in _schedules(each)
    ),
    Finding.NO_AREA: lambda each: not _areas(each),
    Finding.AREA_IN_WORDS: lambda each: (kinds := _areas(each)) and set(kinds) == {"text"},
    Finding.NO_HEADING: lambda each: not each.headings,
    Finding.NO_TERM: lambda each: not each.named_terms,
    Finding.NO_DESCRIPTION: lambda each: not each.service.description,
    Finding.HARD_TO_READ: _is_hard,
    Finding.NO_WEBSITE: lambda each: not _website(each),
    Finding.NO_ELIGIBILITY: lambda each: (
        not each.service.eligibility_description
        and each.service.minimum_age is None
        and each.service.maximum_age is None
    ),
    Finding.NO_APPLICATION: lambda each: not each.service.application_process,
    Finding.NO_COST: lambda each: not each.costs and not each.service.fees_description,
    Finding.NO_DOCUMENTS: lambda each: not each.documents,
    Finding.NO_LANGUAGES: lambda each: not _has_languages(each),
    Finding.NO_ORGANIZATION: lambda each: each.organization is None,
    Finding.NEVER_CHECKED: lambda each: each.service.assured_date is None,
}


LINES_PER_PAGE = 50
_MARK = "quality-2"  # another number, and every listing is looked at by the rules of today
_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityPage:
    """What is to mend.

    Attributes:
        must: finding that must be mended → services; those without any are left out.
        nice: the same of what is nice to have.
        services: how many there are.
        faulty: how many of them have something that must be mended.
        duplicates: pairs that wait for a decision.
        waiting: services not looked at since they changed.
        checked_at: when they were last looked at; None before the first time.
    """

    must: Mapping[Finding, int]
    nice: Mapping[Finding, int]
    services: int
    faulty: int
    duplicates: int
    waiting: int
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class QualityLine:
    """A service with something to mend."""

    service_id: str
    name: str
    organization_id: str
    organization: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityList:
    """A page of services with one finding, by name."""

    finding: Finding
    lines: Page[QualityLine]


def check_quality(instance: Instance) -> int:
    """Look at every service that changed since the last time.

    Returns:
        How many were looked at.
    """
    with instance.store.read() as session:
        since = changes_since_checkpoint(session, _MARK)
        ids = _waiting(session)
    for some in in_batches(ids, _BATCH):
        found = _findings(instance, some)
        with instance.store.write() as session:
            row = QualityFindingRow
            session.execute(delete(row).where(row.service_id.in_(some)))
            if found:
                session.execute(insert(row), found)
    with instance.store.write() as session:
        set_checkpoint(session, _MARK, since.up_to, instance.now())
    return len(ids)


def read_quality(instance: Instance, at_once: int = 500) -> QualityPage:
    """Count what is to mend.

    Args:
        at_once: so many services that changed since the last time are looked at first.
    """
    with instance.store.read() as session:
        waiting = len(_waiting(session))
    if 0 < waiting <= at_once:
        check_quality(instance)
        waiting = 0
    with instance.store.read() as session:
        row, pair = QualityFindingRow, DuplicatePairRow
        found = session.execute(select(row.code, func.count()).group_by(row.code))
        counts = {Finding(code): number for code, number in found}
        services = session.scalar(select(func.count(ServiceRow.id)).where(_looked_at())) or 0
        faulty = session.scalar(
            select(func.count(row.service_id.distinct())).where(row.code.in_(MUST_MEND))
        )
        pairs = session.scalar(select(func.count(pair.id)).where(pair.status == "open")) or 0
        mark = session.get(CheckpointRow, _MARK)
        return QualityPage(
            must={each: n for each in Finding if (n := counts.get(each)) and each in MUST_MEND},
            nice={each: n for each in Finding if (n := counts.get(each)) and each not in MUST_MEND},
            services=services,
            faulty=faulty or 0,
            duplicates=pairs,
            waiting=waiting,
            checked_at=mark.done_at if mark else None,
        )


def list_quality(instance: Instance, code: str, page: int = 1) -> QualityList:
    """The services with this finding; a page past the end is the last one.

    Raises:
        NotFoundError: there is no such finding.
    """
    try:
        finding = Finding(code)
    except ValueError:
        raise NotFoundError("There is no such list.") from None
    row, service, agency = QualityFindingRow, ServiceRow, OrganizationRow
    with instance.store.read() as session:
        total = session.scalar(select(func.count()).where(row.code == code)) or 0
        place = Page.at(page, LINES_PER_PAGE, total)
        found = session.execute(
            select(service.id, service.name, service.organization_id, agency.name.label("agency"))
            .join(row, row.service_id == service.id)
            .outerjoin(agency, agency.id == service.organization_id)
            .where(row.code == code)
            .order_by(service.name, service.id)
            .offset(place.offset)
            .limit(place.size)
        )
        lines = place.with_items(
            QualityLine(each.id, each.name, each.organization_id or "", each.agency or "")
            for each in found
        )
    return QualityList(finding=finding, lines=lines)


def _looked_at() -> ColumnElement[bool]:
    """Whatever curators keep, but what has ended."""
    return shown_services(Audience.CURATION) & ServiceRow.status.in_(
        statuses_shown_to(Audience.PUBLIC)
    )


def _waiting(session: Session) -> list[str]:
    """Ids of the services that have to be looked at, those that are gone by now included."""
    since = changes_since_checkpoint(session, _MARK)
    if not since.everything:
        return sorted(affected_services(session, since.changes))
    row = QualityFindingRow
    listed = session.scalars(select(ServiceRow.id).where(_looked_at())).all()
    return sorted({*listed, *session.scalars(select(row.service_id).distinct())})


def _findings(instance: Instance, service_ids: Sequence[str]) -> list[dict[str, str]]:
    with instance.store.read() as session:
        wanted = session.scalars(
            select(ServiceRow.id).where(ServiceRow.id.in_(service_ids), _looked_at())
        ).all()
        terms = load_terms(session)
        listings = load_listings(session, wanted, Audience.CURATION, terms)
    return [
        {"service_id": listing.service.id, "code": finding.value}
        for listing in listings
        for finding in findings_of(listing)
    ]
