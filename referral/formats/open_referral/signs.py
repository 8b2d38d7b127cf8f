"""Signs of the version of Open Referral tables."""

from __future__ import annotations

from referral.formats.files.tables import Tables

# Tables and columns of HSDS 3, and of other versions. One list may have tables of several.
_HSDS3_COLUMNS = (
    ("addresses", ("address_type",)),
    ("attributes", ("link_entity",)),
    ("taxonomies", ("id",)),
    ("locations", ("location_type",)),
)
_OTHER_COLUMNS = (
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

    Earlier versions share ids among rows, and write days and times in people's words.
    """
    if tables.form == "json" or any(tables.has(stem, *columns) for stem, columns in _HSDS3_COLUMNS):
        return True
    if any(tables.has(stem, *columns) for stem, columns in _OTHER_COLUMNS):
        return False
    return not (tables.has("organizations", "url") or tables.has("services", "location_id"))
