"""What a search says comes into the open inquiry; what was said by hand, or taken out, stays so."""

import re
from html import unescape

import pytest
from sqlalchemy import select

from referral.desk.codes import AgeBand, FewerReason, Outcome
from referral.desk.inquiries import (
    add_need,
    close_inquiry,
    open_inquiry,
    read_inquiry,
    remove_need,
    set_outcome,
    update_details,
)
from referral.desk.records import InquiryDetails
from referral.desk.rows import InquiryRow
from referral.desk.search_details import (
    SearchDetails,
    fill_from_search,
    new_values_of_search,
    take_out_of_inquiry,
)
from referral.records.classification import TaxonomyTerm
from referral.store.conversion import row_from
from tests.support.desk import PANTRY

SAID = SearchDetails(
    zip_code="16335",
    values={"language": "es", "age_band": "65+", "access_needs": ["wheelchair"]},
    needs={"BD": ""},
)


def add_topics(instance):
    with instance.store.write() as session:
        for name, code in (("Food", "BD"), ("Shelter", "BH")):
            session.add(row_from(TaxonomyTerm(id=f"t-{code}", code=code, name=name)))


@pytest.fixture
def inquiry_id(instance):
    add_topics(instance)
    return open_inquiry(instance, "a1")


def details(instance, inquiry_id):
    return read_inquiry(instance, inquiry_id).details


def codes(instance, inquiry_id):
    return [need.term_code for need in read_inquiry(instance, inquiry_id).needs]


def test_what_a_search_says_comes_in_once(instance, inquiry_id):
    fill_from_search(instance, inquiry_id, SAID)
    inquiry = read_inquiry(instance, inquiry_id)
    assert (inquiry.details.zip_code, inquiry.county) == ("16335", "Crawford County, PA")
    assert (inquiry.details.language, inquiry.details.age_band) == ("es", AgeBand.SENIOR)
    assert codes(instance, inquiry_id) == ["BD"]
    assert inquiry.came_in == {"place", "language", "age_band", "access_needs", "need:BD"}
    assert new_values_of_search(inquiry, SAID) == ()


def test_what_was_said_by_hand_stays(instance, inquiry_id):
    by_hand = InquiryDetails(zip_code="16301", language="ar")
    update_details(instance, inquiry_id, by_hand)
    add_need(instance, inquiry_id, term_code="BD")
    fill_from_search(instance, inquiry_id, SAID)
    now = details(instance, inquiry_id)
    assert (now.zip_code, now.language, now.age_band) == ("16301", "ar", AgeBand.SENIOR)
    assert read_inquiry(instance, inquiry_id).came_in == {"age_band", "access_needs"}


def test_what_is_changed_by_hand_afterwards_is_said_by_hand(instance, inquiry_id):
    fill_from_search(instance, inquiry_id, SAID)
    update_details(instance, inquiry_id, InquiryDetails(zip_code="16301", language="es"))
    fill_from_search(instance, inquiry_id, SAID)
    now = details(instance, inquiry_id)
    assert (now.zip_code, now.age_band) == ("16301", None)  # emptied by hand: it stays empty
    assert read_inquiry(instance, inquiry_id).came_in == {"language", "need:BD"}


@pytest.mark.parametrize("name", ["place", "language", "age_band", "access_needs", "need:BD", ""])
def test_what_is_taken_out_stays_out(instance, inquiry_id, name):
    fill_from_search(instance, inquiry_id, SAID)
    before = read_inquiry(instance, inquiry_id).came_in
    take_out_of_inquiry(instance, inquiry_id, name)
    fill_from_search(instance, inquiry_id, SAID)
    after = read_inquiry(instance, inquiry_id)
    assert after.came_in == (before - {name} if name else set())
    if not name:
        assert (after.details, after.county, after.needs) == (InquiryDetails(), "", ())


def test_the_next_search_changes_only_what_a_search_brought_in(instance, inquiry_id):
    fill_from_search(instance, inquiry_id, SAID)
    fill_from_search(instance, inquiry_id, SearchDetails(area="Erie County, PA", needs={"BH": ""}))
    inquiry = read_inquiry(instance, inquiry_id)
    assert (inquiry.details.zip_code, inquiry.county) == ("", "Erie County, PA")
    assert inquiry.details.language == "es"
    assert codes(instance, inquiry_id) == ["BH"]


def test_a_need_that_was_spoken_of_stays_beside_the_next(instance, inquiry_id):
    fill_from_search(instance, inquiry_id, SAID)
    [need] = read_inquiry(instance, inquiry_id).needs
    set_outcome(instance, inquiry_id, need.id, Outcome.INFORMATION)
    assert "need:BD" not in read_inquiry(instance, inquiry_id).came_in
    fill_from_search(instance, inquiry_id, SearchDetails(needs={"BH": ""}))
    assert codes(instance, inquiry_id) == ["BD", "BH"]
    closed = close_inquiry(instance, inquiry_id)  # nobody spoke of BH
    assert closed.closed_at is not None
    assert codes(instance, inquiry_id) == ["BD"]
    with instance.store.read() as session:
        assert session.scalars(select(InquiryRow.from_search)).all() == [{}]


def test_all_needs_of_a_story_come_in_and_make_room_together(instance, inquiry_id):
    fill_from_search(instance, inquiry_id, SearchDetails(needs={"BD": "", "BH": ""}))
    assert codes(instance, inquiry_id) == ["BD", "BH"]
    fill_from_search(instance, inquiry_id, SearchDetails(needs={"BH": ""}))
    assert codes(instance, inquiry_id) == ["BD", "BH"], "nothing is new"


def test_a_need_removed_by_hand_is_not_brought_in_again(instance, inquiry_id):
    fill_from_search(instance, inquiry_id, SAID)
    [need] = read_inquiry(instance, inquiry_id).needs
    remove_need(instance, inquiry_id, need.id)
    fill_from_search(instance, inquiry_id, SAID)
    assert codes(instance, inquiry_id) == []
    add_need(instance, inquiry_id, term_code="BD")
    assert codes(instance, inquiry_id) == ["BD"]


def test_a_need_alone_has_to_be_spoken_of_before_closing(instance, inquiry_id):
    fill_from_search(instance, inquiry_id, SAID)
    assert close_inquiry(instance, inquiry_id).closed_at is None
    [need] = read_inquiry(instance, inquiry_id).needs
    set_outcome(instance, inquiry_id, need.id, Outcome.DECLINED, fewer_reason=FewerReason.URGENT)
    assert close_inquiry(instance, inquiry_id).closed_at is not None


def form_on(text, action):
    """The hidden fields of a form of a page."""
    found = re.search(rf'<form[^>]*action="[^"]*{action}".*?</form>', text, re.DOTALL)
    if not found:
        return None
    fields = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', found[0])
    return {name: unescape(value) for name, value in fields if name != "csrf_token"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("search", "kept"),
    [
        ("q=pantry&near=16335", ("16335", "Crawford County, PA", "", None)),
        ("q=pantry+in+meadville+pennsylvania", ("", "Crawford County, PA", "", None)),
        ("q=pantry+in+16335", ("16335", "Crawford County, PA", "", None)),
        ("q=pantry&language=es", ("", "", "es", None)),
        ("q=pantry+in+spanish&age=70", ("", "", "es", "65+")),
        ("q=pantry&age=24", ("", "", "", "18-24")),
        ("q=pantry&ages=25-64", ("", "", "", None)),
        ("q=pantry&near=41.6,-80.1", ("", "", "", None)),
        ("q=pantry&language=xx", ("", "", "", None)),
    ],
)
def test_the_button_brings_in_what_filters_and_words_say(desk, search, kept):
    desk.press("/desk/inquiries")
    page = f"/search?{search}"
    fields = form_on(desk.client.get(page).text, "from-search")
    path = f"/desk/inquiries/{desk.inquiry.id}/from-search"
    if fields:
        assert desk.press(path, page, **fields) == f"{fields['next']}#desk"
    now = desk.inquiry
    shown = (now.details.zip_code, now.county, now.details.language, now.details.age_band)
    assert shown == kept
    assert (fields is None) == (not any(kept))
    assert form_on(desk.client.get(page).text, "from-search") is None


@pytest.mark.slow
def test_a_page_that_is_only_read_notes_nothing(desk):
    desk.press("/desk/inquiries")
    desk.client.get("/search?q=pantry&near=16335")
    assert desk.inquiry.details == InquiryDetails()


@pytest.mark.slow
def test_in_danger_nothing_comes_in_by_itself(desk):
    desk.press("/desk/inquiries")
    assert "data-desk-note" in desk.client.get("/search?q=pantry&near=16335").text
    text = desk.client.get("/search?q=my+husband+hits+me&near=16335").text
    assert "data-desk-note" not in text
    assert "Note what the search says" in text


@pytest.mark.slow
def test_the_button_brings_in_each_need_of_a_story(desk):
    add_topics(desk.instance)
    desk.instance.index.sync()
    desk.press("/desk/inquiries")
    page = "/search?q=We+have+no+food.+My+son+needs+a+shelter."
    path = f"/desk/inquiries/{desk.inquiry.id}/from-search"
    desk.press(path, page, **form_on(desk.client.get(page).text, "from-search"))
    assert [need.term_code for need in desk.inquiry.needs] == ["BD", "BH"]


@pytest.mark.slow
def test_it_is_taken_out_by_its_button(desk):
    desk.press("/desk/inquiries")
    page = "/search?q=pantry&near=16335&language=es"
    path = f"/desk/inquiries/{desk.inquiry.id}"
    desk.press(f"{path}/from-search", page, **form_on(desk.client.get(page).text, "from-search"))
    text = desk.client.get(page).text
    assert 'accesskey="p"' in text
    assert 'accesskey="x"' in text
    desk.press(f"{path}/take-out", page, out="place")
    assert (desk.inquiry.details.zip_code, desk.inquiry.details.language) == ("", "es")
    desk.press(f"{path}/take-out", page, out="")
    assert desk.inquiry.details == InquiryDetails()


def test_a_service_is_given_though_another_search_replaced_the_need_of_the_page(desk):
    add_topics(desk.instance)
    desk.press("/desk/inquiries")
    inquiry_id = desk.inquiry.id
    fill_from_search(desk.instance, inquiry_id, SearchDetails(needs={"BD": ""}))
    fill_from_search(desk.instance, inquiry_id, SearchDetails(needs={"BH": ""}))
    assert [need.term_code for need in desk.inquiry.needs] == ["BH"]
    desk.press("/desk/give", service=PANTRY, need="topic:BD")
    given = {need.term_code: len(need.referrals) for need in desk.inquiry.needs}
    assert given == {"BH": 0, "BD": 1}
