"""The local number in the panel of danger: a hotline for it, or none at all."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from referral.directory.danger import crisis_help_lines
from referral.directory.local_hotlines import find_local_hotline
from referral.fields.places.lookup import find_zip
from referral.search.query import SearchQuery
from referral.store.rows import PhoneRow, ScheduleRow, ServiceRow
from tests.support.inspector import soup_of
from tests.support.real_lists import DISTRICT


def local_for(instance, words, **more):
    line = crisis_help_lines(instance, words).danger[0]
    question = instance.index.search(SearchQuery(words=words, **more)).question
    return find_local_hotline(instance, question, line)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("i want to die", "Crisis Line"),
        ("my husband hits me", "24-hour Survivors' Hotline"),
        ("poison", "Poison Help Line"),
        ("adult protective services", "Report Elder Abuse or Neglect"),
    ],
)
def test_it_is_a_hotline_of_the_county_for_this_danger(sample_instance, words, name):
    found = local_for(sample_instance, words)
    assert found.service.name == name
    assert found.phone.tel
    near = local_for(sample_instance, words, near=find_zip("16335"), headings=("food",))
    assert near.service.name == name, "filters do not hide it"


def test_there_is_none_for_911_and_for_words_without_a_local_service(sample_instance):
    assert local_for(sample_instance, "he has a gun") is None
    assert local_for(sample_instance, "child abuse") is None


@pytest.mark.slow
def test_a_hotline_for_something_else_and_the_national_number_are_no_local_number(demo):
    def renamed(**values):
        before = local_for(demo, "i want to die")
        with demo.store.write() as session:
            row = session.get(PhoneRow, before.phone.id)
            for name, value in values.items():
                setattr(row, name, value)
        demo.index.sync()
        after = local_for(demo, "i want to die")
        return before.phone.id, after.phone.id if after else ""

    before, after = renamed(description="Sexual health hotline")
    assert before != after


@pytest.mark.slow
def test_a_number_of_the_help_lines_is_no_local_number(demo):
    before = local_for(demo, "i want to die")
    with demo.store.write() as session:
        session.get(PhoneRow, before.phone.id).tel = "988"
    demo.index.sync()
    after = local_for(demo, "i want to die")
    assert after is None or after.phone.id != before.phone.id


@pytest.mark.slow
def test_an_office_is_promoted_only_by_a_hotline_or_day_and_night(demo):
    before = local_for(demo, "my husband hits me")
    with demo.store.write() as session:
        session.get(ServiceRow, before.service.id).name = "Domestic Violence Unit"
        session.get(PhoneRow, before.phone.id).description = "Front desk"
        for row in session.scalars(select(ScheduleRow)):
            row.retired_at = demo.now()
    demo.index.sync()
    after = local_for(demo, "my husband hits me")
    assert after is None or after.service.id != before.service.id


def test_the_panel_says_the_hours_and_that_nobody_checked(sample_client, sample_instance):
    page = soup_of(sample_client.get("/search?q=my+husband+hits+me"))
    panel = page.select_one(".is-local")
    found = local_for(sample_instance, "my husband hits me")
    assert found.service.name in panel.text
    assert ("Open day and night" in panel.text) == found.hours.always
    assert ("not checked this" in panel.text) == found.call_first


@pytest.mark.release
def test_no_office_of_a_real_list_is_promoted(listed_instance):
    instance = listed_instance(DISTRICT)
    for words in ("my husband hits me", "i was raped", "veteran suicidal", "child abuse"):
        found = local_for(instance, words)
        if found is None:
            continue
        said = f"{found.service.name} {found.phone.description}".casefold()
        assert "hotline" in said or "crisis line" in said or found.hours.always, words
        assert not re.search(r"legal|police|clinic", said)
        assert found.phone.tel != "711"
    assert local_for(instance, "my husband hits me").phone.tel == "+12027498000"
