"""Choices of the record form: organizations, programs, locations, topics and headings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask_babel import gettext

from referral.curation.drafts import Draft
from referral.curation.find_records import find_records, read_record_names, read_related_records
from referral.curation.web.forms import EditForm, keep_stored_choices, set_choices
from referral.directory.browse import list_headings
from referral.directory.context import Directory
from referral.directory.term_lookup import TermEntry, find_terms, name_terms
from referral.records.visibility import Audience
from referral.web.current import current_directory
from referral.web.listing_labels import heading_name

_ORGANIZATIONS = ("organization_id", "parent_organization_id")


def set_record_choices(form: EditForm, draft: Draft) -> None:
    """Fill the choices of a form, with the results of its search boxes."""
    directory = current_directory()
    keep_stored_choices(form)
    for name in _ORGANIZATIONS:
        if name in form:
            _set_organization_choices(directory, form, name)
    around = read_related_records(directory, draft.kind, draft.record)
    if "program_id" in form:
        programs = {each.id: each.name for each in around.programs}
        programs |= read_record_names(directory, "program", [form.program_id.data or ""])
        set_choices(form.program_id, [("", gettext("(none)")), *programs.items()])
    if "service_at_location" in form:
        places = [(each.id, each.name) for each in around.locations if not each.is_retired]
        _set_location_choices(directory, form, places)
        _set_term_choices(directory, form)
        headings = list_headings(directory, Audience.CURATION)
        set_choices(form.service_heading, [(each.slug, heading_name(each)) for each, _ in headings])


def _set_organization_choices(directory: Directory, form: EditForm, name: str) -> None:
    field, search = form[name], form.organization_search.data or ""
    choices = list(read_record_names(directory, "organization", [field.data or ""]).items())
    if name == "parent_organization_id" or not choices:
        choices.append(("", gettext("(none)")))
    if search.strip():
        found = find_records(directory, search, "organization", retired=False)
        choices += [(each.id, each.name) for each in found]
    set_choices(field, choices)


def _set_location_choices(
    directory: Directory, form: EditForm, places: Iterable[tuple[str, str]]
) -> None:
    """The places of the organization, those chosen, and those that the search box asks for."""
    choices = dict(places)
    search = form.place_search.data or ""
    if search.strip():
        found = find_records(directory, search, "location", retired=False)
        choices |= {each.id: f"{each.name} ({each.of})" if each.of else each.name for each in found}
    rows = [entry.form for entry in form.service_at_location]
    chosen = [row.location_id.data for row in rows if row.location_id.data]
    names = {**read_record_names(directory, "location", chosen), **choices}
    for row in rows:
        set_choices(row.location_id, [("", gettext("(choose a place)")), *names.items()])
    here = {row.id.data: names.get(row.location_id.data, "") for row in rows}
    for phone in form.phone:
        set_choices(
            phone.form.service_at_location_id,
            [("", gettext("All places")), *((key, name) for key, name in here.items() if name)],
        )
    for hours in form.schedule:
        set_choices(
            hours.form.service_at_location_id,
            [("", gettext("All places")), *((key, name) for key, name in here.items() if name)],
        )


def _set_term_choices(directory: Directory, form: EditForm) -> None:
    chosen = name_terms(directory, form.attribute.data or ())
    found = find_terms(directory, form.term_search.data or "", most=30)
    set_choices(
        form.attribute,
        topic_choices([*chosen, *found]),
    )


def topic_choices(topics: Sequence[TermEntry]) -> list[tuple[str, str]]:
    """Id and path of topics to choose from; those of lists are marked where our own are beside."""
    has_own, mark = any(each.is_own for each in topics), gettext("from a list")
    paths = ((each, " – ".join((*each.above, each.name))) for each in topics)
    return [
        (each.id, path if each.is_own or not has_own else f"{path} ({mark})")
        for each, path in paths
    ]
