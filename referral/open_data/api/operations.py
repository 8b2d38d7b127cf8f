"""The list operations of the API and their parameters, under their HSDS names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from referral.message import Message, message
from referral.open_data.records import MOST_PER_PAGE, USUAL_PER_PAGE

MOST_PAGES = 1_000_000
LONGEST = 200
_PAGED = ("search", "page", "per_page", "format")
_BY_ID = (*_PAGED, "after")
_TERMS = ("taxonomy_term_id", "taxonomy_id")
_TEXT = {"type": "string", "maxLength": LONGEST, "pattern": r"^[^\u0000]*$"}
_BOOLEAN = {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class ListOperation:
    """A list of the API: the kind of its records, its parameters, and those of a single record."""

    kind: str
    parameters: tuple[str, ...]
    of_one: tuple[str, ...] = ()


LISTS: Mapping[str, ListOperation] = {
    "services": ListOperation(
        "service",
        (*_BY_ID, *_TERMS, "organization_id", "modified_after", "minimal", "full"),
    ),
    "organizations": ListOperation(
        "organization", (*_BY_ID, *_TERMS, "full_service", "full"), ("full_service",)
    ),
    "service_at_locations": ListOperation(
        "service_at_location",
        (
            *_PAGED,
            "after",
            *_TERMS,
            "organization_id",
            "modified_after",
            "full",
            "postcode",
            "proximity",
        ),
    ),
    "taxonomies": ListOperation("taxonomy", _PAGED),
    "taxonomy_terms": ListOperation(
        "taxonomy_term", (*_PAGED, "taxonomy_id", "top_only", "parent_id")
    ),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter of the API: its description, schema and example."""

    description: Message
    schema: Mapping[str, Any]
    example: Any = None


PARAMETERS: Mapping[str, Parameter] = {
    "search": Parameter(message("Words, understood as on the pages."), _TEXT, "help with rent"),
    "page": Parameter(
        message("The number of the page."),
        {"type": "integer", "minimum": 1, "maximum": MOST_PAGES},
        1,
    ),
    "after": Parameter(
        message("The page begins behind the record with this id; Link of a page has it."), _TEXT
    ),
    "per_page": Parameter(
        message(
            "How many are on a page: %(usual)s, or at most %(most)s.",
            usual=USUAL_PER_PAGE,
            most=MOST_PER_PAGE,
        ),
        {"type": "integer", "minimum": 1},
        10,
    ),
    "format": Parameter(
        message("json, or ndjson for all at once, one on each line."),
        {"type": "string", "enum": ["json", "ndjson"]},
    ),
    "taxonomy_term_id": Parameter(message("Has this topic."), _TEXT),
    "taxonomy_id": Parameter(message("Has a topic of this list of topics."), _TEXT),
    "organization_id": Parameter(message("Is given by this organization."), _TEXT),
    "modified_after": Parameter(
        message("Changed on this day or later, or at this time or later."),
        {"type": "string", "format": "date-time"},
        "2026-11-01T00:00:00Z",
    ),
    "minimal": Parameter(message("Only ids and when each changed, on one page."), _BOOLEAN),
    "full": Parameter(message("With all that we know."), _BOOLEAN),
    "full_service": Parameter(message("With all that we know of their services."), _BOOLEAN),
    "postcode": Parameter(
        message("A ZIP code. What does not say who it serves stays in."),
        {"type": "string", "pattern": "^[0-9]{5}$"},
        "16335",
    ),
    "proximity": Parameter(
        message("How many meters from the middle of that ZIP code."),
        {"type": "string", "pattern": "^[0-9]{1,8}$"},
        "5000",
    ),
    "top_only": Parameter(message("Only topics with no topic above."), _BOOLEAN),
    "parent_id": Parameter(message("Only topics just below this one."), _TEXT),
}
