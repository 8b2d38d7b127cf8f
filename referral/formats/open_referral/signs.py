"""Signs of the version of Open Referral tables."""

from __future__ import annotations

from referral.formats.files.tables import Tables

# A table, and columns of it. One list has tables of several versions.
_OF_3 = (
    ("addresses", ("address_type",)),
    ("attributes", ("link_entity",)),
    ("taxonomies", ("id",)),
    ("locations", ("location_type",)),
)
_OF_OTHERS = (
    ("services_taxonomy", ("taxonomy_id",)),
    ("regular_schedules", ("service_at_location_id",)),
    ("holiday_schedules", ("service_at_location_id",)),
    ("taxonomy", ("vocabulary",)),
    ("services", ("organization_id", "taxonomy_ids")),
    ("services", ("service_recordid",)),
    ("taxonomy_terms", ("term",)),
    ("taxonomy_terms", ("taxonomy_recordid",)),
    ("physical_addresses", ("location_id",)),
    ("service_attributes", ("taxonomy_term_id",)),
    ("services", ("location_id", "service_areas")),
    ("locations", ("admin_emails",)),
    ("phones", ("number_type", "vanity_number")),
)


def are_hsds3(tables: Tables) -> bool:
    """Return whether tables are HSDS 3: rows have record ids, and hours have columns of their own.

    The versions before share such ids among rows, and write days and times as people do.
    """
    if tables.form == "json" or any(tables.has(stem, *columns) for stem, columns in _OF_3):
        return True
    if any(tables.has(stem, *columns) for stem, columns in _OF_OTHERS):
        return False
    return not (tables.has("organizations", "url") or tables.has("services", "location_id"))
