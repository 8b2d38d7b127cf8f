"""Clerical review: pair after pair, decisions that stay, and taking the last one back."""

import pytest

from referral.accounts.audit import read_audit_log
from referral.duplicates.candidates import find_duplicates
from referral.duplicates.duplicate_queue import decide_duplicate, list_duplicates, merge_pair
from referral.duplicates.records import PairStatus
from referral.duplicates.review import next_pair_id, read_progress, undo_last_decision
from referral.duplicates.web.comparison import mark_words
from referral.errors import NotFoundError
from referral.records.accounts import COMMAND_LINE, Role
from referral.store.rows import OrganizationRow
from tests.support.inspector import soup_of
from tests.support.pairs import everything, pantry, store
from tests.support.staff import add_account, post, signed_in_client

HOME = "/curation/duplicates"


@pytest.fixture
def found(instance):
    """Give a directory in which two lists have the same pantry; its pairs are found."""
    store(instance, *pantry(1, url="https://a.example"), source="one list")
    store(instance, *pantry(2, description="Open to all."), source="another list")
    find_duplicates(instance)
    return instance


def test_decided_pairs_are_counted_and_taken_back_in_turn(found):
    before = everything(found)
    first = next_pair_id(found)
    total = read_progress(found, COMMAND_LINE).total
    assert (read_progress(found, COMMAND_LINE).place, total) == (1, 3)
    decide_duplicate(found, COMMAND_LINE, first, PairStatus.DIFFERENT)
    second = next_pair_id(found)
    pair = next(each for each in list_duplicates(found, PairStatus.OPEN).pairs if each.id == second)
    merge_pair(found, COMMAND_LINE, second, pair.first_id, [])
    progress = read_progress(found, COMMAND_LINE)
    assert (progress.place, progress.total) == (3, total)
    assert progress.last is not None
    assert progress.last.id == second
    assert undo_last_decision(found, COMMAND_LINE) == second
    assert everything(found) == before
    assert undo_last_decision(found, COMMAND_LINE) == first
    assert next_pair_id(found) == first
    with pytest.raises(NotFoundError):
        undo_last_decision(found, COMMAND_LINE)


def test_a_later_import_does_not_ask_again(found):
    ids = {pair.id for pair in list_duplicates(found, PairStatus.OPEN).pairs}
    for each in ids:
        decide_duplicate(found, COMMAND_LINE, each, PairStatus.DIFFERENT)
    with found.store.write() as session:
        for row in session.query(OrganizationRow):
            row.description = "The list came in again."
    find_duplicates(found)
    assert next_pair_id(found) == ""
    assert {pair.id for pair in list_duplicates(found, PairStatus.DIFFERENT).pairs} == ids


def test_what_is_off_the_list_is_asked_about_no_more(instance):
    for number in (1, 2, 3):
        store(instance, *pantry(number), source=f"list {number}")
    find_duplicates(instance)
    pairs = list_duplicates(instance, PairStatus.OPEN, "organization").pairs
    assert len(pairs) == 3
    merge_pair(instance, COMMAND_LINE, pairs[0].id, pairs[0].first_id, [])
    left = list_duplicates(instance, PairStatus.OPEN, "organization").pairs
    assert len(left) == 1
    assert pairs[0].second_id not in {left[0].first_id, left[0].second_id}


@pytest.mark.slow
def test_pages_lead_from_pair_to_pair(found, app):
    add_account(found, [Role.CURATION])
    staff = signed_in_client(app)
    review = f"{HOME}/review"
    assert f'href="{review}"' in staff.get(HOME).text
    page = soup_of(staff.get(review))
    assert page.select_one(".review-progress strong").text == "1 of 3"
    states = [each.text.strip() for each in page.select(".beside-state")]
    assert "same" in states
    merge = page.select_one("#merge")["action"]
    keep = page.select_one("#merge [name=keep]")["value"]
    assert post(staff, merge, review, keep=keep, next="1").location == review
    page = soup_of(staff.get(review))
    assert "same, merged" in page.select_one("#last-decision").text
    answer = post(staff, f"{review}/undo", review)
    assert answer.location == merge.removesuffix("/merge")
    assert "1 of 3" in staff.get(answer.location).text
    for _ in range(3):
        page = soup_of(staff.get(review))
        decide = page.select_one("[data-key=d]").find_parent("form")["action"]
        post(staff, decide, review, decision="different", next="1")
    assert "Every pair is decided" in staff.get(review, follow_redirects=True).text
    assert read_audit_log(found).entries[0].action == "duplicate-different"
    assert post(staff, f"{review}/undo", HOME).status_code == 302


def test_words_that_differ_are_marked():
    one, other = mark_words("Food for all families", "food for some")
    assert one == (("Food for", False), ("all families", True))
    assert other == (("food for", False), ("some", True))
    assert mark_words(None, 18) == ((), (("18", True),))


def test_a_list_that_nobody_searched_is_not_called_decided(instance, app):
    add_account(instance, [Role.CURATION])
    librarian = signed_in_client(app)
    page = librarian.get(f"{HOME}/review", follow_redirects=True).get_data(as_text=True)
    assert "Nobody has looked for duplicates yet." in page
    assert "Every pair is decided." not in page
    find_duplicates(instance)
    page = librarian.get(f"{HOME}/review", follow_redirects=True).get_data(as_text=True)
    assert "Every pair is decided." in page
    assert "Nobody has looked" not in page
