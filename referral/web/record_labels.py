"""Labels of record kinds and fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext

KINDS: Mapping[str, Any] = {
    "organization": lazy_gettext("Organization"),
    "service": lazy_gettext("Service"),
    "location": lazy_gettext("Place"),
    "phone": lazy_gettext("Phone"),
    "contact": lazy_gettext("Contact person"),
    "address": lazy_gettext("Address"),
    "schedule": lazy_gettext("Hours"),
    "service_area": lazy_gettext("Area served"),
    "language": lazy_gettext("Language"),
    "accessibility": lazy_gettext("Access"),
    "cost_option": lazy_gettext("Price"),
    "required_document": lazy_gettext("What to bring"),
    "service_capacity": lazy_gettext("Capacity"),
    "funding": lazy_gettext("Funding"),
    "organization_identifier": lazy_gettext("Number in a register"),
    "url": lazy_gettext("Web address"),
    "metadata": lazy_gettext("Change that the list reports"),
    "attribute": lazy_gettext("Topic"),
    "service_heading": lazy_gettext("Heading"),
    "service_at_location": lazy_gettext("Place of the service"),
    "translation": lazy_gettext("Text in another language"),
    "program": lazy_gettext("Program"),
    "taxonomy": lazy_gettext("Taxonomy"),
    "taxonomy_term": lazy_gettext("Term"),
}
FIELDS: Mapping[str, Any] = {
    "name": lazy_gettext("Name"),
    "alternate_name": lazy_gettext("Also called"),
    "description": lazy_gettext("What it is"),
    "organization_id": lazy_gettext("Organization"),
    "parent_organization_id": lazy_gettext("Part of"),
    "program_id": lazy_gettext("Program"),
    "email": lazy_gettext("E-mail"),
    "website": lazy_gettext("Website"),
    "url": lazy_gettext("Website"),
    "year_incorporated": lazy_gettext("Founded in"),
    "legal_status": lazy_gettext("Legal form"),
    "tax_id": lazy_gettext("Tax number (EIN)"),
    "status": lazy_gettext("State"),
    "alert": lazy_gettext("Notice at the top"),
    "keywords": lazy_gettext("Words to find it by"),
    "eligibility_description": lazy_gettext("Who can get it"),
    "minimum_age": lazy_gettext("Lowest age"),
    "maximum_age": lazy_gettext("Highest age"),
    "application_process": lazy_gettext("How to get it"),
    "wait_time": lazy_gettext("How long it takes"),
    "fees_description": lazy_gettext("What it costs"),
    "interpretation_services": lazy_gettext("Interpreters"),
    "accreditations": lazy_gettext("Accreditations"),
    "licenses": lazy_gettext("Licenses"),
    "assured_date": lazy_gettext("Last checked on"),
    "verified_by": lazy_gettext("Checked by or with"),
    "listed_from": lazy_gettext("Show from this day"),
    "listed_until": lazy_gettext("Show until this day"),
    "visibility": lazy_gettext("Who may see it"),
    "location_type": lazy_gettext("Kind of place"),
    "location_id": lazy_gettext("Place"),
    "transportation": lazy_gettext("How to get there"),
    "latitude": lazy_gettext("Latitude"),
    "longitude": lazy_gettext("Longitude"),
    "number": lazy_gettext("Number"),
    "tel": lazy_gettext("Number to dial"),
    "extension": lazy_gettext("Extension"),
    "type": lazy_gettext("Kind"),
    "service_at_location_id": lazy_gettext("At which place"),
    "title": lazy_gettext("Position"),
    "department": lazy_gettext("Department"),
    "byday": lazy_gettext("Days"),
    "opens_at": lazy_gettext("Opens"),
    "closes_at": lazy_gettext("Closes"),
    "closed": lazy_gettext("Closed on these days"),
    "valid_from": lazy_gettext("From day"),
    "valid_to": lazy_gettext("To day"),
    "notes": lazy_gettext("Notes"),
    "group": lazy_gettext("Label, such as “School year”"),
    "is_event": lazy_gettext("Event"),
    "freq": lazy_gettext("How often"),
    "area_kind": lazy_gettext("Kind of area"),
    "area_codes": lazy_gettext("Where"),
    "note": lazy_gettext("Note"),
    "details": lazy_gettext("Details"),
    "option": lazy_gettext("For who or what"),
    "amount": lazy_gettext("Amount"),
    "currency": lazy_gettext("Currency"),
    "amount_description": lazy_gettext("In words"),
    "document": lazy_gettext("What to bring"),
    "attention": lazy_gettext("For the attention of"),
    "address_1": lazy_gettext("Street"),
    "address_2": lazy_gettext("Building, floor, suite"),
    "city": lazy_gettext("City"),
    "state_province": lazy_gettext("State"),
    "postal_code": lazy_gettext("ZIP code"),
    "country": lazy_gettext("Country"),
    "address_type": lazy_gettext("Kind"),
    "taxonomy_term_id": lazy_gettext("Topic"),
    "heading": lazy_gettext("Heading"),
    "text": lazy_gettext("The text"),
    "code": lazy_gettext("Code"),
    "position_source": lazy_gettext("Where the position is from"),
    "hours": lazy_gettext("Hours"),
    "retired_at": lazy_gettext("Off the list"),
    # Fields that occur only in lists, not in forms.
    "id": lazy_gettext("Number of the record"),
    "uri": lazy_gettext("Identifier"),
    "tax_status": lazy_gettext("Tax status"),
    "logo": lazy_gettext("Logo"),
    "assurer_email": lazy_gettext("E-mail of the person who checked it"),
    "external_identifier": lazy_gettext("Number elsewhere"),
    "external_identifier_type": lazy_gettext("Kind of that number"),
    "service_id": lazy_gettext("Service"),
    "contact_id": lazy_gettext("Contact person"),
    "phone_id": lazy_gettext("Phone"),
    "region": lazy_gettext("Region"),
    "dtstart": lazy_gettext("First day"),
    "until": lazy_gettext("Last day"),
    "count": lazy_gettext("How many times"),
    "wkst": lazy_gettext("First day of the week"),
    "interval": lazy_gettext("Every so many weeks or months"),
    "byweekno": lazy_gettext("Weeks of the year"),
    "bymonthday": lazy_gettext("Days of the month"),
    "byyearday": lazy_gettext("Days of the year"),
    "timezone": lazy_gettext("Time zone"),
    "schedule_link": lazy_gettext("Link to the hours"),
    "attending_type": lazy_gettext("How to take part"),
    "extent": lazy_gettext("Outline"),
    "extent_type": lazy_gettext("Kind of outline"),
    "version": lazy_gettext("Version"),
    "taxonomy": lazy_gettext("Taxonomy"),
    "taxonomy_id": lazy_gettext("Taxonomy"),
    "parent_id": lazy_gettext("The term above"),
    "term_uri": lazy_gettext("Identifier"),
    "sort": lazy_gettext("Place among its siblings"),
    "use_references": lazy_gettext("See also"),
    "language": lazy_gettext("Language"),
    "link_id": lazy_gettext("Record"),
    "link_entity": lazy_gettext("Kind of record"),
    "link_type": lazy_gettext("Kind of link"),
    "label": lazy_gettext("Label"),
    "value": lazy_gettext("Value"),
    "set_by": lazy_gettext("Set by"),
    "field": lazy_gettext("Field"),
    "unit": lazy_gettext("What is counted"),
    "available": lazy_gettext("How many are free"),
    "maximum": lazy_gettext("How many in all"),
    "updated": lazy_gettext("Counted on"),
    "unit_scheme": lazy_gettext("Scheme of units"),
    "unit_identifier": lazy_gettext("Code of the unit"),
    "unit_uri": lazy_gettext("Identifier of the unit"),
    "funding_source": lazy_gettext("Who pays"),
    "identifier_scheme": lazy_gettext("Register"),
    "identifier_type": lazy_gettext("Kind of number"),
    "identifier": lazy_gettext("Number"),
    "last_action_date": lazy_gettext("Day of the change"),
    "last_action_type": lazy_gettext("Kind of change"),
    "field_name": lazy_gettext("Field"),
    "previous_value": lazy_gettext("Before"),
    "replacement_value": lazy_gettext("After"),
    "updated_by": lazy_gettext("Changed by"),
}


def kind_label(kind: str) -> str:
    """Return the label of a kind of record; without one, the kind itself."""
    return str(KINDS.get(kind, kind))


def field_label(name: str) -> str:
    """Return the label of a field; without one, its name with spaces."""
    return str(FIELDS.get(name, name.replace("_", " ")))


_SUGGESTED_FIELDS: Mapping[str, Any] = {
    "number": lazy_gettext("Phone"),
    "phone": lazy_gettext("Another phone"),
    "confirmed": lazy_gettext("All is right"),
}


def suggested_field_label(name: str) -> str:
    """Return the label of a field in a suggestion of a provider or a duplicate."""
    return str(_SUGGESTED_FIELDS[name]) if name in _SUGGESTED_FIELDS else field_label(name)


def edit_address(kind: str, record_id: str) -> str:
    """Return the address at which staff edit a record."""
    return url_for("curation.edit", kind=kind, record_id=record_id)
