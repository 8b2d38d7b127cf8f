"""Quality findings: missing or invalid parts of listings, counted and listed by kind.

Findings are stored, so that one query counts them. The change log shows which services must be
checked again. Web addresses are checked only for their form, without a request.
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

LINES_PER_PAGE = 50
_CHECKPOINT = "quality-2"  # a new name makes the new rules check every listing again
_BATCH = 500


class Finding(StrEnum):
    """A kind of quality flaw in a listing, such as a missing part.

    Those that keep people from help most come first.
    """

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
"""Findings that cannot be right, or that keep people from finding or reaching a service."""
_FINDING_BY_PROBLEM: Mapping[str, Finding] = {
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
    """Return the quality findings of a listing, without duplicates, in the order of ``Finding``."""
    found = {finding for finding, applies in _CHECKS.items() if applies(listing)}
    for record in _validated_records(listing):
        codes = {problem.code for problem in validate_record(record)}
        found |= {_FINDING_BY_PROBLEM[code] for code in codes if code in _FINDING_BY_PROBLEM}
    return tuple(finding for finding in Finding if finding in found)


def _validated_records(listing: Listing) -> Iterator[Record]:
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
    at_sites = any(site.phones for site in listing.sites)
    return bool(listing.phones or listing.organization_phones or at_sites)


def _is_delivered_in_person(listing: Listing) -> bool:
    """Return whether nothing shows that a service is delivered at home, by phone or online.

    Its phones and website are ignored, since they may be for questions only.
    """
    service = replace(listing.service, url="")
    return not delivery_of(replace(listing, service=service, phones=(), organization_phones=()))


def _schedules(listing: Listing) -> Iterator[Schedule]:
    at_sites = ((*site.schedules, *site.location_schedules) for site in listing.sites)
    for schedules in (listing.schedules, *at_sites):
        yield from (schedule for schedule in schedules if not schedule.is_event)


def _website_or_email(listing: Listing) -> str:
    service, organization = listing.service, listing.organization
    own = service.url or service.email
    return own or (organization.website or organization.email if organization else "")


def _area_kinds(listing: Listing) -> list[str]:
    areas = [*listing.areas, *(area for site in listing.sites for area in site.areas)]
    return [area.area_kind for area in areas]


def _is_hard_to_read(listing: Listing) -> bool:
    service = listing.service
    texts = (
        service.description, service.eligibility_description, service.application_process,
    )  # fmt: skip
    grade = reading_grade("\n".join(texts))
    return grade is not None and grade > MOST_YEARS


def _has_languages(listing: Listing) -> bool:
    at_sites = any(site.languages for site in listing.sites)
    return bool(listing.languages or at_sites or listing.service.interpretation_services)


_CHECKS: Mapping[Finding, Callable[[Listing], object]] = {
    Finding.NO_CONTACT: lambda listing: not _has_phone(listing) and not _website_or_email(listing),
    Finding.NO_PHONE: lambda listing: not _has_phone(listing),
    Finding.NO_PLACE: lambda listing: not listing.sites and _is_delivered_in_person(listing),
    Finding.NO_HOURS: lambda listing: not any(_schedules(listing)),
    Finding.HOURS_IN_WORDS: lambda listing: any(
        schedule.description and not schedule.opens_at and not schedule.closed
        for schedule in _schedules(listing)
    ),
    Finding.NO_AREA: lambda listing: not _area_kinds(listing),
    Finding.AREA_IN_WORDS: lambda listing: set(_area_kinds(listing)) == {"text"},
    Finding.NO_HEADING: lambda listing: not listing.headings,
    Finding.NO_TERM: lambda listing: not listing.named_terms,
    Finding.NO_DESCRIPTION: lambda listing: not listing.service.description,
    Finding.HARD_TO_READ: _is_hard_to_read,
    Finding.NO_WEBSITE: lambda listing: not _website_or_email(listing),
    Finding.NO_ELIGIBILITY: lambda listing: (
        not listing.service.eligibility_description
        and listing.service.minimum_age is None
        and listing.service.maximum_age is None
    ),
    Finding.NO_APPLICATION: lambda listing: not listing.service.application_process,
    Finding.NO_COST: lambda listing: not listing.costs and not listing.service.fees_description,
    Finding.NO_DOCUMENTS: lambda listing: not listing.documents,
    Finding.NO_LANGUAGES: lambda listing: not _has_languages(listing),
    Finding.NO_ORGANIZATION: lambda listing: listing.organization is None,
    Finding.NEVER_CHECKED: lambda listing: listing.service.assured_date is None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityPage:
    """Counts of the quality findings in all listings.

    Attributes:
        must: numbers of services by finding that must be mended, without findings of no service.
        nice: numbers of services by other finding, without findings of no service.
        services: number of checked services.
        faulty: number of services with a finding that must be mended.
        duplicates: number of pairs of likely duplicates that wait for a decision.
        waiting: number of services that changed since they were checked.
        checked_at: time of the last check; None before the first.
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
    """A service in the list of services with a quality finding."""

    service_id: str
    name: str
    organization_id: str
    organization: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityList:
    """A page of the services with a quality finding, by name."""

    finding: Finding
    lines: Page[QualityLine]


def check_quality(instance: Instance) -> int:
    """Update the quality findings of services that changed; return how many were checked."""
    with instance.store.read() as session:
        since = changes_since_checkpoint(session, _CHECKPOINT)
        ids = _ids_to_check(session)
    for batch in in_batches(ids, _BATCH):
        values = _finding_values(instance, batch)
        with instance.store.write() as session:
            session.execute(
                delete(QualityFindingRow).where(QualityFindingRow.service_id.in_(batch))
            )
            if values:
                session.execute(insert(QualityFindingRow), values)
    with instance.store.write() as session:
        set_checkpoint(session, _CHECKPOINT, since.up_to, instance.now())
    return len(ids)


def read_quality(instance: Instance, at_once: int = 500) -> QualityPage:
    """Return the counts of quality findings in listings.

    Args:
        at_once: changed services are checked first, unless there are more than this.
    """
    with instance.store.read() as session:
        waiting = len(_ids_to_check(session))
    if 0 < waiting <= at_once:
        check_quality(instance)
        waiting = 0
    with instance.store.read() as session:
        code_counts = session.execute(
            select(QualityFindingRow.code, func.count()).group_by(QualityFindingRow.code)
        )
        number_by_finding = {Finding(code): number for code, number in code_counts}
        counts = {each: number_by_finding[each] for each in Finding if each in number_by_finding}
        services = session.scalar(select(func.count(ServiceRow.id)).where(_is_checked())) or 0
        faulty = session.scalar(
            select(func.count(QualityFindingRow.service_id.distinct())).where(
                QualityFindingRow.code.in_(MUST_MEND)
            )
        )
        open_pairs = select(func.count(DuplicatePairRow.id)).where(
            DuplicatePairRow.status == "open"
        )
        checkpoint = session.get(CheckpointRow, _CHECKPOINT)
        return QualityPage(
            must={each: number for each, number in counts.items() if each in MUST_MEND},
            nice={each: number for each, number in counts.items() if each not in MUST_MEND},
            services=services,
            faulty=faulty or 0,
            duplicates=session.scalar(open_pairs) or 0,
            waiting=waiting,
            checked_at=checkpoint.done_at if checkpoint else None,
        )


def list_quality(instance: Instance, code: str, page: int = 1) -> QualityList:
    """Return a page of services with a quality finding.

    Args:
        code: value of a ``Finding``.

    Raises:
        NotFoundError: there is no such finding.
    """
    try:
        finding = Finding(code)
    except ValueError:
        raise NotFoundError("There is no such list.") from None
    with instance.store.read() as session:
        total = session.scalar(select(func.count()).where(QualityFindingRow.code == code)) or 0
        empty_page = Page.at(page, LINES_PER_PAGE, total)
        services = session.execute(
            select(
                ServiceRow.id,
                ServiceRow.name,
                ServiceRow.organization_id,
                OrganizationRow.name.label("organization"),
            )
            .join(QualityFindingRow, QualityFindingRow.service_id == ServiceRow.id)
            .outerjoin(OrganizationRow, OrganizationRow.id == ServiceRow.organization_id)
            .where(QualityFindingRow.code == code)
            .order_by(ServiceRow.name, ServiceRow.id)
            .offset(empty_page.offset)
            .limit(empty_page.size)
        )
        lines = empty_page.with_items(
            QualityLine(each.id, each.name, each.organization_id or "", each.organization or "")
            for each in services
        )
    return QualityList(finding=finding, lines=lines)


def _is_checked() -> ColumnElement[bool]:
    """Return an SQL condition for services whose quality is checked."""
    return shown_services(Audience.CURATION) & ServiceRow.status.in_(
        statuses_shown_to(Audience.PUBLIC)
    )


def _ids_to_check(session: Session) -> list[str]:
    """Return the ids of services whose quality findings may be outdated, also deleted ones."""
    since = changes_since_checkpoint(session, _CHECKPOINT)
    if not since.everything:
        return sorted(affected_services(session, since.changes))
    checked_ids = session.scalars(select(ServiceRow.id).where(_is_checked())).all()
    return sorted({*checked_ids, *session.scalars(select(QualityFindingRow.service_id).distinct())})


def _finding_values(instance: Instance, service_ids: Sequence[str]) -> list[dict[str, str]]:
    """Return the database values of new quality findings for services."""
    with instance.store.read() as session:
        checked_ids = session.scalars(
            select(ServiceRow.id).where(ServiceRow.id.in_(service_ids), _is_checked())
        ).all()
        terms = load_terms(session)
        listings = load_listings(session, checked_ids, Audience.CURATION, terms)
    return [
        {"service_id": listing.service.id, "code": finding.value}
        for listing in listings
        for finding in findings_of(listing)
    ]
