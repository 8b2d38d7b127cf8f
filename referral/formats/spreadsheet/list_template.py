"""Spreadsheet template for lists: its columns, and whether a list has exactly these."""

from __future__ import annotations

from collections.abc import Mapping

from referral.formats.column_mapping import ColumnMapping

TEMPLATE_COLUMNS: Mapping[str, str] = {
    "Organization": "organization.name",
    "Service name": "service.name",
    "What it does": "service.description",
    "Who it is for": "service.eligibility_description",
    "How to apply": "service.application_process",
    "Cost": "service.fees_description",
    "Street address": "address.address_1",
    "City": "address.city",
    "State": "address.state_province",
    "ZIP code": "address.postal_code",
    "Confidential address": "location.private",
    "Phone": "phone.number",
    "E-mail": "service.email",
    "Website": "service.url",
    "Hours": "schedule.hours",
    "Languages": "language.name",
    "Area served": "service_area.name",
}
"""Header → target, in the order of the sheet."""


def is_template(proposed: ColumnMapping) -> bool:
    """Return whether a source list has exactly the columns of our template spreadsheet."""
    if len(proposed.sheets) != 1:
        return False
    columns = proposed.sheets[0].columns
    return (
        len(columns) == len(TEMPLATE_COLUMNS)
        and all(TEMPLATE_COLUMNS.get(rule.column) == rule.target for rule in columns)
        and not any(rule.marks for rule in columns)
    )
