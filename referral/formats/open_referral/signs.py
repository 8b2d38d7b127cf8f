"""Signs of Open Referral: why tables are taken for it, and whether they are of version 3."""

from __future__ import annotations

from referral.formats.files.tables import Tables
from referral.formats.open_referral.sheets import FILES
from referral.message import Message, message

# A table, columns of it, and whose they are. One list has tables of several versions.
_OF_3 = (
    ("addresses", ("address_type",), "HSDS 3"),
    ("attributes", ("link_entity",), "HSDS 3"),
    ("taxonomies", ("id",), "HSDS 3"),
    ("locations", ("location_type",), "HSDS 3"),
)
_OF_OTHERS = (
    ("services_taxonomy", ("taxonomy_id",), "HSDS 1"),
    ("regular_schedules", ("service_at_location_id",), "HSDS 1"),
    ("holiday_schedules", ("service_at_location_id",), "HSDS 1"),
    ("taxonomy", ("vocabulary",), "HSDS 1"),
    ("services", ("organization_id", "taxonomy_ids"), "HSDS 1"),
    ("services", ("service_recordid",), "HSDS 2 (ORServices)"),
    ("taxonomy_terms", ("term",), "HSDS 2"),
    ("taxonomy_terms", ("taxonomy_recordid",), "HSDS 2 (ORServices)"),
    ("physical_addresses", ("location_id",), "HSDS 1 or 2"),
    ("service_attributes", ("taxonomy_term_id",), "HSDS 2"),
    ("services", ("location_id", "service_areas"), "Ohana"),
    ("locations", ("admin_emails",), "Ohana"),
    ("phones", ("number_type", "vanity_number"), "Ohana"),
)
_SIGN = message("It has %(table)s.csv with %(column)s, as lists in %(format)s have.")


def recognise_open_referral(tables: Tables) -> Message | None:
    """Why these are tables of Open Referral, None when they are not."""
    if tables.form == "json":
        names = ", ".join(stem.replace("_", " ") for stem in tables.by_stem)
        return message("It is JSON with %(objects)s, as HSDS 3 has.", objects=names)
    for stem, columns, whose in (*(_OF_3 if _has_names(tables) else ()), *_OF_OTHERS):
        if tables.has(stem, *columns):
            return _SIGN.filled(table=stem, column=", ".join(columns), format=whose)
    if tables.has("organizations", "id", "url") and tables.has("services", "organization_id"):
        return _SIGN.filled(table="organizations", column="url", format="HSDS 2")
    if tables.has("organizations", "id", "website"):
        return _SIGN.filled(table="organizations", column="website", format="HSDS 3")
    if _is_bare(tables):
        return _SIGN.filled(table="services", column="organization_id", format="HSDS")
    return None


def _has_names(tables: Tables) -> bool:
    return tables.has("services", "id", "name") or tables.has("organizations", "id", "name")


def _is_bare(tables: Tables) -> bool:
    return (
        tables.by_stem.keys() <= FILES
        and tables.has("phones", "number")
        and tables.has("services", "organization_id")
    )


def are_hsds3(tables: Tables) -> bool:
    """Whether ids of rows are those of records, and hours are columns of their own, as in HSDS 3.

    The versions before share such ids among rows, and write days and times as people do.
    """
    if tables.form == "json" or any(tables.has(stem, *columns) for stem, columns, _ in _OF_3):
        return True
    if any(tables.has(stem, *columns) for stem, columns, _ in _OF_OTHERS):
        return False
    return not (tables.has("organizations", "url") or tables.has("services", "location_id"))
