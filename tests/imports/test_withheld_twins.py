"""What is withheld here stays withheld when another list brings it under another id."""

import pytest
from sqlalchemy import select

from referral.records.edits import Author, MadeBy
from referral.records.visibility import Audience
from referral.store.listings import load_listings
from referral.store.rows import OrganizationRow, ServiceRow
from tests.support.imported import import_list
from tests.support.provider_lists import pantry_list

SITE = "https://shelf.example.org"


def agency(key, name="Shepherd's Shelf", website=SITE):
    return [{"id": key, "name": name, "description": "We help.", "website": website}]


def services(owner, name="Food pantry", more_name=""):
    return [
        {
            "id": f"{owner}-s1", "organization_id": owner, "name": name,
            "alternate_name": more_name,
            "description": "Groceries for a week.", "status": "active", "assured_date": "",
        }
    ]  # fmt: skip


def phones(owner, number):
    return [{"id": f"{owner}-p", "service_id": f"{owner}-s1", "number": number, "type": "voice"}]


@pytest.fixture
def bring(instance, tmp_path):
    """Import a list of one organization with one service; what is shown of it."""

    def bring(source, key, *, number="814-555-0101", name="Food pantry", more_name="", **of_agency):
        folder = tmp_path / key
        pantry_list(
            folder, organizations=agency(key, **of_agency), services=services(key, name, more_name),
            phones=phones(key, number),
        )  # fmt: skip
        for stem in ("locations", "addresses", "service_at_location", "schedules"):
            (folder / f"{stem}.csv").unlink()
        report = import_list(instance, folder, source=source)
        with instance.store.read() as session:
            ids = session.scalars(select(ServiceRow.id).where(ServiceRow.source == source)).all()
            return bool(load_listings(session, ids, Audience.PUBLIC)), report.problems

    return bring


def withhold(instance, row):
    with instance.store.write(Author(made_by=MadeBy.HAND, account_id="a1")) as session:
        for each in session.scalars(select(row)):
            each.visibility = "withheld"


def test_the_same_service_of_another_list_is_held_for_review(instance, bring):
    assert bring("first", "o1")[0]
    withhold(instance, ServiceRow)
    is_shown, problems = bring("second", "o2", number="814-555-0155")
    assert not is_shown
    assert [each.code for each in problems if each.severity == "held"] == ["withheld-here"]


def test_the_phone_and_name_are_enough_without_a_website(instance, bring):
    bring("first", "o1", website="")
    withhold(instance, ServiceRow)
    assert not bring("second", "o2", website="")[0]


def test_a_withheld_organization_takes_its_services_along(instance, bring):
    bring("first", "o1")
    withhold(instance, OrganizationRow)
    assert not bring("second", "o2", name="Soup on Sundays", number="814-555-0155")[0]


def test_it_stays_so_when_the_list_that_brought_it_first_drops_it(instance, bring):
    bring("first", "o1")
    withhold(instance, ServiceRow)
    with instance.store.write() as session:
        for row in session.scalars(select(ServiceRow)):
            row.retired_at = instance.now()
    assert not bring("second", "o2")[0]


@pytest.mark.parametrize(
    "other",
    [
        {"name": "Soup on Sundays"},
        {"website": "https://other.example.org", "number": "814-555-0155"},
        {"website": "https://facebook.com/shelf", "number": "814-555-0155"},
    ],
)
def test_others_are_shown(instance, bring, other):
    bring("first", "o1")
    withhold(instance, ServiceRow)
    assert bring("second", "o2", **other)[0]


def test_what_somebody_published_since_is_not_held_again(instance, bring):
    bring("first", "o1")
    withhold(instance, ServiceRow)
    bring("second", "o2")
    with instance.store.write(Author(made_by=MadeBy.HAND, account_id="a1")) as session:
        row = session.scalar(select(ServiceRow).where(ServiceRow.source == "second"))
        row.visibility = "public"
    assert bring("second", "o2")[0]


@pytest.mark.slow
def test_a_known_record_that_takes_over_the_name_is_held(instance, bring):
    bring("first", "o1", name="Soup on Sundays")
    assert bring("second", "o2")[0]
    with instance.store.write(Author(made_by=MadeBy.HAND, account_id="a1")) as session:
        row = session.scalar(select(ServiceRow).where(ServiceRow.source == "first"))
        row.visibility = "withheld"
    assert bring("second", "o2")[0]  # it has not that name yet
    is_shown, problems = bring("second", "o2", more_name="Soup on Sundays")
    assert not is_shown
    assert "withheld-here" in {each.code for each in problems}
