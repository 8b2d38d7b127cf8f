"""Editing by hand: what is typed is stored by the rules of imports, in one go, or not at all."""

from dataclasses import replace

import pytest

from referral.accounts.audit import read_audit_log
from referral.curation.drafts import hash_draft, new_draft, read_draft
from referral.curation.edit_conflicts import Conflict, Side
from referral.curation.edit_history import read_history, restore_edit, restore_field
from referral.curation.form_parser import parse_form
from referral.curation.form_text import FormText, format_draft, read_building_hours
from referral.curation.save import SavedDraft, preview_draft, retire_record, save_draft
from referral.directory.listings import read_service
from referral.directory.search import find_services
from referral.errors import NotFoundError, RefusedError
from referral.records.edits import MadeBy
from referral.records.hsds import Schedule
from referral.records.visibility import Audience, Visibility
from referral.search.query import SearchQuery
from referral.store.conversion import row_from
from tests.support.databases import database_filled
from tests.support.editing import (
    HALL,
    ORGANIZATION,
    PANTRY,
    PAT,
    SAFE_HOUSE,
    SHELTER,
    TODAY,
    public,
    the_county,
    typed,
)

directory_url = database_filled(the_county)


def save(instance, reading, actor=PAT):
    assert not reading.is_refused, reading.problems
    saved = save_draft(instance, reading.draft, actor)
    assert isinstance(saved, SavedDraft)
    return saved


def found(instance, words):
    page = find_services(instance, SearchQuery(words=words), Audience.PUBLIC)
    return [card.service.id for card in page.cards]


def test_a_changed_name_is_found_at_once_and_is_in_the_history_and_the_audit_log(searchable):
    assert PANTRY not in found(searchable, "larder")
    save(searchable, typed(searchable, "service", PANTRY, name="Larder"))
    assert PANTRY in found(searchable, "larder")
    entry = read_history(searchable, "service", PANTRY).entries[0]
    [change] = entry.changes
    assert entry.made_by is MadeBy.HAND
    assert [(f.name, f.before, f.after) for f in change.fields] == [
        ("name", "Food pantry", "Larder")
    ]
    logged = read_audit_log(searchable).entries[0]
    assert (logged.action, logged.record_id) == ("record-changed", PANTRY)
    assert "Larder" not in str(logged)


def test_saving_what_was_not_touched_changes_nothing(searchable):
    saved = save(searchable, typed(searchable, "service", PANTRY))
    assert not saved.is_changed
    assert len(read_history(searchable, "service", PANTRY).entries) == 1


def test_rows_are_added_changed_and_taken_away(searchable):
    phones = [
        {"id": p.id, "number": "814 555 0199 ext 7", "type": "voice", "visibility": "public"}
        for p in read_draft(searchable, "service", PANTRY).of_kind("phone")
    ]
    phones.append({"id": "", "number": "800-555-HELP", "type": "hotline", "visibility": "staff"})
    save(searchable, typed(searchable, "service", PANTRY, {"phone": phones}))
    stored = read_draft(searchable, "service", PANTRY).of_kind("phone")
    assert [(p.tel, p.extension, p.visibility) for p in stored] == [
        ("+18145550199", "7", Visibility.PUBLIC),
        ("+18005554357", "", Visibility.STAFF),
    ]
    assert [p.tel for p in public(searchable, PANTRY).phones] == ["+18145550199"]
    save(searchable, typed(searchable, "service", PANTRY, {"phone": []}))
    assert not read_draft(searchable, "service", PANTRY).of_kind("phone")


def test_hours_are_read_as_people_write_them(searchable):
    save(searchable, typed(searchable, "service", PANTRY, hours="Mon-Fri 9-5; 1st Sat 10-2"))
    stored = read_draft(searchable, "service", PANTRY)
    assert {(s.byday, s.opens_at, s.closes_at) for s in stored.of_kind("schedule")} == {
        ("MO,TU,WE,TH,FR", "09:00", "17:00"), ("1SA", "10:00", "14:00"),
    }  # fmt: skip
    assert format_draft(stored).fields["hours"] == "Mon-Fri 9 am-5 pm\n1st Sat 10 am-2 pm"


def test_hours_that_name_the_place_are_edited_there(searchable):
    link = read_draft(searchable, "service", PANTRY).of_kind("service_at_location")[0]
    hours = {"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00", "closes_at": "17:00"}
    with searchable.store.write() as session:
        session.add(row_from(Schedule(id="h", service_id=PANTRY, location_id=HALL, **hours)))
    fields = format_draft(read_draft(searchable, "service", PANTRY)).fields
    assert (fields["hours"], fields[f"hours.{link.id}"]) == (
        "Mon, Wed 9 am-12 pm",
        "Mon 9 am-5 pm",
    )
    save(searchable, typed(searchable, "service", PANTRY, **{f"hours.{link.id}": "Tue 9-5"}))
    site = public(searchable, PANTRY).sites[0]
    assert [(each.id, each.byday) for each in site.schedules] == [("h", "TU")]


def test_seasons_holidays_and_appointments_stay_in_the_text(searchable):
    text = "Mon-Fri 9-5 except holidays; Sat by appointment; June to August: Mon-Sat 9-12"
    save(searchable, typed(searchable, "service", PANTRY, hours=text))
    stored = read_draft(searchable, "service", PANTRY)
    again = format_draft(stored).fields["hours"]
    assert again == (
        "Mon-Fri 9 am-5 pm, closed on holidays, until May 31, 2027\n"
        "Sat by appointment, until May 31, 2027\n"
        "Mon-Sat 9 am-12 pm, June 1, 2027 to August 31, 2027\n"
        "Mon-Fri 9 am-5 pm, closed on holidays, from September 1, 2027\n"
        "Sat by appointment, from September 1, 2027"
    )
    assert format_draft(stored).rows["schedule"] == ()
    # The same hours in other words change nothing.
    same = typed(
        searchable, "service", PANTRY, hours=again.replace("Mon-Sat", "Monday to Saturday")
    )
    assert set(same.draft.of_kind("schedule")) == set(stored.of_kind("schedule"))


def test_what_is_read_of_hours_is_kept_and_the_rest_stays_in_words(searchable):
    reading = typed(searchable, "service", PANTRY, hours="Mon-Fri 9-5; Sat 9-11")
    assert "Is “9-11” morning or evening?" in reading.problems[0].problem.detail
    assert [each.description for each in reading.draft.of_kind("schedule")] == ["", "Sat 9-11"]
    assert (
        not typed(searchable, "service", PANTRY, hours="Mon-Fri 9-5; June to July: Mon 9-3")
        .draft.of_kind("schedule")[0]
        .opens_at
    )


def test_the_hours_of_the_building_count_where_the_service_has_none(searchable):
    save(searchable, typed(searchable, "location", HALL, hours="Mon 8-6"))
    save(searchable, typed(searchable, "service", PANTRY, hours=""))

    def level(**texts):
        (place,) = read_building_hours(
            searchable, typed(searchable, "service", PANTRY, **texts).draft
        )
        assert [each.byday for each in place.schedules] == ["MO"]
        return place.level

    (link,) = read_draft(searchable, "service", PANTRY).of_kind("service_at_location")
    assert level() == "location"
    assert level(hours="Tue 9-5") == "service"
    assert level(hours="Tue 9-5", **{f"hours.{link.id}": "Wed 9-5"}) == "service_at_location"


def test_hours_that_cannot_be_read_are_kept_as_words_and_pointed_out(searchable):
    reading = typed(searchable, "service", PANTRY, hours="when the light is on")
    assert [p.problem.code for p in reading.problems] == ["hours-not-understood"]
    save(searchable, reading)
    [schedule] = read_draft(searchable, "service", PANTRY).of_kind("schedule")
    assert schedule.description == "when the light is on"


@pytest.mark.parametrize(
    ("kind", "text", "codes", "unknown"),
    [
        ("zip", "16335, 16327 16335", "16335|16327", ""),
        ("zip", "99999", "99999", "99999"),
        ("city", "Meadville, PA\nTitusville, pa", "Meadville, PA|Titusville, PA", ""),
        ("city", "Nosuchtown, PA", "Nosuchtown, PA", "Nosuchtown, PA"),
        ("county", "Crawford, PA; Erie County, PA", "Crawford County, PA|Erie County, PA", ""),
        ("state", "Pennsylvania, oh", "PA|OH", ""),
        ("nation", "", "US", ""),
    ],
)
def test_areas_are_checked_against_the_places_we_know(searchable, kind, text, codes, unknown):
    rows = {"service_area": [{"id": "", "area_kind": kind, "area_codes": text, "name": "x"}]}
    reading = typed(searchable, "service", PANTRY, rows)
    [area] = reading.draft.of_kind("service_area")
    assert area.area_codes == codes
    said = " ".join(p.problem.detail for p in reading.problems)
    assert unknown in said
    assert bool(said) == bool(unknown)


def test_what_no_rule_can_read_is_refused_at_its_field_and_nothing_is_written(searchable):
    reading = typed(searchable, "service", PANTRY, minimum_age="old", name=" ")
    assert reading.is_refused
    assert {p.place for p in reading.problems} == {"minimum_age", "name"}
    with pytest.raises(RefusedError):
        save_draft(searchable, reading.draft, PAT)
    assert read_draft(searchable, "service", PANTRY).name == "Food pantry"


def test_spanish_is_shown_and_found(searchable):
    save(searchable, typed(searchable, "service", PANTRY, es__name="Despensa de comida"))
    assert public(searchable, PANTRY).translations["es"]["name"] == "Despensa de comida"
    assert PANTRY in found(searchable, "despensa")


def test_headings_set_by_hand_stay_and_go_back_to_the_rules(searchable):
    def headings():
        return public(searchable, PANTRY).headings

    by_rule = headings()
    save(
        searchable,
        typed(searchable, "service", PANTRY, {"service_heading": [{"heading": "legal"}]}),
    )
    assert headings() == ("legal",)
    save(searchable, typed(searchable, "service", PANTRY, {"service_heading": []}))
    assert headings() == by_rule != ("legal",)


@pytest.mark.slow
def test_a_record_added_by_hand_is_found_and_can_be_retired_and_brought_back(searchable):
    draft = new_draft("service", ORGANIZATION)
    reading = parse_form(
        FormText(
            fields={**format_draft(draft).fields, "name": "Tool lending", "status": "active"},
            rows={"service_at_location": ({"id": "", "location_id": HALL},)},
        ),
        draft,
        TODAY,
    )
    saved = save(searchable, reading)
    assert saved.record_id in found(searchable, "tool lending")
    assert [site.location.id for site in public(searchable, saved.record_id).sites] == [HALL]
    retire_record(searchable, "service", saved.record_id, PAT)
    assert saved.record_id not in found(searchable, "tool lending")
    assert read_draft(searchable, "service", saved.record_id).is_retired
    retire_record(searchable, "service", saved.record_id, PAT, is_retired=False)
    assert saved.record_id in found(searchable, "tool lending")


def test_sending_a_new_record_twice_adds_it_once(searchable):
    draft = new_draft("organization")
    reading = parse_form(FormText(fields={"name": "Harbor"}), draft, TODAY)
    assert save(searchable, reading).is_changed
    assert not save(searchable, reading).is_changed


def test_a_moved_place_is_put_into_the_middle_of_its_zip_code(searchable):
    def place():
        return read_draft(searchable, "location", HALL).record

    assert place().position_source == "zip"
    before = place().latitude
    row = format_draft(read_draft(searchable, "location", HALL)).rows["address"][0]
    address = {**row, "postal_code": "16354", "city": "Titusville"}
    save(searchable, typed(searchable, "location", HALL, {"address": [address]}))
    assert place().latitude != before
    assert place().position_source == "zip"
    save(searchable, typed(searchable, "location", HALL, latitude="41.5", longitude="-80.25"))
    assert (place().latitude, place().longitude, place().position_source) == (41.5, -80.25, "file")


def test_a_part_of_another_record_cannot_be_taken_over(searchable):
    theirs = read_draft(searchable, "service", SHELTER).of_kind("phone")[0]
    rows = {"phone": [{"id": theirs.id, "number": "814-555-0000", "visibility": "public"}]}
    with pytest.raises(RefusedError):
        save_draft(searchable, typed(searchable, "service", PANTRY, rows).draft, PAT)
    assert read_draft(searchable, "service", SHELTER).of_kind("phone")[0].number == theirs.number


def test_a_place_that_is_gone_is_refused_in_words(searchable):
    rows = {"service_at_location": [{"id": "", "location_id": "nowhere"}]}
    with pytest.raises(RefusedError, match="location chosen is gone; choose another one"):
        save_draft(searchable, typed(searchable, "service", PANTRY, rows).draft, PAT)


# ------------------------------------------------------------------ two people


def test_two_people_lose_nothing(searchable):
    mine = typed(searchable, "service", PANTRY, name="Mine", url="http://mine.example.org").draft
    theirs = typed(searchable, "service", PANTRY, name="Theirs", email="they@example.org").draft
    assert isinstance(save_draft(searchable, theirs, PAT), SavedDraft)
    conflict = save_draft(searchable, mine, PAT)
    assert isinstance(conflict, Conflict)
    assert read_draft(searchable, "service", PANTRY).name == "Theirs"
    told = {d.key: (d.base, d.theirs, d.yours, d.proposed) for d in conflict.differences()}
    assert told == {
        "name": ("Food pantry", "Theirs", "Mine", None),
        "url": ("", "", "http://mine.example.org", Side.YOURS),
        "email": ("", "they@example.org", "", Side.THEIRS),
    }
    _, open_keys = conflict.resolved({})
    assert open_keys == ("name",)
    resolved, open_keys = conflict.resolved({"name": Side.YOURS})
    assert not open_keys
    assert isinstance(save_draft(searchable, resolved, PAT), SavedDraft)
    record = read_draft(searchable, "service", PANTRY).record
    assert (record.name, record.url, record.email) == (
        "Mine", "http://mine.example.org", "they@example.org",
    )  # fmt: skip


def test_hours_that_two_people_typed_alike_stay_as_stored(searchable):
    hours = "Sun closed; 1st Sat 10-2"
    mine = typed(searchable, "location", HALL, hours=hours, description="Mine").draft
    save_draft(searchable, typed(searchable, "location", HALL, hours=hours).draft, PAT)
    stored = {each.id for each in read_draft(searchable, "location", HALL).of_kind("schedule")}
    resolved, open_keys = save_draft(searchable, mine, PAT).resolved({})
    assert (len(stored), open_keys) == (2, ())
    save_draft(searchable, resolved, PAT)
    after = read_draft(searchable, "location", HALL)
    assert after.record.description == "Mine"
    assert {each.id for each in after.of_kind("schedule")} == stored


def test_rows_that_two_people_add_are_both_kept(searchable):
    def with_phone(number):
        rows = format_draft(read_draft(searchable, "service", PANTRY)).rows["phone"]
        new = {"id": "", "number": number, "type": "voice", "visibility": "public"}
        return typed(searchable, "service", PANTRY, {"phone": [*rows, new]}).draft

    mine, theirs = with_phone("814-555-0777"), with_phone("814-555-0888")
    save_draft(searchable, theirs, PAT)
    conflict = save_draft(searchable, mine, PAT)
    resolved, open_keys = conflict.resolved({})
    assert not open_keys
    save_draft(searchable, resolved, PAT)
    numbers = {p.number for p in read_draft(searchable, "service", PANTRY).of_kind("phone")}
    assert {"814-555-0777", "814-555-0888", "814-555-0101"} <= numbers


def test_what_an_import_changed_meanwhile_is_a_conflict_too(searchable):
    mine = typed(searchable, "service", PANTRY, name="Mine").draft
    retire_record(searchable, "service", PANTRY, PAT)
    conflict = save_draft(searchable, mine, PAT)
    assert isinstance(conflict, Conflict)
    assert conflict.theirs.is_retired


# ------------------------------------------------------------------ history


def test_one_field_is_restored_and_the_rest_stays(searchable):
    save(searchable, typed(searchable, "service", PANTRY, name="Larder", email="l@example.org"))
    change = read_history(searchable, "service", PANTRY).entries[0].changes[0]
    assert restore_field(searchable, "service", PANTRY, change.number, "name", PAT)
    record = read_draft(searchable, "service", PANTRY).record
    assert (record.name, record.email) == ("Food pantry", "l@example.org")
    assert read_history(searchable, "service", PANTRY).entries[0].made_by is MadeBy.RESTORE
    assert not restore_field(searchable, "service", PANTRY, change.number, "name", PAT)


def test_a_change_of_another_record_is_not_restored_here(searchable):
    save(searchable, typed(searchable, "service", SHELTER, name="Haven"))
    entry = read_history(searchable, "service", SHELTER).entries[0]
    with pytest.raises(NotFoundError):
        restore_edit(searchable, "service", PANTRY, entry.group_id, PAT)


def test_a_number_that_an_edit_hid_is_public_again_when_it_is_restored(searchable):
    phones = [{"id": "", "number": "814-555-0777", "type": "voice", "visibility": "public"}]
    for each in (PANTRY, SHELTER):
        save(searchable, typed(searchable, "service", each, {"phone": phones}))

    def numbers():
        page = read_service(searchable, SHELTER, Audience.PUBLIC)
        return [phone.tel for phone in page.phones]

    assert numbers() == ["+18145550777"]
    [phone] = read_service(searchable, PANTRY, Audience.PUBLIC).phones
    hidden = [{**phones[0], "id": phone.id, "visibility": "staff"}]
    save(searchable, typed(searchable, "service", PANTRY, {"phone": hidden}))
    assert numbers() == []
    entry = read_history(searchable, "service", PANTRY).entries[0]
    assert restore_edit(searchable, "service", PANTRY, entry.group_id, PAT)
    assert numbers() == ["+18145550777"]


@pytest.mark.slow
def test_taking_every_edit_back_gives_the_first_state(searchable):
    first = hash_draft(read_draft(searchable, "service", PANTRY))
    phones = [{"id": "", "number": "814-555-0777", "type": "voice", "visibility": "public"}]
    save(
        searchable,
        typed(searchable, "service", PANTRY, {"phone": phones}, name="A", hours="Sun 1-3"),
    )
    save(
        searchable, typed(searchable, "service", PANTRY, {"service_at_location": []}, es__name="Be")
    )
    save(searchable, typed(searchable, "service", PANTRY, {"phone": []}, assured_date="2026-03-04"))
    retire_record(searchable, "service", PANTRY, PAT)
    retire_record(searchable, "service", PANTRY, PAT, is_retired=False)
    entries = [
        e for e in read_history(searchable, "service", PANTRY).entries if e.made_by == "hand"
    ]
    assert len(entries) == 5
    for entry in entries:
        assert restore_edit(searchable, "service", PANTRY, entry.group_id, PAT)
    assert hash_draft(read_draft(searchable, "service", PANTRY)) == first


@pytest.mark.slow
def test_long_histories_have_pages(searchable):
    for number in range(25):
        save(searchable, typed(searchable, "service", PANTRY, name=f"Name {number}"))
    first, second = (read_history(searchable, "service", PANTRY, page) for page in (1, 2))
    assert (first.entries.pages, len(first.entries), len(second.entries)) == (2, 20, 6)
    assert second.entries[-1].made_by is MadeBy.IMPORT
    assert second.entries[-1].list_name == "county"


# ------------------------------------------------------------------ preview


def test_a_preview_shows_the_draft_and_writes_nothing(searchable):
    before = read_draft(searchable, "service", PANTRY)
    preview = preview_draft(searchable, typed(searchable, "service", PANTRY, name="Not yet").draft)
    assert preview.service.service.name == "Not yet"
    assert read_draft(searchable, "service", PANTRY) == before
    assert public(searchable, PANTRY).service.name == "Food pantry"


def test_a_preview_for_the_public_has_no_withheld_address(searchable):
    preview = preview_draft(searchable, typed(searchable, "service", SHELTER, name="Haven").draft)
    assert preview.service.place_withheld
    assert "Secret Way" not in repr(preview)
    row = format_draft(read_draft(searchable, "location", HALL)).rows["address"][0]
    reading = typed(searchable, "location", HALL, {"address": [{**row, "visibility": "withheld"}]})
    assert "1 Elm" not in repr(preview_draft(searchable, reading.draft))
    assert "1 Elm" in repr(preview_draft(searchable, typed(searchable, "location", HALL).draft))


def test_a_withheld_record_has_no_preview(searchable):
    draft = read_draft(searchable, "location", SAFE_HOUSE)
    assert preview_draft(searchable, draft).service is None
    hidden = replace(draft.record, visibility=Visibility.STAFF)
    assert preview_draft(searchable, replace(draft, record=hidden)).organization is None
    reading = typed(searchable, "service", PANTRY, visibility="staff")
    assert preview_draft(searchable, reading.draft).service is None
