"""What a listing lacks: the elements that every record should have, and what cannot be right.

Nothing is asked of other hosts: a web address is looked at as it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from enum import StrEnum

from referral.fields.reading_grade import MOST_YEARS, reading_grade
from referral.records.directory import Record, Schedule
from referral.records.facets import delivery_of
from referral.records.listing import Listing
from referral.records.validation import validate_record


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
    found |= set(_problems(listing))
    return tuple(finding for finding in Finding if finding in found)


def _problems(listing: Listing) -> Iterator[Finding]:
    for record in _parts(listing):
        for problem in validate_record(record):
            if finding := _OF_PROBLEM.get(problem.code):
                yield finding


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
    yield from listing.schedules
    for site in listing.sites:
        yield from (*site.schedules, *site.location_schedules)


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
