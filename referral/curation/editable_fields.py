"""Editable fields and child records by kind of record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from typing import Any

from referral.records.kinds import KINDS

LANGUAGE = "es"  # language of the translations in the form
AREA_KINDS = ("zip", "city", "county", "state", "nation", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowShape:
    """The editable fields of a kind of child record, which is a row of the record form.

    Attributes:
        fields: the editable fields.
        needed: the fields of which one must be filled; a row without is ignored.
    """

    fields: tuple[str, ...]
    needed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The editable fields, child records and translated fields of a kind of record."""

    fields: tuple[str, ...]
    rows: Mapping[str, RowShape]
    translated: tuple[str, ...] = ()


_PHONE = RowShape(
    fields=("number", "extension", "type", "description", "visibility"), needed=("number",)
)


_PHONE_AT = RowShape(fields=(*_PHONE.fields, "service_at_location_id"), needed=_PHONE.needed)


_CONTACT = RowShape(
    fields=("name", "title", "department", "email", "visibility"),
    needed=("name", "title", "email"),
)


_HOURS = RowShape(
    fields=(
        "byday", "opens_at", "closes_at", "closed", "valid_from", "valid_to", "description",
        "notes", "group",
    ),
    needed=("byday", "opens_at", "closes_at", "description", "notes", "valid_from", "valid_to"),
)  # fmt: skip


_HOURS_AT = RowShape(fields=(*_HOURS.fields, "service_at_location_id"), needed=_HOURS.needed)


_LANGUAGE = RowShape(fields=("name", "note", "visibility"), needed=("name",))


_URL = RowShape(fields=("label", "url", "visibility"), needed=("url",))


_FUNDING = RowShape(fields=("funding_source", "visibility"), needed=("funding_source",))


SHAPES: Mapping[str, Shape] = {
    "organization": Shape(
        fields=(
            "name", "alternate_name", "description", "email", "website", "year_incorporated",
            "legal_status", "tax_id", "parent_organization_id", "visibility",
        ),
        rows={
            "phone": _PHONE,
            "contact": _CONTACT,
            "url": _URL,
            "organization_identifier": RowShape(
                fields=("identifier_type", "identifier_scheme", "identifier", "visibility"),
                needed=("identifier",),
            ),
            "funding": _FUNDING,
        },
        translated=("name", "description"),
    ),
    "service": Shape(
        fields=(
            "name", "alternate_name", "organization_id", "program_id", "description", "url",
            "email", "status", "alert", "keywords", "eligibility_description", "minimum_age",
            "maximum_age", "application_process", "wait_time", "fees_description",
            "interpretation_services", "accreditations", "licenses", "assured_date",
            "verified_by", "listed_from", "listed_until", "visibility",
        ),
        rows={
            "phone": _PHONE_AT,
            "service_at_location": RowShape(
                fields=("location_id", "description", "visibility"), needed=("location_id",)
            ),
            "schedule": _HOURS_AT,
            "service_area": RowShape(
                fields=("area_kind", "area_codes", "name", "visibility"),
                needed=("area_codes", "name"),
            ),
            "attribute": RowShape(fields=("taxonomy_term_id",), needed=("taxonomy_term_id",)),
            "service_heading": RowShape(fields=("heading",), needed=("heading",)),
            "language": _LANGUAGE,
            "cost_option": RowShape(
                fields=("option", "amount", "currency", "amount_description", "visibility"),
                needed=("option", "amount", "amount_description"),
            ),
            "required_document": RowShape(
                fields=("document", "visibility"), needed=("document",)
            ),
            "service_capacity": RowShape(
                fields=(
                    "unit", "available", "maximum", "updated", "description", "visibility",
                ),
                needed=("available", "maximum", "description"),
            ),
            "contact": _CONTACT,
            "url": _URL,
            "funding": _FUNDING,
        },
        translated=(
            "name", "description", "eligibility_description", "application_process",
            "fees_description", "alert",
        ),
    ),
    "location": Shape(
        fields=(
            "name", "alternate_name", "location_type", "organization_id", "description",
            "transportation", "url", "latitude", "longitude", "visibility",
        ),
        rows={
            "address": RowShape(
                fields=(
                    "attention", "address_1", "address_2", "city", "state_province",
                    "postal_code", "country", "address_type", "visibility",
                ),
                needed=("attention", "address_1", "address_2", "city", "postal_code"),
            ),
            "phone": _PHONE,
            "schedule": _HOURS,
            "accessibility": RowShape(
                fields=("description", "details", "visibility"), needed=("description", "details")
            ),
            "language": _LANGUAGE,
            "contact": _CONTACT,
        },
    ),
}  # fmt: skip


def rows_name(kind: str) -> str:
    """Return the name that the record form uses for its rows of a kind.

    "url" is also the name of a field.
    """
    return "additional_urls" if kind == "url" else kind


@cache
def default_of(kind: str, field_name: str) -> Any:
    """Return the value of a record's empty field: "" for text, False for switches, else None."""
    declared = next(
        declared_field
        for declared_field in fields(KINDS[kind])
        if declared_field.name == field_name
    )
    empty = "" if declared.default is MISSING or isinstance(declared.default, str) else None
    return False if declared.default is False else empty
