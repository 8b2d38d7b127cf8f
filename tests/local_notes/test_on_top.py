"""What stands on top of a listing, and when a list has changed what the library says itself."""

from datetime import UTC, datetime

import pytest

from referral.local_notes.records import LocalNotes, LocalValue
from referral.records.hsds import (
    Location,
    Organization,
    Schedule,
    Service,
    ServiceAtLocation,
)
from referral.records.local_notes import LocalField
from referral.records.visibility import Audience
from referral.store.conversion import row_from
from referral.store.listings import load_listings
from referral.store.rows_texts import LocalNoteRow

NOW = datetime(2026, 11, 2, tzinfo=UTC)


@pytest.fixture
def store(store):
    """Give two services of a list, each with hours at a place."""
    with store.write() as session:
        session.add(row_from(Organization(id="o", name="Table")))
        for key in "st":
            session.add_all(map(row_from, (
                Service(id=key, organization_id="o", name="Pantry", description="Bread."),
                Location(id=key, organization_id="o", name="Hall"),
                ServiceAtLocation(id=key, service_id=key, location_id=key),
                Schedule(id=key, service_at_location_id=key, freq="WEEKLY", byday="MO",
                         opens_at="09:00", closes_at="12:00"),
                Schedule(id=f"{key}l", location_id=key, freq="WEEKLY", byday="TU",
                         opens_at="09:00", closes_at="12:00"),
            )))  # fmt: skip
    return store


def listing(store, field, value, **more):
    with store.write() as session:
        session.add(LocalNoteRow(service_id="s", field=field, value=value, upstream="",
                                 changed_at=NOW))  # fmt: skip
    with store.read() as session:
        noted, other = load_listings(session, ["s", "t"], Audience.STAFF, **more)
    assert (other.local_note, dict(other.local_note_in), other.has_local_hours) == ("", {}, False)
    assert not other.translations
    return noted


def test_hours_of_the_library_hold_at_all_places(store):
    noted = listing(store, LocalField.HOURS, "Fri 1 pm-3 pm")
    assert noted.has_local_hours
    assert [(each.byday, each.opens_at) for each in noted.schedules] == [("FR", "13:00")]
    (site,) = noted.sites
    assert (site.schedules, site.location_schedules) == ((), ())


def test_hours_that_cannot_be_read_any_more_leave_those_of_the_list(store):
    noted = listing(store, LocalField.HOURS, "Fri 1 pm-3 pm, or when the moon is full")
    assert not noted.has_local_hours
    assert noted.sites[0].schedules


def test_each_text_stands_in_its_own_place(store):
    assert listing(store, LocalField.NOTE, "Ask for Dana.").local_note == "Ask for Dana."
    noted = listing(store, LocalField.SPANISH_NOTE, "Pregunte por Dana.")
    assert dict(noted.local_note_in) == {"es": "Pregunte por Dana."}
    noted = listing(store, "es.description", "Pan.")
    assert noted.translations["es"] == {"description": "Pan."}


def test_what_is_only_hidden_or_asked_for_as_listed_has_nothing_on_top(store):
    assert listing(store, LocalField.HIDDEN, "yes").local_note == ""
    assert listing(store, LocalField.NOTE, "Ask for Dana.", as_listed=True).local_note == ""


@pytest.mark.parametrize(
    ("then", "now", "is_outdated"),
    [
        ("Mon 9-5\nTue 9-5", "Tue 9-5\nMon 9-5", False),
        ("Mon 9-5", "Mon 9-4", True),
        ("Mon 9-5", "Mon 9-5\nMon 9-5", True),
        ("", "Mon 9-5", True),
    ],
)
@pytest.mark.parametrize("is_off", [False, True])
def test_a_list_that_says_the_same_in_another_order_changes_nothing(then, now, is_outdated, is_off):
    field = LocalValue(value="x", changed_at=NOW, upstream_then=then, upstream_now=now)
    notes = LocalNotes(service_id="s", name="", source="erie", is_off=is_off,
                       fields={"hours": field, "note": LocalValue(value="y", changed_at=NOW)})  # fmt: skip
    assert notes.is_outdated is (is_outdated and not is_off)
    assert notes.outdated.keys() == ({"hours"} if notes.is_outdated else set())


@pytest.mark.parametrize(
    ("name", "has_note", "has_translations"),
    [("note", True, False), ("note.es", True, False), ("es.name", False, True),
     ("hours", False, False)],
)  # fmt: skip
def test_a_note_may_be_in_either_language(name, has_note, has_translations):
    fields = {name: LocalValue(value="x", changed_at=NOW)}
    notes = LocalNotes(service_id="s", name="", source="erie", fields=fields)
    assert (notes.has_note, notes.has_translations) == (has_note, has_translations)
