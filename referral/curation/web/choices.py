"""What the form of a record offers: organizations, places, topics and headings to choose from."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext

from referral.curation.drafts import Draft
from referral.curation.find_records import (
    find_records,
    name_records,
    read_surroundings,
)
from referral.curation.web.forms import EditForm, offer, offer_stored
from referral.directory.browse import list_headings
from referral.directory.context import Directory
from referral.directory.term_lookup import find_terms, name_terms
from referral.records.visibility import Audience
from referral.web.current import current_directory
from referral.web.listing_labels import heading_name

_ORGANIZATIONS = ("organization_id", "parent_organization_id")


def offer_choices(form: EditForm, draft: Draft) -> None:
    """Fill the choices of a form, with what its search boxes ask for."""
    directory = current_directory()
    offer_stored(form)
    for name in _ORGANIZATIONS:
        if name in form:
            _offer_organizations(directory, form, name)
    around = read_surroundings(directory, draft.kind, draft.record)
    if "program_id" in form:
        programs = [(each.id, each.name) for each in around.programs]
        offer(form.program_id, [("", gettext("(none)")), *programs])
    if "service_at_location" in form:
        places = [(each.id, each.name) for each in around.locations if not each.is_retired]
        _offer_places(directory, form, places)
        _offer_terms(directory, form)
        headings = list_headings(directory, Audience.CURATION)
        offer(form.service_heading, [(each.slug, heading_name(each)) for each, _ in headings])


def _offer_organizations(directory: Directory, form: EditForm, name: str) -> None:
    field, search = form[name], form.organization_search.data or ""
    choices = list(name_records(directory, "organization", [field.data or ""]).items())
    if name == "parent_organization_id" or not choices:
        choices.append(("", gettext("(none)")))
    if search.strip():
        found = find_records(directory, search, "organization", retired=False)
        choices += [(each.id, each.name) for each in found]
    offer(field, choices)


def _offer_places(directory: Directory, form: EditForm, places: Iterable[tuple[str, str]]) -> None:
    """The places of the organization, those chosen, and those that the search box asks for."""
    choices = dict(places)
    search = form.place_search.data or ""
    if search.strip():
        found = find_records(directory, search, "location", retired=False)
        choices |= {each.id: f"{each.name} ({each.of})" for each in found}
    rows = [entry.form for entry in form.service_at_location]
    chosen = [row.location_id.data for row in rows if row.location_id.data]
    names = {**name_records(directory, "location", chosen), **choices}
    for row in rows:
        offer(row.location_id, [("", gettext("(choose a place)")), *names.items()])
    here = {row.id.data: names.get(row.location_id.data, "") for row in rows}
    for phone in form.phone:
        offer(
            phone.form.service_at_location_id,
            [("", gettext("All places")), *((key, name) for key, name in here.items() if name)],
        )
    for hours in form.schedule:
        offer(
            hours.form.service_at_location_id,
            [("", gettext("All places")), *((key, name) for key, name in here.items() if name)],
        )


def _offer_terms(directory: Directory, form: EditForm) -> None:
    chosen = name_terms(directory, form.attribute.data or ())
    found = find_terms(directory, form.term_search.data or "", most=30)
    offer(
        form.attribute,
        [(each.id, " – ".join((*each.above, each.name))) for each in (*chosen, *found)],
    )
