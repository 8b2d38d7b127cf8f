"""A new record filled in with what somebody proposed; staff look it over and save it."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from referral.curation.drafts import Draft
from referral.fields.phones import parse_phones
from referral.fields.urls_and_emails import normalise_url
from referral.proposals.records import ProposedPlace
from referral.records.directory import Location, Organization, Phone, Record, Service


def fill_in(draft: Draft, place: ProposedPlace) -> Draft:
    """The draft of a new record with the name, text, website and telephone numbers of a place.

    Not the address: a place of its own gets that. How to reach the sender is in no record.
    """
    name, text = place.name, place.helps_with
    website = normalise_url(place.web_address) or place.web_address
    record: Record = draft.record
    if isinstance(record, Organization):
        record = replace(record, name=name, description=text, website=website)
    elif isinstance(record, Service):
        record = replace(record, name=name, description=text, url=website)
    elif isinstance(record, Location):
        return replace(draft, record=replace(record, name=name))
    phones = tuple(
        Phone(
            id=str(uuid4()),
            organization_id=record.id if draft.kind == "organization" else "",
            service_id=record.id if draft.kind == "service" else "",
            number=each.number,
            tel=each.tel,
            extension=each.extension,
        )
        for each in parse_phones(place.phone)
    )
    return replace(draft, record=record, children=phones)
