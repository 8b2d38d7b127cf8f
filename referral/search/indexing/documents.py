"""Index documents of services, made from listings as the public may see them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence

from referral.fields.places.lookup import Place, find_zip, is_position
from referral.fields.weekdays import WEEKDAYS
from referral.records.classification import TaxonomyTerm
from referral.records.headings import OWN_TAXONOMY
from referral.records.hsds import Schedule
from referral.records.listing import Listing, ListingSite
from referral.records.people_categories import names_only_people
from referral.search import schema
from referral.search.analysis import name_key, whole_name_key
from referral.search.facts import Facts, SiteFacts, codes_of, schedules_to_text

Document = dict[str, str | bytes | list[str] | Facts]

_ACRONYM = re.compile(r"\([A-Z][A-Z&.-]{1,9}\)\s*\Z")
_TEXTS_ES = ("description", "eligibility_description", "application_process", "alternate_name")


def document_of(listing: Listing) -> Document:
    """Return the index document of a service, which depends on nothing but its listing."""
    document: Document = {name: text for name, text in _text_fields(listing).items() if text}
    document[schema.KEY] = listing.service.id
    document[schema.FACTS] = facts_of(listing)
    document[schema.TITLES] = _titles(listing)
    document |= _whole_name_keys(listing)
    return document


def withholds(listing: Listing, indexed: set[str]) -> bool:
    """Return whether a listing withholds its street, or a location among the indexed ones."""
    shown = {site.location.id for site in listing.sites}
    return listing.text_withheld or (listing.place_withheld and not indexed <= shown)


def facts_of(listing: Listing) -> Facts:
    """Return the facts of a listing by which services are filtered and sorted."""
    service = listing.service
    spoken = [*listing.languages, *(spoken for site in listing.sites for spoken in site.languages)]
    return Facts(
        service_id=service.id,
        sort_name=name_key(service.name),
        headings=tuple(sorted(set(listing.headings))),
        term_codes=tuple(sorted({term.key for path in listing.term_paths for term in path})),
        languages=tuple(sorted({language.code for language in spoken if language.code})),
        is_free=listing.is_free,
        codes=codes_of(listing),
        sites=tuple(
            sorted(
                (_site_facts(site, listing.hours_at(site).schedules) for site in listing.sites),
                key=lambda site_facts: site_facts.location_id,
            )
        ),
        schedules="" if listing.sites else schedules_to_text(listing.hours_at(None).schedules),
        assured_date=service.assured_date.isoformat() if service.assured_date else "",
    )


def _text_fields(listing: Listing) -> dict[str, str]:
    service, organization = listing.service, listing.organization
    spanish = listing.translations.get("es", {})
    program = listing.program
    return {
        "name": service.name,
        "name_es": spanish.get("name", ""),
        "alternate_name": service.alternate_name,
        "organization": _join_parts([organization.name, organization.alternate_name])
        if organization
        else "",
        "program": _join_parts([program.name, program.alternate_name]) if program else "",
        **_topic_fields(listing),
        "keywords": service.keywords,
        "description": service.description,
        "text_es": _join_parts(spanish.get(name, "") for name in _TEXTS_ES),
        "eligibility": _join_parts(
            [
                service.eligibility_description,
                service.application_process,
                *(term.name for term in listing.terms if _names_only_people(term)),
            ]
        ),
        "places": _join_parts(word for site in listing.sites for word in _place_words(site)),
        "about": _join_parts(
            dict.fromkeys(
                [*_hours_words(listing), organization.description if organization else ""]
            )
        ),
    }


def _topic_fields(listing: Listing) -> dict[str, str]:
    """Return the names of a service's terms and, in fields of lower weight, of broader terms.

    Terms that a service has only by a category of its source list are left out: their synonyms are
    not its words.
    """
    own_ids = {
        term.id
        for term in listing.terms
        if term.id not in listing.category_topics and not _names_only_people(term)
    }
    paths = [path for path in listing.term_paths if path[0].id in own_ids]
    texts: dict[str, list[str]] = {"terms": [], "terms_es": [], "topics": [], "topics_es": []}
    for term in {term.id: term for path in paths for term in path}.values():
        if term.is_code_only:
            continue
        field = "terms" if term.id in own_ids else "topics"
        english = [term.name, *filter(None, term.use_references.split("|"))]
        words = listing.term_words.get(term.id, ())
        texts[field] += english
        texts[f"{field}_es"] += words[len(english) - 1 :]
    return {name: _join_parts(words) for name, words in texts.items()}


def _names_only_people(term: TaxonomyTerm) -> bool:
    """Return whether a source list's category names people, and no kind of help."""
    return term.taxonomy != OWN_TAXONOMY and names_only_people(term.name)


def _hours_words(listing: Listing) -> Iterator[str]:
    """Yield hours in words as written, and the weekdays of hours that are rules."""
    for site in (None, *listing.sites):
        for schedule in listing.hours_at(site).schedules:
            yield schedule.description
            yield from (WEEKDAYS.get(code[-2:], "") for code in schedule.byday.split(","))


def _place_words(site: ListingSite) -> Iterable[str]:
    yield site.location.name
    yield site.location.alternate_name
    if site.address:
        yield site.address.address_1
        yield site.address.city
        yield site.address.postal_code[:5]
        if place := find_zip(site.zip_code):
            yield place.county


def _site_facts(site: ListingSite, schedules: Sequence[Schedule]) -> SiteFacts:
    location = site.location
    by_zip = find_zip(site.zip_code)
    physical = location.location_type == "physical"
    latitude, longitude = _position(site, by_zip)
    return SiteFacts(
        location_id=location.id,
        latitude=latitude if physical else None,
        longitude=longitude if physical else None,
        physical=physical,
        zip_code=site.zip_code[:5],
        zone=by_zip.timezone if by_zip else "",
        schedules=schedules_to_text(schedules),
    )


def _position(site: ListingSite, by_zip: Place | None) -> tuple[float | None, float | None]:
    location = site.location
    if is_position(location.latitude, location.longitude):
        return location.latitude, location.longitude
    return (by_zip.latitude, by_zip.longitude) if by_zip else (None, None)


def _whole_name_keys(listing: Listing) -> Document:
    """Return whole names, also without an acronym ("… (CFS)"), to match queries that are a name."""
    service, organization = listing.service, listing.organization
    names = {schema.NAME_KEY: [service.name, service.alternate_name]}
    if organization:
        names[schema.ORGANIZATION_KEY] = [organization.name, organization.alternate_name]
    keys = {
        field: sorted(
            {
                key
                for name in names_of_field
                for spelling in (name, _ACRONYM.sub("", name))
                if (key := whole_name_key(spelling))
            }
        )
        for field, names_of_field in names.items()
    }
    return {field: field_keys for field, field_keys in keys.items() if field_keys}


def _titles(listing: Listing) -> bytes:
    """Return the names of service and organization as written, as JSON for autocomplete."""
    organization = listing.organization.name if listing.organization else ""
    return json.dumps([listing.service.name, organization], ensure_ascii=False).encode()


def _join_parts(texts: Iterable[str]) -> str:
    return "|".join(filter(None, texts))
