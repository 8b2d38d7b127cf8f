"""What is stored is checked once after the rules for secret places changed."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from referral.accounts.audit import AuditFilters, list_audit_entries
from referral.app.job_kinds import do_work
from referral.curation.withheld_review import decide_withheld_group, list_withheld_groups
from referral.imports import secrecy_check
from referral.imports.secrecy_check import queue_secrecy_check
from referral.records import secret_places, shelter_detection
from referral.records.accounts import COMMAND_LINE
from referral.records.classification import Attribute, TaxonomyTerm
from referral.records.edits import Author, MadeBy
from referral.records.hsds import (
    Location,
    Organization,
    Program,
    Service,
    ServiceAtLocation,
)
from referral.records.visibility import Visibility
from referral.store.rows import AddressRow, LocationRow
from tests.support.imported import import_list
from tests.support.provider_lists import pantry_list
from tests.support.rows import write_records


@pytest.fixture
def stored(instance, tmp_path):
    """Give a directory in which the pantry was stored by rules that knew no secret streets."""
    import_list(instance, pantry_list(tmp_path / "list"))
    with instance.store.write() as session:
        for address in session.scalars(select(AddressRow)):
            if address.address_1 == "1 Elm St":
                address.address_1 = "1 Elm St (confidential)"
    return instance


def pantry(instance) -> Visibility:
    with instance.store.read() as session:
        place = session.scalars(select(LocationRow).where(LocationRow.name == "Church hall")).one()
        return Visibility(place.visibility)


def waiting(instance) -> set[str]:
    """The texts of all records that wait on the page "Held back"."""
    groups = list_withheld_groups(instance, decided=False)
    return {each.text for group in groups for each in group.records}


def check(instance) -> None:
    queue_secrecy_check(instance)
    do_work(instance, "w")


def test_a_stored_place_that_its_list_calls_secret_is_withheld_and_waits(stored):
    assert pantry(stored) is Visibility.PUBLIC
    stored.index.sync()
    queue_secrecy_check(stored)
    do_work(stored, "w")
    assert stored.index.status().lag == 0
    assert pantry(stored) is Visibility.WITHHELD
    assert any("1 Elm St" in text for text in waiting(stored))
    actions = [each.action for each in list_audit_entries(stored, AuditFilters())]
    assert "place-withheld-by-rule" in actions


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
    monkeypatch.setattr(secrecy_check, "_rules_digest", lambda: "other rules")
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
    monkeypatch.setattr(secrecy_check, "_rules_digest", lambda: "other rules")
    check(stored)
    assert pantry(stored) is Visibility.PUBLIC


NAME = "Domestic violence shelter"


@pytest.mark.parametrize(
    "told",
    [
        {"service": {"name": NAME}},
        {"organization": {"name": "Domestic Violence Shelter of Erie"}},
        {"program": {"name": NAME}},
        {"taxonomy_term": {"name": NAME}},
    ],
    ids=lambda told: next(iter(told)),
)
@pytest.mark.parametrize("is_gone", [False, True])
def test_whatever_tells_of_a_shelter_withholds_its_place_while_it_is_there(instance, told, is_gone):
    records = {
        "organization": Organization(id="o", name="Haven"),
        "program": Program(id="p", organization_id="o", name="Help"),
        "taxonomy_term": TaxonomyTerm(id="t", name="Help"),
        "service": Service(id="s", organization_id="o", program_id="p", name="Beds"),
        "location": Location(id="l", name="House", latitude=41.6, longitude=-80.1),
        "service_at_location": ServiceAtLocation(id="x", service_id="s", location_id="l"),
        "attribute": Attribute(id="a", link_entity="service", link_id="s", taxonomy_term_id="t"),
    }
    for kind, record in records.items():
        changed = replace(record, **told.get(kind, {}))
        gone = {"retired_at": instance.now()} if is_gone and kind in told else {}
        write_records(instance.store, changed, **gone)
    with instance.store.write(Author(made_by=MadeBy.HAND)) as session:
        session.get_one(LocationRow, "l").name = "The house"
    check(instance)
    with instance.store.read() as session:
        place = session.get_one(LocationRow, "l").visibility
    assert place == ("public" if is_gone else "withheld")


@pytest.mark.parametrize("rules", [secret_places, shelter_detection])
def test_other_rules_are_checked_again(rules, monkeypatch):
    before = secrecy_check._rules_digest.__wrapped__()
    monkeypatch.setattr(rules, "__file__", __file__)
    assert secrecy_check._rules_digest.__wrapped__() != before
