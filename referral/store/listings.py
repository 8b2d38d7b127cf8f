"""Reads listings: services with all that hangs on them, in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.records.classification import Translation
from referral.records.directory import Organization, Program, Service
from referral.records.listing import Listing
from referral.records.visibility import Audience, Visibility, may_see
from referral.store import (
    rows,
)
from referral.store import (
    rows_classification as classification_rows,
)
from referral.store.base import RecordRow
from referral.store.children import ChildReader, Groups
from referral.store.conversion import RecordT, record_from
from referral.store.sites import Sites, read_sites
from referral.store.terms import TermTree, load_terms
from referral.store.visibility import shown_services

_Found = tuple[Service, Organization | None, Program | None]


def load_listings(
    session: Session,
    service_ids: Sequence[str],
    audience: Audience,
    terms: TermTree | None = None,
) -> list[Listing]:
    """The listings of these services, in this order; those the audience may not see are left out.

    Args:
        terms: the taxonomy terms, when the caller has read them already.
    """
    found = _read_services(session, service_ids, audience)
    shown_ids = [service_id for service_id in dict.fromkeys(service_ids) if service_id in found]
    parts = _read_parts(
        ChildReader(session, audience),
        shown_ids,
        {service.organization_id for service, _, _ in found.values()},
        terms or load_terms(session),
    )
    return [_listing(found[service_id], parts) for service_id in shown_ids]


def _read_services(
    session: Session, service_ids: Sequence[str], audience: Audience
) -> dict[str, _Found]:
    service, organization, program = rows.ServiceRow, rows.OrganizationRow, rows.ProgramRow
    found = session.execute(
        select(service, organization, program)
        .outerjoin(organization, service.organization_id == organization.id)
        .outerjoin(program, service.program_id == program.id)
        .where(service.id.in_(service_ids), shown_services(audience))
    )
    return {
        row.id: (
            record_from(row, Service),
            _shown_or_none(of, Organization, audience),
            _shown_or_none(part_of, Program, audience),
        )
        for row, of, part_of in found
    }


def _shown_or_none(
    row: RecordRow | None, record_class: type[RecordT], audience: Audience
) -> RecordT | None:
    if row is None or row.retired_at or not may_see(audience, Visibility(row.visibility)):
        return None
    return record_from(row, record_class)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What hangs on the services, by the id of what it hangs on."""

    terms: TermTree
    phones: Groups
    contacts: Groups
    schedules: Groups
    languages: Groups
    areas: Groups
    costs: Groups
    documents: Groups
    headings: Groups
    attributes: Groups
    translations: Groups
    sites: Sites


def _read_parts(
    reader: ChildReader,
    service_ids: Sequence[str],
    organization_ids: Iterable[str],
    terms: TermTree,
) -> _Parts:
    return _Parts(
        terms=terms,
        phones=reader.by_any(
            rows.PhoneRow, {"service_id": service_ids, "organization_id": organization_ids}
        ),
        contacts=reader.by(rows.ContactRow, "service_id", service_ids),
        schedules=reader.by(rows.ScheduleRow, "service_id", service_ids),
        languages=reader.by(rows.LanguageRow, "service_id", service_ids),
        areas=reader.by(rows.ServiceAreaRow, "service_id", service_ids),
        costs=reader.by(rows.CostOptionRow, "service_id", service_ids),
        documents=reader.by(rows.RequiredDocumentRow, "service_id", service_ids),
        headings=reader.by(classification_rows.ServiceHeadingRow, "service_id", service_ids),
        attributes=reader.linked(classification_rows.AttributeRow, "service", service_ids),
        translations=reader.linked(classification_rows.TranslationRow, "service", service_ids),
        sites=read_sites(reader, service_ids),
    )


def _listing(found: _Found, parts: _Parts) -> Listing:
    service, organization, program = found
    key = service.id
    term_ids = dict.fromkeys(
        attribute.taxonomy_term_id
        for attribute in parts.attributes.get(key, ())
        if attribute.taxonomy_term_id in parts.terms.terms
    )
    paths = tuple(parts.terms.path(term_id) for term_id in term_ids)
    return Listing(
        service=service,
        organization=organization,
        program=program,
        headings=tuple(sorted({row.heading for row in parts.headings.get(key, ())})),
        terms=tuple(parts.terms.terms[term_id] for term_id in term_ids),
        term_paths=paths,
        term_words={term.id: parts.terms.words(term.id) for path in paths for term in path},
        phones=parts.phones.get(key, ()),
        organization_phones=tuple(
            phone
            for phone in parts.phones.get(service.organization_id, ())
            if not (phone.service_id or phone.location_id)
        ),
        contacts=parts.contacts.get(key, ()),
        schedules=tuple(
            schedule
            for schedule in parts.schedules.get(key, ())
            if not schedule.location_id and not schedule.service_at_location_id
        ),
        languages=parts.languages.get(key, ()),
        areas=parts.areas.get(key, ()),
        costs=parts.costs.get(key, ()),
        documents=parts.documents.get(key, ()),
        translations=_translations(parts.translations.get(key, ())),
        translation_states=_states(parts.translations.get(key, ())),
        sites=parts.sites.by_service.get(key, ()),
        place_withheld=key in parts.sites.withheld,
    )


def _translations(found: Iterable[Translation]) -> dict[str, dict[str, str]]:
    by_language: dict[str, dict[str, str]] = defaultdict(dict)
    for translation in found:
        by_language[translation.language][translation.field] = translation.text
    return dict(by_language)


def _states(found: Iterable[Translation]) -> dict[str, dict[str, str]]:
    by_language: dict[str, dict[str, str]] = defaultdict(dict)
    for translation in found:
        by_language[translation.language][translation.field] = translation.status
    return dict(by_language)
