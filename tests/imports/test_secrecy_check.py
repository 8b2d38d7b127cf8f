"""What is stored is checked once after the rules for secret places changed."""

import pytest
from sqlalchemy import select

from referral.app.job_kinds import do_work
from referral.curation.withheld_review import decide_withheld_group, list_withheld_groups
from referral.imports import secrecy_check
from referral.imports.apply import apply_import
from referral.imports.prepare import prepare_import
from referral.imports.secrecy_check import queue_secrecy_check
from referral.records.accounts import COMMAND_LINE
from referral.records.visibility import Visibility
from referral.store.rows import AddressRow, LocationRow
from tests.support.provider_lists import pantry_list


@pytest.fixture
def stored(directory, tmp_path):
    """Give a directory in which the pantry was stored by rules that knew no secret streets."""
    apply_import(directory, prepare_import(directory, pantry_list(tmp_path / "list")))
    with directory.store.write() as session:
        for address in session.scalars(select(AddressRow)):
            if address.address_1 == "1 Elm St":
                address.address_1 = "1 Elm St (confidential)"
    return directory


def pantry(directory) -> Visibility:
    with directory.store.read() as session:
        place = session.scalars(select(LocationRow).where(LocationRow.name == "Church hall")).one()
        return Visibility(place.visibility)


def waiting(directory) -> set[str]:
    """The texts of all records that wait on the page "Held back"."""
    groups = list_withheld_groups(directory, decided=False)
    return {each.text for group in groups for each in group.records}


def check(directory) -> None:
    queue_secrecy_check(directory)
    do_work(directory, "w")


def test_a_stored_place_that_its_list_calls_secret_is_withheld_and_waits(stored):
    assert pantry(stored) is Visibility.PUBLIC
    check(stored)
    assert pantry(stored) is Visibility.WITHHELD
    assert any("1 Elm St" in text for text in waiting(stored))


def test_what_an_import_withholds_by_rule_waits(stored):
    assert any("9 Secret Way" in text for text in waiting(stored))


@pytest.mark.slow
def test_the_check_runs_once_for_the_same_rules(stored, monkeypatch):
    check(stored)
    with stored.store.write() as session:
        for place in session.scalars(select(LocationRow)):
            place.visibility = "public"
    check(stored)
    assert pantry(stored) is Visibility.PUBLIC
    monkeypatch.setattr(secrecy_check, "_rules", lambda: "other rules")
    check(stored)
    assert pantry(stored) is Visibility.WITHHELD


@pytest.mark.slow
def test_a_place_that_a_person_published_stays_public(stored, monkeypatch):
    check(stored)
    (group,) = [
        group for group in list_withheld_groups(stored, decided=False)
        if any("Elm" in each.text for each in group.records)
    ]  # fmt: skip
    decide_withheld_group(stored, group.id, {group.records[0].id}, COMMAND_LINE)
    assert pantry(stored) is Visibility.PUBLIC
    monkeypatch.setattr(secrecy_check, "_rules", lambda: "other rules")
    check(stored)
    assert pantry(stored) is Visibility.PUBLIC
