"""What the public sees of a guide: its services as the directory shows them today."""

from dataclasses import replace

import pytest

from referral.curation.save import retire_record, save_draft
from referral.duplicates.merge import merge_records, undo_merge
from referral.guides import editing
from referral.guides.chosen_services import MOST_FOUND, ChosenState, find_services, read_chosen
from referral.guides.published import guide_page, open_guide
from referral.guides.records import GuideContent, GuideSection
from referral.records.accounts import COMMAND_LINE
from referral.records.hsds import Service
from tests.support.databases import database_filled
from tests.support.editing import ORGANIZATION, PANTRY, PAT, SHELTER, public, the_county, typed
from tests.support.pairs import id_of, pantry, store

NOWHERE = "00000000-0000-4000-8000-00000000dead"

directory_url = database_filled(the_county)


def made(instance, *sections):
    content = GuideContent(title="New here", text="Welcome.", sections=sections)
    editing.add_guide(instance, PAT, "a", content)
    editing.publish_guide(instance, PAT, "a")


def shown(instance):
    return [
        [card.service.id for card in part.cards]
        for part in open_guide(instance, "new-here").sections
    ]


def states(instance, *ids):
    return [read_chosen(instance, ids)[each].state for each in ids]


def test_services_stand_in_their_order_each_once(searchable):
    made(
        searchable,
        GuideSection(title="Food", service_ids=(SHELTER, PANTRY)),
        GuideSection(title="Again", note="See above.", service_ids=(PANTRY,)),
        GuideSection(title="Nothing left", service_ids=(SHELTER,)),
        GuideSection(title="In Spanish", note_es="Vea arriba."),
    )
    assert shown(searchable) == [[SHELTER, PANTRY], [], []]


@pytest.mark.slow
def test_a_retired_service_is_left_out_and_comes_back(searchable):
    made(searchable, GuideSection(title="Food", service_ids=(PANTRY, NOWHERE)))
    retire_record(searchable, "service", PANTRY, PAT)
    assert shown(searchable) == []
    assert states(searchable, PANTRY, NOWHERE) == [ChosenState.HIDDEN, ChosenState.GONE]
    retire_record(searchable, "service", PANTRY, PAT, is_retired=False)
    assert shown(searchable) == [[PANTRY]]
    assert states(searchable, PANTRY) == [ChosenState.SHOWN]


def test_what_only_staff_may_see_is_left_out(searchable):
    made(searchable, GuideSection(title="Food", service_ids=(PANTRY,)))
    save_draft(searchable, typed(searchable, "service", PANTRY, visibility="staff").draft, PAT)
    assert public(searchable, PANTRY) is None
    assert shown(searchable) == []
    assert states(searchable, PANTRY) == [ChosenState.HIDDEN]
    assert not find_services(searchable, "pantry")


def test_a_withheld_place_is_withheld_in_a_guide(searchable):
    made(searchable, GuideSection(title="Safe", service_ids=(SHELTER,)))
    ((card,),) = (part.cards for part in open_guide(searchable, "new-here").sections)
    assert card.place_withheld == public(searchable, SHELTER).place_withheld
    assert card.place_withheld
    assert card.site is None


def test_a_merged_service_is_shown_as_its_survivor_until_the_merge_is_undone(searchable):
    one, other = pantry(1), pantry(2, name="The Food Pantry")
    store(searchable, *one)
    store(searchable, *other, source="another list")
    kept, gone = id_of(one, Service), id_of(other, Service)
    made(searchable, GuideSection(title="Food", service_ids=(gone, kept)))
    assert shown(searchable) == [[gone, kept]]
    group = merge_records(searchable, COMMAND_LINE, "service", kept, gone, ())
    assert shown(searchable) == [[kept]]
    chosen = read_chosen(searchable, (gone,))[gone]
    assert (chosen.state, chosen.name, chosen.by) == (
        ChosenState.MERGED, "The Food Pantry", "Food Pantry",
    )  # fmt: skip
    undo_merge(searchable, COMMAND_LINE, group)
    assert shown(searchable) == [[gone, kept]]


@pytest.mark.slow
def test_services_are_found_by_name_and_organization(searchable):
    names = [each.name for each in find_services(searchable, "  PANTRY ")]
    assert names
    by = find_services(searchable, "pantry")[0].by
    assert [each.id for each in find_services(searchable, f"pantry {by[:5]}")] == [PANTRY]
    for nothing in ("", "  ", "pantry zzz", "%", "\x00"):
        assert not find_services(searchable, nothing)
    for number in range(3, 3 + MOST_FOUND + 2):
        store(searchable, *pantry(number))
    assert len(find_services(searchable, "food pantry")) == MOST_FOUND


def test_a_retired_organization_takes_its_services_off(searchable):
    made(searchable, GuideSection(title="Food", service_ids=(PANTRY,)))
    retire_record(searchable, "organization", ORGANIZATION, PAT)
    assert shown(searchable) == []


def test_the_day_is_that_of_the_library(searchable):
    made(searchable)
    guide = editing.read_guide(searchable, "a")
    late = guide.looked_at.replace(hour=2)  # UTC: the evening before in Pennsylvania
    page = guide_page(searchable, replace(guide, looked_at=late))
    assert (late.date() - page.looked_on).days == 1
