"""What the library says on top of a list: shown as ours, kept at every pull, compared with it."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from referral.directory.listings import read_service
from referral.directory.search import find_services
from referral.errors import NotFoundError, RefusedError
from referral.local_notes.overlays import (
    keep_library_value,
    list_local_notes,
    read_local_notes,
    save_local_notes,
    use_listed_value,
)
from referral.local_notes.records import TypedNotes
from referral.open_data.hsds_records import public_records
from referral.records.accounts import COMMAND_LINE
from referral.records.classification import Attribute, TaxonomyTerm, Translation
from referral.records.record_ids import HAND_SOURCE
from referral.records.visibility import Audience
from referral.search.query import SearchQuery
from referral.store.conversion import row_from
from referral.store.rows import ScheduleRow, ServiceRow, TranslationRow
from tests.support.imported import import_list
from tests.support.provider_lists import pantry_list

DESCRIPTION = "es.description"
OURS = "Mon-Fri 1 pm-3 pm"
SCHEDULE = {
    "id": "h1", "service_id": "s1", "freq": "WEEKLY", "byday": "MO,TU", "opens_at": "09:00",
    "closes_at": "12:00",
}  # fmt: skip


@pytest.fixture
def pantry(instance, services):
    """Give the id of a service of a list, with hours, and without a private place."""
    with instance.store.read() as session:
        return session.scalars(select(ServiceRow.id).where(ServiceRow.name == "Food pantry")).one()


def pull(instance, folder, **schedule):
    """Take the list in again, with these hours."""
    path = pantry_list(folder, schedules=[{**SCHEDULE, **schedule}])
    import_list(instance, path, source="pantries")


def save(instance, service_id, **typed):
    save_local_notes(instance, COMMAND_LINE, service_id, TypedNotes(**typed))


def week(instance, service_id):
    page = read_service(instance, service_id, Audience.PUBLIC)
    return page.has_local_hours, page.hours.week[0].spans, page.local_note


def test_ours_are_shown_and_stay_at_every_pull(instance, pantry, tmp_path):
    pull(instance, tmp_path / "first")
    assert week(instance, pantry) == (False, (("09:00", "12:00"),), "")
    save(instance, pantry, note="Ask for Dana.", hours=OURS)
    ours = (True, (("13:00", "15:00"),), "Ask for Dana.")
    assert week(instance, pantry) == ours
    pull(instance, tmp_path / "second", closes_at="11:00")
    assert week(instance, pantry) == ours
    with instance.store.read() as session:  # the list's own records are as the list has them
        [stored] = session.scalars(select(ScheduleRow).where(ScheduleRow.retired_at.is_(None)))
        assert stored.closes_at == "11:00"
        [leaving] = public_records(session).read("schedule")
        assert leaving.closes_at == "11:00"


@pytest.mark.slow
def test_a_curator_sees_both_when_the_list_changes_the_hours(instance, pantry, tmp_path):
    pull(instance, tmp_path / "first")
    save(instance, pantry, hours=OURS)
    assert not read_local_notes(instance, pantry).is_outdated
    pull(instance, tmp_path / "second", closes_at="11:00")
    [listed] = list_local_notes(instance)
    [hours] = listed.fields.values()
    assert listed.is_outdated
    assert (hours.upstream_then, hours.upstream_now, hours.value) == (
        "Mon, Tue 9 am-12 pm", "Mon, Tue 9 am-11 am", OURS,
    )  # fmt: skip
    keep_library_value(instance, COMMAND_LINE, pantry, "hours")
    assert not read_local_notes(instance, pantry).is_outdated
    assert week(instance, pantry)[0]
    use_listed_value(instance, COMMAND_LINE, pantry, "hours")
    assert week(instance, pantry) == (False, (("09:00", "11:00"),), "")
    assert list_local_notes(instance) == ()


@pytest.mark.slow
def test_hours_that_only_stand_in_another_order_are_no_change(instance, pantry, tmp_path):
    said = {"description": "Bread at the side door"}, {"description": "Milk on request"}

    def pull_both(folder, first, second):
        rows = [{**SCHEDULE, "id": key, **text} for key, text in (("h1", first), ("h2", second))]
        path = pantry_list(folder, schedules=rows)
        import_list(instance, path, source="pantries")

    pull_both(tmp_path / "first", *said)
    save(instance, pantry, hours=OURS)
    pull_both(tmp_path / "second", *reversed(said))
    notes = read_local_notes(instance, pantry)
    assert notes.upstream_hours == "Milk on request\nBread at the side door"
    assert not notes.is_outdated
    pull_both(tmp_path / "third", said[0], {"description": "Milk on Fridays"})
    assert read_local_notes(instance, pantry).is_outdated


@pytest.mark.slow
def test_what_is_hidden_here_is_nowhere_but_with_staff(instance, pantry):
    instance.index.sync()
    save(instance, pantry, is_hidden=True)
    with pytest.raises(NotFoundError):
        read_service(instance, pantry, Audience.PUBLIC)
    assert read_service(instance, pantry, Audience.STAFF)
    found = find_services(instance, SearchQuery(words="groceries"), Audience.PUBLIC)
    assert pantry not in [card.service.id for card in found.cards]
    with instance.store.read() as session:
        assert pantry not in {each.id for each in public_records(session).read("service")}
    save(instance, pantry)
    assert read_service(instance, pantry, Audience.PUBLIC)


def test_a_note_names_no_street_that_is_held_back(instance, pantry):
    secret = "The house is at 9 Secret Way, Titusville."
    save(instance, pantry, note=secret, spanish_note=secret)
    shown = read_service(instance, pantry, Audience.PUBLIC)
    assert "9 Secret Way" not in shown.local_note
    assert "9 Secret Way" not in shown.local_note_in["es"]


def test_topics_and_translations_by_hand_stay_at_a_pull(instance, pantry, tmp_path):
    records = [
        TaxonomyTerm(id="t1", name="Bread", code="bread"),
        Attribute(id="at1", link_id=pantry, link_entity="service", taxonomy_term_id="t1"),
        Translation(
            id="tr1", link_id=pantry, link_entity="service", language="es", field="name",
            text="Despensa",
        ),
    ]  # fmt: skip
    with instance.store.write() as session:
        for record in records:
            row = row_from(record)
            row.source = HAND_SOURCE
            session.add(row)
    pull(instance, tmp_path / "again")
    page = read_service(instance, pantry, Audience.PUBLIC)
    assert "Bread" in [term.name for term in page.terms]
    assert page.translations["es"]["name"] == "Despensa"
    notes = read_local_notes(instance, pantry)
    assert (notes.own_topics, notes.listed_topics) == (("Bread",), ())


def pull_texts(instance, folder, english, spanish=""):
    """Take the list in again, with this description and translation of it."""
    services = [
        {"id": "s1", "organization_id": "o1", "name": "Food pantry", "status": "active",
         "description": english}
    ]  # fmt: skip
    translation = {"link_entity": "service", "link_id": "s1", "language": "es", "status": "draft"}
    translations = [
        translation | {"id": "t1", "field": "alert", "text": "Llame antes."},
        translation | {"id": "t2", "field": "description", "text": spanish},
    ]
    path = pantry_list(folder, services=services, translations=translations[: 1 + bool(spanish)])
    import_list(instance, path, source="pantries")


def spanish(instance, service_id):
    page = read_service(instance, service_id, Audience.PUBLIC)
    return page.translations.get("es", {}).get("description", "")


@pytest.mark.slow
def test_our_translation_stays_whatever_the_list_does(instance, pantry, tmp_path):
    pull_texts(instance, tmp_path / "first", "Bread.", "Pan.")
    assert spanish(instance, pantry) == "Pan."
    save(instance, pantry, translations={DESCRIPTION: "Pan y quinua."})
    assert spanish(instance, pantry) == "Pan y quinua."
    for number, text in enumerate(("", "Pan fresco.")):  # dropped, and brought again
        pull_texts(instance, tmp_path / f"again{number}", "Bread.", text)
        assert spanish(instance, pantry) == "Pan y quinua."
    with instance.store.read() as session:  # the list's own records are as the list has them
        stored = select(TranslationRow.text).where(TranslationRow.field == "description")
        assert session.scalars(stored).all() == ["Pan fresco."]
        leaving = [each.text for each in public_records(session).read("translation")]
    assert "Pan fresco." in leaving
    assert "Pan y quinua." not in leaving
    words = SearchQuery(words="quinua")
    instance.index.sync()
    assert [card.service.id for card in find_services(instance, words, Audience.PUBLIC).cards]


@pytest.mark.slow
def test_a_curator_sees_all_when_the_translated_text_changes(instance, pantry, tmp_path):
    pull_texts(instance, tmp_path / "first", "Bread.", "Pan.")
    save(instance, pantry, translations={DESCRIPTION: "Pan y quinua."}, note="Ask for Dana.")
    pull_texts(instance, tmp_path / "second", "Bread and soup.", "Pan.")
    [listed] = list_local_notes(instance)
    [name] = [key for key, each in listed.fields.items() if each.is_outdated]
    found = listed.fields[name]
    assert (name, found.value) == (DESCRIPTION, "Pan y quinua.")
    assert (found.upstream_then, found.upstream_now) == (
        "Bread.\n\nPan.", "Bread and soup.\n\nPan."
    )  # fmt: skip
    keep_library_value(instance, COMMAND_LINE, pantry, DESCRIPTION)
    assert not read_local_notes(instance, pantry).is_outdated
    use_listed_value(instance, COMMAND_LINE, pantry, DESCRIPTION)
    assert spanish(instance, pantry) == "Pan."
    assert read_service(instance, pantry, Audience.PUBLIC).local_note == "Ask for Dana."


def test_a_translation_names_no_street_that_is_held_back(instance, pantry):
    save(instance, pantry, translations={DESCRIPTION: "Está en 9 Secret Way, Titusville."})
    assert "9 Secret Way" not in spanish(instance, pantry)


@pytest.mark.parametrize("hours", ["when we like", "Mon-Fri 9-25", "x" * 3000])
def test_hours_that_cannot_be_read_are_refused(instance, pantry, hours):
    with pytest.raises(RefusedError):
        save(instance, pantry, hours=hours)
    assert list_local_notes(instance) == ()


def test_records_of_our_own_have_nothing_on_top(instance, pantry):
    with instance.store.write() as session:
        session.get_one(ServiceRow, pantry).source = HAND_SOURCE
    with pytest.raises(NotFoundError):
        read_local_notes(instance, pantry)


def test_a_season_means_what_it_meant_when_it_was_typed(instance, pantry, time_machine):
    time_machine.move_to(datetime(2026, 6, 1, 16, tzinfo=UTC))
    save(instance, pantry, hours="June to August: Mon-Fri 9 am-11 am")
    time_machine.move_to(datetime(2026, 12, 1, 16, tzinfo=UTC))
    page = read_service(instance, pantry, Audience.PUBLIC)
    assert {each.valid_to for each in page.hours.schedules} == {date(2026, 8, 31)}
