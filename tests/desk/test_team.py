"""Shift notes end by themselves; saved searches belong to one desk."""

from datetime import timedelta

import pytest

from referral.desk.saved_searches import delete_saved_search, list_saved_searches, save_search
from referral.desk.shift_notes import add_shift_note, delete_expired_notes, read_shift_notes
from referral.directory.instance import local_today
from referral.errors import RefusedError
from tests.support.staff import add_account


def test_a_shift_note_is_shown_through_its_last_day(instance, services, time_machine):
    account, now, today = add_account(instance), instance.now(), local_today(instance)
    add_shift_note(instance, account, services[0], "Closed for lunch", today)
    add_shift_note(instance, account, services[0], "Ask for Dana")
    add_shift_note(instance, account, services[1], "Use the side door")

    def shown(*service_ids):
        notes = read_shift_notes(instance, service_ids)
        return [(each.words, each.author) for key in service_ids for each in notes.get(key, ())]

    assert shown(services[0]) == [("Closed for lunch", "Pat"), ("Ask for Dana", "Pat")]
    assert delete_expired_notes(instance) == 0
    time_machine.move_to(now + timedelta(days=14))
    assert shown(*services) == [("Ask for Dana", "Pat"), ("Use the side door", "Pat")]
    assert delete_expired_notes(instance) == 1
    time_machine.move_to(now + timedelta(days=15))
    assert shown(*services) == []
    assert delete_expired_notes(instance) == 2


def test_a_note_needs_words_and_a_near_last_day(instance, services):
    account, today = add_account(instance), local_today(instance)
    for words, days in ((" ", 1), ("x" * 201, 1), ("Late", -1), ("Late", 367)):
        with pytest.raises(RefusedError):
            add_shift_note(instance, account, services[0], words, today + timedelta(days=days))
    add_shift_note(instance, account, services[0], "x" * 200, today + timedelta(days=366))


def test_a_saved_search_has_a_name_of_its_own_at_its_desk(instance):
    for desk, name, words in (
        ("north", "Pantries", "food"), ("north", "Beds", "bed"), ("south", "Pantries", "soup"),
        ("north", "Pantries", "pantry"),
    ):  # fmt: skip
        save_search(instance, desk, name, {"q": words})
    beds, pantries = list_saved_searches(instance, "north")
    assert (beds.name, pantries.name, pantries.address) == ("Beds", "Pantries", {"q": "pantry"})
    delete_saved_search(instance, beds.id)
    assert list_saved_searches(instance, "north") == (pantries,)
    assert [each.address for each in list_saved_searches(instance, "south")] == [{"q": "soup"}]
