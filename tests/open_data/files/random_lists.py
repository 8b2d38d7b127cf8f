"""Lists out of chance, with everything an export has to carry, and what an instance lets go."""

import re
import shutil
import zipfile
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from time import perf_counter
from uuid import UUID

from hypothesis import strategies as st

from referral.directory.instance import opened_instance
from referral.directory.seed import load_headings
from referral.fields.urls_and_emails import to_uri
from referral.formats.open_referral.own_terms import stand_in_id
from referral.formats.sandbox.parent import read_in_process
from referral.imports.apply import apply_import
from referral.imports.prepare import _plan_read_list
from referral.open_data import hsds_records
from referral.open_data.files.export import export_directory
from referral.open_data.records import ExportFormat
from referral.records.classification import Metadata
from referral.records.hsds import (
    Organization,
    OrganizationIdentifier,
    Phone,
    Service,
    ServiceCapacity,
    Url,
)
from referral.records.kinds import KINDS, parents_of
from tests.conftest import settings_for
from tests.support.provider_lists import write_hsds

HOSTILE = (
    "=1+1", "'=1+1", "''-x", "+1 814 555 0123", "-5", "@sum(a1)", "|calc", "%0A", "a;b;c", "a|b|c",
    'say "hi"', "two\nlines", "Niños, café", "<b>bold</b> &amp; plain", "null", "\\n", "'tis",
    "x" * 300, "12", "007", "TRUE", "2026-01-02", "\uff1d1",
)  # fmt: skip
WORDS = st.sampled_from(HOSTILE) | st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=12
)
NAMES = st.sampled_from(("Food pantry", "Clinic", "Safe house", "Rent help", "=Help")) | WORDS
VISIBILITY = st.sampled_from(("", "", "public", "public", "staff", "withheld"))
CELLS = {
    "visibility": VISIBILITY,
    "name": NAMES,
    "status": st.sampled_from(("active", "active", "temporarily closed", "inactive", "defunct")),
    "location_type": st.sampled_from(("physical", "postal", "virtual")),
    "address_type": st.sampled_from(("physical", "physical", "postal")),
    "country": st.sampled_from(("US", "CA")),
    "latitude": st.sampled_from(("", "41.6", "0.00001", "-33.123456789012")),
    "longitude": st.sampled_from(("", "-80.1", "151")),
    "postal_code": st.sampled_from(("16335", "98001", "16335-1234", "?")),
    "minimum_age": st.sampled_from(("", "0", "17.5")),
    "maximum_age": st.sampled_from(("", "64")),
    "amount": st.sampled_from(("", "5", "1250.75")),
    "year_incorporated": st.sampled_from(("", "1887")),
    "assured_date": st.sampled_from(("", "2026-01-02")),
    "valid_from": st.sampled_from(("", "2026-07-02")),
    "dtstart": st.sampled_from(("", "2026-03-08")),
    "opens_at": st.sampled_from(("", "09:00", "9 am", "09:00-08:00")),
    "closes_at": st.sampled_from(("", "17:00", "24:00", "23:59")),
    "freq": st.sampled_from(("", "WEEKLY", "MONTHLY")),
    "byday": st.sampled_from(("", "MO,TU", "2TU")),
    "wkst": st.sampled_from(("", "MO", "monday")),
    "interval": st.sampled_from(("", "2")),
    "count": st.sampled_from(("", "3")),
    "timezone": st.sampled_from(("", "-5", "-05", "America/New_York", "0")),
    "closed": st.sampled_from(("", "true")),
    "number": st.sampled_from(("814-555-0123 x9", "988", "(814) 555-0199", "1-800-FLOWERS", "5550123",
                               "+44 20 7946 0018", "814-555-0111 fax", "ask")) | WORDS,
    "extension": st.sampled_from(("", "12", "007", "x5")),
    "type": st.sampled_from(("", "voice", "fax", "tty")),
    "area_kind": st.sampled_from(("", "zip", "county", "text")),
    "area_codes": st.sampled_from(("", "16335", "16335|16403", "Meadville, PA", "PA")),
    "code": st.sampled_from(("", "es", "xx")),
    "keywords": st.sampled_from(("", "bread|milk", "a, b; c")),
    "headings": st.sampled_from(("", "health", "legal|seniors")),
    "language": st.sampled_from(("es", "fr")),
    "field": st.sampled_from(("name", "description")),
    "link_type": st.sampled_from(("", "service_type")),
    "set_by": st.sampled_from(("file", "staff")),
    "last_action_date": st.sampled_from(("2026-01-02", "2026-01-02T09:30:00Z", "")),
    "available": st.sampled_from(("", "3", "0", "2.5")),
    "maximum": st.sampled_from(("", "12")),
    "sort": st.sampled_from(("", "10", "0")),
    "updated": st.sampled_from(("", "2026-01-02", "2026-01-02T09:30", "2026-01-02T09:30:00.5+01:00")),
    "url": st.sampled_from(("", "https://example.org/é", "x.org", "see the office")),
    "identifier_scheme": st.sampled_from(("", "GB-COH")),
    "identifier": st.sampled_from(("", "007", "=7")),
}  # fmt: skip
COLUMNS = {
    "taxonomies": "name description version visibility",
    "taxonomy_terms": "code name description sort taxonomy use_references visibility",
    "organizations": "name description email website year_incorporated visibility",
    "programs": "name description visibility",
    "services": "name description url status fees_description minimum_age maximum_age assured_date "
    "verified_by keywords headings visibility",
    "locations": "name location_type latitude longitude description visibility",
    "service_at_location": "description visibility",
    "contacts": "name title email visibility",
    "phones": "number extension type description visibility",
    "addresses": "address_1 city state_province postal_code country address_type visibility",
    "schedules": "freq byday opens_at closes_at valid_from dtstart wkst timezone interval count "
    "closed description visibility",
    "service_areas": "name area_kind area_codes visibility",
    "languages": "name code note visibility",
    "accessibility": "description visibility",
    "cost_options": "option amount valid_from visibility",
    "required_documents": "document visibility",
    "attributes": "link_type value label visibility",
    "translations": "language field text visibility",
    "units": "name scheme",
    "service_capacity": "available maximum updated description visibility",
    "funding": "source visibility",
    "organization_identifiers": "identifier_scheme identifier_type identifier visibility",
    "url": "label url visibility",
    "metadata": "last_action_date last_action_type field_name previous_value replacement_value "
    "updated_by visibility",
}
# File → the columns that name parents, and the files those are in: all of a choice or one of them.
PARENTS = {
    "taxonomy_terms": ({"taxonomy_id": "taxonomies", "parent_id": "taxonomy_terms"}, False),
    "organizations": ({"parent_organization_id": "organizations"}, False),
    "programs": ({"organization_id": "organizations"}, True),
    "services": ({"organization_id": "organizations", "program_id": "programs"}, True),
    "locations": ({"organization_id": "organizations"}, False),
    "service_at_location": ({"service_id": "services", "location_id": "locations"}, True),
    "contacts": ({"organization_id": "organizations", "service_id": "services",
                  "location_id": "locations"}, False),
    "phones": ({"organization_id": "organizations", "service_id": "services",
                "location_id": "locations", "contact_id": "contacts",
                "service_at_location_id": "service_at_location"}, False),
    "addresses": ({"location_id": "locations"}, True),
    "schedules": ({"service_id": "services", "location_id": "locations",
                   "service_at_location_id": "service_at_location"}, False),
    "service_areas": ({"service_id": "services",
                       "service_at_location_id": "service_at_location"}, False),
    "languages": ({"service_id": "services", "location_id": "locations",
                   "phone_id": "phones"}, False),
    "accessibility": ({"location_id": "locations"}, True),
    "cost_options": ({"service_id": "services"}, True),
    "required_documents": ({"service_id": "services"}, True),
    "attributes": ({"taxonomy_term_id": "taxonomy_terms"}, True),
    "service_capacity": ({"service_id": "services", "unit_id": "units"}, True),
    "funding": ({"organization_id": "organizations", "service_id": "services"}, False),
    "organization_identifiers": ({"organization_id": "organizations"}, True),
    "url": ({"organization_id": "organizations", "service_id": "services"}, False),
}  # fmt: skip
ABOUT = {"service": "services", "location": "locations", "phone": "phones",
         "organization": "organizations", "taxonomy_term": "taxonomy_terms"}  # fmt: skip


@st.composite
def lists(draw):
    """Give the files of an HSDS 3 list: file → rows."""
    files = {}
    for number, (file, columns) in enumerate(COLUMNS.items()):
        most = 2 if file in {"taxonomies", "organizations", "programs"} else 4
        count = draw(st.integers(0 if file != "organizations" else 1, most))
        rows = [
            draw(_row(file, columns.split(), files, UUID(int=(number << 64) + at)))
            for at in range(count)
        ]
        files[file] = rows
    return {file: rows for file, rows in files.items() if rows}


@st.composite
def _row(draw, file, columns, files, key):
    row = {"id": str(key), **{name: draw(CELLS.get(name, WORDS)) for name in columns}}
    parents, needs_all = PARENTS.get(file, ({}, False))
    for name, other in parents.items():
        ids = [each["id"] for each in files.get(other, ())]
        row[name] = draw(st.sampled_from(ids if needs_all and ids else ["", *ids]))
    if file in {"attributes", "translations", "metadata"}:
        names = ("link_entity", "link_id")
        names = ("resource_type", "resource_id") if file == "metadata" else names
        entity = draw(st.sampled_from(sorted(ABOUT)))
        ids = [each["id"] for each in files.get(ABOUT[entity], ())]
        row |= dict(zip(names, (entity, draw(st.sampled_from(ids or [""]))), strict=True))
    return row


@contextmanager
def empty_instance(template, folder):
    """Open a copy of an instance that has headings and rules, and no listing."""
    shutil.copytree(template, folder, ignore=shutil.ignore_patterns("places-*"))  # lent anew
    with opened_instance(instance_settings(folder)) as instance:
        yield instance


def instance_settings(folder):
    """Give settings of an instance on SQLite."""
    return settings_for(folder, f"sqlite:///{(folder / 'referral.sqlite3').as_posix()}")


def make_template(folder):
    """Make the instance that is copied."""
    with opened_instance(instance_settings(folder)) as instance:
        load_headings(instance)
    return folder


def take_in(instance, path, source="list"):
    """Import a list, read in this process."""
    prepared = _plan_read_list(
        instance, path.name, source, read_in_process(path, source), perf_counter()
    )
    report = apply_import(instance, prepared, confirmed=prepared.report.doubt_codes)
    instance.index.sync_after_commit()
    return report


def take_in_rows(instance, folder, files, source="list"):
    """Import rows."""
    return take_in(instance, write_hsds(folder, **files), source)


TERMS = ("taxonomy", "taxonomy_term")  # of these only those in use leave


def public_records(instance, source=""):
    """Give what may leave, by kind and id; without who checked it, which is nobody's business."""
    with instance.store.read() as session:
        public = hsds_records.public_records(session, source)
        terms = {each.id for kind in TERMS for each in hsds_records.all_records(public, kind)}
        return {
            (kind, record.id): replace(record, verified_by="") if isinstance(record, Service) else record
            for kind in KINDS
            for record in public.read(kind)
            if (record.id in terms or kind not in TERMS)
            and (getattr(record, "link_entity", "") not in TERMS or record.link_id in terms)
        }  # fmt: skip


def exported(instance, form, source=""):
    """Give the bytes of a file."""
    file = BytesIO()
    export_directory(instance, form, file, source=source)
    return file.getvalue()


def as_they_return(had):
    """Give public records as an HSDS file of them brings them.

    HSDS wants an organization for each service, and what it requires of the others.
    """
    found = dict(had)
    for key, record in had.items():
        if isinstance(record, Service) and not record.organization_id:
            agency = Organization(id=stand_in_id(record.id), name=record.name)
            found["organization", agency.id] = agency
            found[key] = replace(record, organization_id=agency.id)
    gone = [key for key, each in had.items() if lacks_what_hsds_requires(each)]
    while gone:
        for key in gone:
            del found[key]
        gone = [key for key, each in found.items()
                if any((kind, parent) in gone for _, kind, parent in parents_of(each))]  # fmt: skip
    return found


def lacks_what_hsds_requires(record):
    """Whether HSDS has no place for a record as it is."""
    match record:
        case Phone():
            return not record.number
        case Url():
            return not to_uri(record.url)
        case OrganizationIdentifier():
            named = record.identifier_type or record.identifier_scheme
            return not record.identifier or not named
        case Metadata():
            told = (
                record.last_action_date, record.last_action_type, record.field_name,
                record.previous_value, record.replacement_value, record.updated_by,
            )  # fmt: skip
            return not all(told)
        case ServiceCapacity():
            return not (record.unit and record.updated) or record.available is None
    return False


_WHEN = re.compile(rb"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def without_times(form, content):
    """Give what a file says but for when services last changed, which differs where it came in."""
    if form is ExportFormat.HSDS_JSON:
        return _WHEN.sub(b"", content)
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return {name: _WHEN.sub(b"", archive.read(name)) for name in archive.namelist()}
