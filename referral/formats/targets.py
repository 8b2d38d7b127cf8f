"""What a column of a spreadsheet can hold: fields of records, by their HSDS names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """What a column can hold.

    Attributes:
        label: what a person reads.
        several: several columns may hold it, and all of them are read.
        listed: a cell may hold several, and ``split`` says what is between them.
    """

    label: str
    several: bool = False
    listed: bool = False


TARGETS: Mapping[str, Target] = {
    "organization.name": Target("Organization: name"),
    "organization.id": Target("Organization: id"),
    "organization.alternate_name": Target("Organization: other name"),
    "organization.description": Target("Organization: description"),
    "organization.website": Target("Organization: website"),
    "organization.email": Target("Organization: email"),
    "organization.tax_id": Target("Organization: tax number"),
    "organization.legal_status": Target("Organization: legal form"),
    "organization.year_incorporated": Target("Organization: year it began"),
    "service.name": Target("Service: name"),
    "service.id": Target("Service: id"),
    "service.alternate_name": Target("Service: other name"),
    "service.description": Target("Service: description"),
    "service.more_description": Target("Service: more description"),
    "service.url": Target("Service: website"),
    "service.email": Target("Service: email"),
    "service.status": Target("Service: active or not"),
    "service.application_process": Target("Service: how to apply"),
    "service.fees_description": Target("Service: cost"),
    "service.wait_time": Target("Service: wait"),
    "service.eligibility_description": Target("Service: who can get it"),
    "service.population": Target("Service: a group it is for", several=True, listed=True),
    "service.minimum_age": Target("Service: lowest age"),
    "service.maximum_age": Target("Service: highest age"),
    "service.assured_date": Target("Service: day it was last checked"),
    "service.verified_by": Target("Service: who checked it"),
    "service.alert": Target("Service: notice"),
    "service.keywords": Target("Service: words to find it by"),
    "service.interpretation_services": Target("Service: interpreters"),
    "service.visibility": Target("Service: public, staff or withheld"),
    "service.private": Target("Service: yes means only staff may see it", several=True),
    "service.shown": Target("Service: no means only staff may see it", several=True),
    "service.deleted": Target("Service: yes means it has ended"),
    "location.name": Target("Place: name"),
    "location.id": Target("Place: id", listed=True),
    "location.description": Target("Place: description"),
    "location.transportation": Target("Place: how to get there"),
    "location.latitude": Target("Place: latitude"),
    "location.longitude": Target("Place: longitude"),
    "location.visibility": Target("Place: public, staff or withheld"),
    "location.private": Target("Place: yes means its address is secret", several=True),
    "address.address_1": Target("Address: street, or all of it"),
    "address.address_2": Target("Address: suite or floor"),
    "address.city": Target("Address: city"),
    "address.state_province": Target("Address: state"),
    "address.postal_code": Target("Address: ZIP code"),
    "address.region": Target("Address: county"),
    "address.mailing": Target("Address: for mail, all of it"),
    "accessibility.description": Target("Place: help for disabled people", several=True),
    "phone.number": Target("Phone", several=True, listed=True),
    "phone.hotline": Target("Phone: hotline", several=True, listed=True),
    "phone.toll_free": Target("Phone: toll free", several=True, listed=True),
    "phone.alternate": Target("Phone: another one", several=True, listed=True),
    "phone.fax": Target("Phone: fax", several=True, listed=True),
    "phone.tty": Target("Phone: TTY", several=True, listed=True),
    "phone.text": Target("Phone: text messages", several=True, listed=True),
    "phone.private": Target("Phone: yes means that phone is secret", several=True),
    "schedule.hours": Target("Hours", several=True),
    "schedule.day": Target("Hours of one day of the week", several=True),
    "service_area.name": Target("Area served", several=True, listed=True),
    "language.name": Target("Languages", several=True, listed=True),
    "required_document.document": Target("What to bring", several=True, listed=True),
    "taxonomy_term.name": Target("Category or topic", several=True, listed=True),
    "contact.name": Target("Contact: name"),
    "contact.title": Target("Contact: title"),
}
# A column whose cells say yes or no to what its header names.
MARKED = frozenset(
    {
        "service.population", "schedule.day", "service_area.name", "language.name",
        "required_document.document", "taxonomy_term.name", "accessibility.description",
    }
)  # fmt: skip
FLAGS = frozenset(
    {"service.private", "service.shown", "service.deleted", "location.private", "phone.private"}
)
NAMES = ("service.name", "organization.name")
