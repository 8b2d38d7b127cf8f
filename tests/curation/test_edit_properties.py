"""What must hold whatever is typed: it is read back equal, nobody's side is lost, all goes back."""

import os
import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from referral.curation.drafts import hash_draft, read_draft
from referral.curation.edit_conflicts import Side, comparable_parts
from referral.curation.edit_history import read_history, restore_edit
from referral.curation.editable_fields import SHAPES
from referral.curation.form_parser import parse_form
from referral.curation.form_text import format_draft
from referral.curation.save import SavedDraft, save_draft
from tests.support.databases import database_filled
from tests.support.editing import HALL, ORGANIZATION, PANTRY, PAT, TODAY, the_county

RECORDS = {"service": PANTRY, "organization": ORGANIZATION, "location": HALL}
WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=20
) | st.sampled_from(["", "n/a", "Ask\r\nfirst", "<b>bold</b>", "A &amp; B", "O'Neil|x"])
CELLS = {
    "visibility": st.sampled_from(["public", "staff", "withheld"]),
    "status": st.sampled_from(["active", "inactive", "defunct", "temporarily closed"]),
    "location_type": st.sampled_from(["physical", "postal", "virtual"]),
    "address_type": st.sampled_from(["physical", "postal"]),
    "area_kind": st.sampled_from(["zip", "city", "county", "state", "nation", "text"]),
    "area_codes": st.sampled_from(["16335", "Meadville, PA", "PA; OH", "Nowhere", "x|y"]) | WORDS,
    "minimum_age": st.sampled_from(["", "0", "18", "17.5"]),
    "maximum_age": st.sampled_from(["", "64", "1,000"]),
    "amount": st.sampled_from(["", "$5", "7.25"]),
    "assured_date": st.sampled_from(["", "2026-01-02", "3/4/2026"]),
    "valid_from": st.sampled_from(["", "2026-01-02"]),
    "valid_to": st.sampled_from(["", "2026-03-02"]),
    "year_incorporated": st.sampled_from(["", "1887"]),
    "latitude": st.sampled_from(["", "41.6"]),
    "longitude": st.sampled_from(["", "-80.1"]),
    "opens_at": st.sampled_from(["", "9am", "09:00"]),
    "closes_at": st.sampled_from(["", "5 pm", "24:00"]),
    "byday": st.sampled_from(["", "MO,TU", "2TU", "Mon-Fri"]),
    "closed": st.sampled_from(["", "yes"]),
    "number": st.sampled_from(["814-555-0123 x9", "988", "1-800-FLOWERS", "call"]) | WORDS,
    "hours": st.sampled_from(["", "Mon-Fri 9-5", "Sun closed; 1st Sat 10-2", "by chance"]),
}
LINKS = frozenset({
    "organization_id", "parent_organization_id", "program_id", "location_id", "heading",
    "taxonomy_term_id", "service_at_location_id",
})  # fmt: skip


def cell(name):
    return CELLS.get(name, WORDS)


@st.composite
def changes(draw, kind):
    """Give some fields, and rows, that somebody types into the form of a kind."""
    shape = SHAPES[kind]
    names = [name for name in shape.fields if name not in LINKS]
    names += [f"es.{name}" for name in shape.translated]
    names += ["hours"] if "schedule" in shape.rows else []
    fields = {
        name: draw(cell(name))
        for name in draw(st.lists(st.sampled_from(names), unique=True, max_size=5))
    }
    if "name" in fields and not fields["name"].strip():
        del fields["name"]
    rows = {}
    kinds = [row for row in shape.rows if not LINKS & set(shape.rows[row].needed)]
    for row in draw(st.lists(st.sampled_from(kinds), unique=True, max_size=3)):
        cells = {n: cell(n) for n in shape.rows[row].fields if n not in LINKS}
        rows[row] = draw(st.lists(st.fixed_dictionaries({"id": st.just(""), **cells}), max_size=2))
    return fields, rows


def read(stored, change):
    """Type a change into the form of a record; more rows are added after those there are."""
    fields, rows = change
    form = format_draft(stored)
    more = {kind: (*form.rows[kind], *some) for kind, some in rows.items()}
    form = replace(form, fields={**form.fields, **fields}, rows={**form.rows, **more})
    return parse_form(form, stored, TODAY)


# Each example goes on from where the last one ended: what holds must hold from any state. A failure
# is therefore shown as it came: it cannot be made smaller.
goes_on = settings(
    max_examples=3,
    suppress_health_check=list(HealthCheck),
    database=None,
    phases=[Phase.generate],
)

directory_url = database_filled(the_county)


@pytest.fixture(params=list(RECORDS))
def kind(request):
    return request.param


def save(instance, draft):
    # Hypothesis winds the dice back for each example; Whoosh names its files by them.
    random.seed(os.urandom(16))
    return save_draft(instance, draft, PAT)


def in_any_order(thing):
    """Rows that were added have ids by chance, and are stored by them."""
    return sorted(thing, key=repr) if isinstance(thing, tuple) else thing


def said(children):
    """What records say, without their ids: hours that both typed are the same hours."""
    return sorted(repr(replace(child, id="")) for child in children)


def test_what_is_read_is_typed_and_read_again_as_the_same(searchable, kind):
    began = read_draft(searchable, kind, RECORDS[kind])

    @settings(max_examples=15, suppress_health_check=list(HealthCheck))
    @given(changes(kind), changes(kind))
    def holds(change, another):
        for each in (change, another):
            reading = read(began, each)
            if not reading.is_refused:
                again = parse_form(format_draft(reading.draft), reading.draft, TODAY)
                assert again.draft == reading.draft or (
                    hash_draft(again.draft) == hash_draft(reading.draft)
                )

    holds()


@pytest.mark.slow
def test_what_is_saved_is_stored_and_goes_back_step_by_step(searchable, kind):
    record = RECORDS[kind]

    @goes_on
    @given(st.lists(changes(kind), min_size=2, max_size=2))
    def holds(some):
        first, groups = read_draft(searchable, kind, record), []
        for change in some:
            reading = read(read_draft(searchable, kind, record), change)
            if not reading.is_refused and save(searchable, reading.draft).is_changed:
                assert hash_draft(read_draft(searchable, kind, record)) == hash_draft(reading.draft)
                groups.append(read_history(searchable, kind, record).entries[0].group_id)
        for group_id in reversed(groups):
            assert restore_edit(searchable, kind, record, group_id, PAT)
        assert hash_draft(read_draft(searchable, kind, record)) == hash_draft(first)

    holds()


def test_of_two_people_neither_side_is_lost(searchable, kind):
    record = RECORDS[kind]

    @goes_on
    @given(changes(kind), changes(kind))
    def holds(one, other):
        began = read_draft(searchable, kind, record)
        theirs, yours = read(began, one), read(began, other)
        if theirs.is_refused or yours.is_refused:
            return
        save(searchable, theirs.draft)
        answer = save(searchable, yours.draft)
        if isinstance(answer, SavedDraft):
            assert hash_draft(read_draft(searchable, kind, record)) == hash_draft(yours.draft)
            return
        assert hash_draft(read_draft(searchable, kind, record)) == hash_draft(theirs.draft)
        mine, stored = comparable_parts(yours.draft), comparable_parts(theirs.draft)
        for difference in answer.differences():
            assert in_any_order(difference.yours) == in_any_order(mine.get(difference.key, ()))
            assert in_any_order(difference.theirs) == in_any_order(stored.get(difference.key, ()))
        for side, wanted in ((Side.YOURS, yours.draft), (Side.THEIRS, theirs.draft)):
            choices = {difference.key: side for difference in answer.differences()}
            resolved, still_open = answer.resolved(choices)
            assert not still_open
            assert said(resolved.children) == said(wanted.children)
            assert resolved.record == wanted.record

    holds()
