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
from referral.records.directory import Service
from tests.support.editing import ORGANIZATION, PANTRY, PAT, SHELTER, bring_in, public, typed
from tests.support.pairs import id_of, pantry, store

NOWHERE = "00000000-0000-4000-8000-00000000dead"


@pytest.fixture
def county(directory, tmp_path):
    bring_in(directory, tmp_path)
    return directory


def made(directory, *sections):
    content = GuideContent(title="New here", text="Welcome.", sections=sections)
    editing.add_guide(directory, PAT, "a", content)
    editing.publish_guide(directory, PAT, "a")


def shown(directory):
    return [
        [card.service.id for card in part.cards]
        for part in open_guide(directory, "new-here").sections
    ]


def states(directory, *ids):
    return [read_chosen(directory, ids)[each].state for each in ids]


def test_services_stand_in_their_order_each_once(county):
    made(
        county,
        GuideSection(title="Food", service_ids=(SHELTER, PANTRY)),
        GuideSection(title="Again", note="See above.", service_ids=(PANTRY,)),
        GuideSection(title="Nothing left", service_ids=(SHELTER,)),
        GuideSection(title="In Spanish", note_es="Vea arriba."),
    )
    assert shown(county) == [[SHELTER, PANTRY], [], []]


@pytest.mark.slow
def test_a_retired_service_is_left_out_and_comes_back(county):
    made(county, GuideSection(title="Food", service_ids=(PANTRY, NOWHERE)))
    retire_record(county, "service", PANTRY, PAT)
    assert shown(county) == []
    assert states(county, PANTRY, NOWHERE) == [ChosenState.HIDDEN, ChosenState.GONE]
    retire_record(county, "service", PANTRY, PAT, is_retired=False)
    assert shown(county) == [[PANTRY]]
    assert states(county, PANTRY) == [ChosenState.SHOWN]


def test_what_only_staff_may_see_is_left_out(county):
    made(county, GuideSection(title="Food", service_ids=(PANTRY,)))
    save_draft(county, typed(county, "service", PANTRY, visibility="staff").draft, PAT)
    assert public(county, PANTRY) is None
    assert shown(county) == []
    assert states(county, PANTRY) == [ChosenState.HIDDEN]
    assert not find_services(county, "pantry")


def test_a_withheld_place_is_withheld_in_a_guide(county):
    made(county, GuideSection(title="Safe", service_ids=(SHELTER,)))
    ((card,),) = (part.cards for part in open_guide(county, "new-here").sections)
    assert card.place_withheld == public(county, SHELTER).place_withheld
    assert card.place_withheld
    assert card.site is None


def test_a_merged_service_is_shown_as_its_survivor_until_the_merge_is_undone(directory):
    one, other = pantry(1), pantry(2, name="The Food Pantry")
    store(directory, *one)
    store(directory, *other, source="another list")
    kept, gone = id_of(one, Service), id_of(other, Service)
    made(directory, GuideSection(title="Food", service_ids=(gone, kept)))
    assert shown(directory) == [[gone, kept]]
    group = merge_records(directory, COMMAND_LINE, "service", kept, gone, ())
    assert shown(directory) == [[kept]]
    chosen = read_chosen(directory, (gone,))[gone]
    assert (chosen.state, chosen.name, chosen.by) == (
        ChosenState.MERGED, "The Food Pantry", "Food Pantry",
    )  # fmt: skip
    undo_merge(directory, COMMAND_LINE, group)
    assert shown(directory) == [[gone, kept]]


@pytest.mark.slow
def test_services_are_found_by_name_and_organization(county):
    names = [each.name for each in find_services(county, "  PANTRY ")]
    assert names
    by = find_services(county, "pantry")[0].by
    assert [each.id for each in find_services(county, f"pantry {by[:5]}")] == [PANTRY]
    for nothing in ("", "  ", "pantry zzz", "%", "\x00"):
        assert not find_services(county, nothing)
    for number in range(3, 3 + MOST_FOUND + 2):
        store(county, *pantry(number))
    assert len(find_services(county, "food pantry")) == MOST_FOUND


def test_a_retired_organization_takes_its_services_off(county):
    made(county, GuideSection(title="Food", service_ids=(PANTRY,)))
    retire_record(county, "organization", ORGANIZATION, PAT)
    assert shown(county) == []


def test_the_day_is_that_of_the_library(county):
    made(county)
    guide = editing.read_guide(county, "a")
    late = guide.looked_at.replace(hour=2)  # UTC: the evening before in Pennsylvania
    page = guide_page(county, replace(guide, looked_at=late))
    assert (late.date() - page.looked_on).days == 1
