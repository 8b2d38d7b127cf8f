"""What people call the columns of a service list, and the eight headings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_ASIDE = re.compile(r"\([^)]*\)")
_NOT_WORD = re.compile(r"[\W_]+")
_OWNER = re.compile(r"(?:service|program) ")
_NUMBERED = re.compile(r" ?\d+\Z")

# Meaning → headers, in lower case without signs. The first column that fits is taken, except for
# the meanings in SEVERAL, where all are.
HEADERS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "service id", "record id", "resource id", "program id", "listing id", "uuid"),
    "name": (
        "service name", "program name", "name of service", "name of program", "service", "program",
        "resource", "resource name", "name", "title", "listing", "listing name", "program service",
        "service program",
    ),
    "organization": (
        "agency", "agency name", "organization", "organization name", "organisation", "provider",
        "provider name", "company", "company name", "name of agency", "name of organization",
        "parent agency", "nonprofit", "sponsor", "site agency",
    ),
    "alternate_name": ("alternate name", "also known as", "aka", "other name", "acronym"),
    "description": (
        "description", "about", "what they do", "what we do", "service description",
        "program description", "services", "services offered", "services provided", "details",
        "summary", "overview", "resource description", "purpose",
    ),
    "more_description": ("additional information", "more information", "other information"),
    "phone": (
        "phone", "phone number", "telephone", "telephone number", "contact number", "tel", "phones",
        "main phone", "phone main", "office phone", "contact phone", "call", "service phone",
        "program phone", "primary phone", "phone no", "business phone", "local phone",
    ),
    "phone_hotline": ("hotline", "crisis line", "hotline number", "24 hour hotline", "helpline"),
    "phone_toll_free": ("toll free", "toll free number", "toll free phone", "tollfree"),
    "phone_alternate": ("alternate phone", "other phone", "second phone", "after hours phone"),
    "phone_fax": ("fax", "fax number", "facsimile"),
    "phone_tty": ("tty", "tdd", "tty number", "tty tdd"),
    "phone_text": ("text", "text number", "sms", "text line"),
    "address_1": (
        "address", "street", "street address", "address 1", "address line 1", "address1",
        "physical address", "location address", "site address", "location", "address street",
    ),
    "address_2": ("address 2", "address line 2", "address2", "suite", "unit", "apt", "suite unit"),
    "mailing_address": ("mailing address", "postal address", "mail address"),
    "city": ("city", "town", "municipality", "city town", "physical city"),
    "state_province": ("state", "st", "province", "state province", "physical state"),
    "postal_code": ("zip", "zip code", "zipcode", "postal code", "zip postal code", "postcode"),
    "county": ("county", "county name", "parish"),
    "latitude": ("latitude", "lat", "y"),
    "longitude": ("longitude", "lon", "long", "lng", "x"),
    "site": ("location name", "site name", "site", "branch", "branch name"),
    "transportation": ("transportation", "bus", "transit", "directions", "bus route"),
    "accessibility": ("accessibility", "accessible", "handicap access", "ada accessible"),
    "hours": (
        "hours", "hours of operation", "open", "opening hours", "business hours", "days and hours",
        "days hours", "schedule", "hours open", "times", "when", "days and times", "office hours",
        "hours of service", "service hours",
    ),
    "url": (
        "website", "url", "web", "web site", "web address", "web page", "webpage", "link",
        "homepage", "site url", "internet", "website url", "service url", "program website",
    ),
    "email": (
        "email", "e mail", "email address", "e mail address", "contact email", "service email",
    ),
    "eligibility_description": (
        "eligibility", "who can apply", "requirements", "eligibility requirements", "who qualifies",
        "eligible", "who", "who is eligible", "target population", "population served",
        "who we serve", "eligibility criteria", "clients served", "who they serve",
    ),
    "application_process": (
        "how to apply", "application", "intake", "intake process", "application process",
        "how to get help", "how to access", "intake procedure", "referral process", "access",
        "procedure", "how to enroll",
    ),
    "fees_description": (
        "cost", "costs", "fees", "fee", "price", "fee structure", "charges", "cost of service",
        "payment", "cost to client", "program fees",
    ),
    "documents": (
        "documents", "what to bring", "documents required", "required documents",
        "documents needed", "documentation", "bring", "documentation required", "paperwork",
    ),
    "languages": (
        "languages", "language", "languages spoken", "languages offered", "other languages",
    ),
    "interpretation_services": ("interpretation", "interpreters", "interpretation services"),
    "area": (
        "area served", "counties served", "service area", "areas served", "coverage",
        "coverage area", "geographic area", "geographic area served", "county served", "serves",
        "region served", "service areas", "geography",
    ),
    "category": (
        "category", "categories", "heading", "headings", "type", "service type", "type of service",
        "resource type", "program type", "topic", "topics", "service category", "need", "needs",
        "sub category", "subcategory", "tags",
    ),
    "keywords": ("keywords", "key words", "search terms"),
    "minimum_age": ("minimum age", "min age", "age from", "youngest age"),
    "maximum_age": ("maximum age", "max age", "age to", "oldest age"),
    "wait_time": ("wait time", "waiting list", "waitlist", "wait list"),
    "alert": ("alert", "notice", "temporary notice"),
    "status": ("status", "service status", "listing status"),
    "assured_date": (
        "last updated", "verified", "date verified", "last verified", "updated", "date updated",
        "verified on", "last checked", "verification date", "date last verified", "last reviewed",
        "date checked", "as of",
    ),
    "verified_by": ("verified by", "updated by", "checked by"),
    "visibility": ("visibility",),
    "organization_description": ("agency description", "organization description"),
    "organization_website": ("agency website", "organization website", "agency url"),
    "contact_name": ("contact", "contact name", "contact person", "director", "staff contact"),
    "contact_title": ("contact title", "title of contact", "position"),
}  # fmt: skip
SEVERAL = frozenset({"phone", "phone_alternate", "phone_hotline", "phone_fax", "category"})
NAMES = ("name", "organization")

HEADING_NAMES: Mapping[str, tuple[str, ...]] = {
    "basic-needs": ("basic human needs", "basic needs"),
    "health": ("physical and mental health", "health", "health and mental health"),
    "employment": ("employment support", "employment"),
    "seniors": ("support for senior citizens", "seniors", "senior citizens"),
    "families": ("children and families", "families", "support for children and families"),
    "volunteers": ("volunteers and donors", "volunteers"),
    "legal": ("advocacy and legal services", "legal", "legal services"),
    "emergency": (
        "emergency and disaster services", "emergency", "disaster services",
        "emergency and disaster",
    ),
}  # fmt: skip

_MEANINGS = {header: meaning for meaning, headers in HEADERS.items() for header in headers}
_SLUGS = {name: slug for slug, names in HEADING_NAMES.items() for name in names}


def plain_words(text: str) -> str:
    """Lower-case words without signs: how headers and names are compared."""
    return _NOT_WORD.sub(" ", text.replace("&", " and ").casefold()).strip()


def meaning_of(header: str) -> str:
    """What a column holds, by its header; "" when nobody can tell."""
    whole = plain_words(header)
    outside = plain_words(_ASIDE.sub(" ", header))
    tries = [whole, outside, _NUMBERED.sub("", whole), _NUMBERED.sub("", outside)]
    tries += [_OWNER.sub("", words) for words in tries]
    return next((_MEANINGS[words] for words in tries if words in _MEANINGS), "")


def columns_of(headers: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Meaning → the columns that have it, from pairs of (folded header, header as shown)."""
    found: dict[str, list[str]] = {}
    for folded, shown in headers:
        meaning = meaning_of(shown)
        if meaning and (meaning not in found or meaning in SEVERAL):
            found.setdefault(meaning, []).append(folded)
    return found


def heading_of(category: str) -> str:
    """The slug of the heading with that slug or name, "" when it is none of the eight."""
    words = plain_words(category)
    slug = words.replace(" ", "-")
    return slug if slug in HEADING_NAMES else _SLUGS.get(words, "")
