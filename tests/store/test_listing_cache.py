"""Kept listings are never older than the store, and cost two queries to ask for."""

import pytest
from sqlalchemy import event, select

from referral.records.hsds import Organization, Phone, Service
from referral.records.visibility import Audience
from referral.store.change_log import log_changes
from referral.store.conversion import row_from
from referral.store.listing_cache import ListingCache
from referral.store.rows import CrosswalkRuleRow, HeadingRow, OrganizationRow, PhoneRow, ServiceRow
from referral.store.rows_log import StoreStateRow
from referral.store.terms import CROSSWALK_RULE, HEADING
from tests.support.rows import change_row


@pytest.fixture
def store(each_store):
    with each_store.write() as session:
        session.add(row_from(Organization(id="o1", name="One")))
        session.add_all(
            row_from(Service(id=f"s{number}", organization_id="o1", name="Food"))
            for number in range(5)
        )
        session.add(row_from(Phone(id="p1", service_id="s1", number="814-555-0101")))
    return each_store


@pytest.fixture
def statements(store):
    """Give a list that every SQL statement is added to."""
    seen: list[str] = []

    @event.listens_for(store.engine, "before_cursor_execute")
    def note(_connection, _cursor, statement, *_more):
        seen.append(statement)

    return seen


def read(store, cache, *ids, audience=Audience.PUBLIC):
    with store.read() as session:
        return cache.read(session, ids, audience)


def test_a_second_read_asks_only_whether_anything_changed(store, statements):
    cache = ListingCache()
    first = read(store, cache, "s1", "s2")
    statements.clear()
    assert read(store, cache, "s1", "s2") == first
    assert len([one for one in statements if "BEGIN" not in one.upper()]) == 1


@pytest.mark.parametrize(
    ("row_class", "record_id", "values", "shown"),
    [
        (ServiceRow, "s1", {"name": "Bread"}, lambda listing: listing.service.name == "Bread"),
        (
            PhoneRow,
            "p1",
            {"number": "814-555-0199"},
            lambda listing: listing.phones[0].number == "814-555-0199",
        ),
        (
            OrganizationRow,
            "o1",
            {"name": "Uno"},
            lambda listing: listing.organization.name == "Uno",
        ),
    ],
)
def test_a_change_is_seen_by_the_next_read(store, row_class, record_id, values, shown):
    cache = ListingCache()
    read(store, cache, "s1", "s2")
    change_row(store, row_class, record_id, **values)
    listings = read(store, cache, "s1", "s2")
    assert shown(listings[0])
    assert [listing.service.id for listing in listings] == ["s1", "s2"]


def test_what_was_withheld_is_gone_at_once(store):
    cache = ListingCache()
    read(store, cache, "s1", "s2")
    change_row(store, ServiceRow, "s1", visibility="withheld")
    assert [listing.service.id for listing in read(store, cache, "s1", "s2")] == ["s2"]
    curation = read(store, cache, "s1", audience=Audience.CURATION)
    assert [listing.service.id for listing in curation] == ["s1"]
    assert read(store, cache, "s1") == []


def test_only_the_last_used_are_kept(store, statements):
    cache = ListingCache(size=2)
    read(store, cache, "s0", "s1", "s2")
    statements.clear()
    read(store, cache, "s1", "s2")
    warm = len(statements)
    read(store, cache, "s0")
    assert len(statements) > 2 * warm


def test_an_older_moment_does_not_bring_back_what_changed(store):
    """A slow reader that began before a change must not leave its old listing behind."""
    cache = ListingCache()
    with store.read() as slow:
        cache.terms(slow)  # the slow reader's moment begins here
        change_row(store, ServiceRow, "s1", name="Bread")
        assert read(store, cache, "s2")
        assert cache.read(slow, ["s1"], Audience.PUBLIC)[0].service.name == "Food"
    assert read(store, cache, "s1")[0].service.name == "Bread"


def test_headings_and_terms_are_read_once_until_one_changes(store, statements):
    cache = ListingCache()

    def headings():
        with store.read() as session:
            assert cache.terms(session).terms == {}
            return [heading.name for heading in cache.headings(session)]

    add_heading(store, "food", "Food")
    assert headings() == ["Food"]
    statements.clear()
    assert headings() == ["Food"]
    assert not [one for one in statements if "heading" in one]
    add_heading(store, "rent", "Rent")
    assert headings() == ["Food", "Rent"]


def test_the_crosswalk_is_read_once_until_a_rule_changes(store, statements):
    cache = ListingCache()
    add_heading(store, "food", "Food")

    def headings_of(name):
        with store.read() as session:
            return set(cache.crosswalk(session).headings_for(name, ()))

    add_rule(store, "pantry", "food")
    assert headings_of("Bread pantry") == {"food"}
    statements.clear()
    assert headings_of("Soup kitchen") == set()
    assert not [one for one in statements if "crosswalk" in one]
    add_rule(store, "soup", "food")
    assert headings_of("Soup kitchen") == {"food"}


@pytest.mark.parametrize(("services", "is_kept"), [(49_999, False), (50_000, True)])
def test_what_is_read_over_many_services_is_kept_for_a_while(store, monkeypatch, services, is_kept):
    cache, now = ListingCache(count_services=lambda: services), [1_000.0]
    monkeypatch.setattr("referral.store.listing_cache.time.monotonic", lambda: now[0])

    def read_whole():
        with store.read() as session:
            moment = cache.catch_up(session)
            count = cache.count(
                "phones", lambda session: len(session.scalars(select(PhoneRow.id)).all()),
                session, moment,
            )  # fmt: skip
            return count, "s0" in cache.repeated_names(session, moment).services

    assert read_whole() == (1, True)
    with store.write() as session:
        session.add(row_from(Phone(id="p2", service_id="s1", number="814-555-0102")))
    change_row(store, ServiceRow, "s0", name="Bread")
    assert read_whole() == ((1, True) if is_kept else (2, False))
    now[0] += 50  # a second for each thousand
    assert read_whole() == (2, False)


def test_what_is_read_over_many_services_goes_with_a_database_put_in_place(store):
    cache = ListingCache(count_services=lambda: 50_000)

    def count_services():
        with store.read() as session:
            moment = cache.catch_up(session)
            return cache.count(
                "services", lambda session: len(session.scalars(select(ServiceRow.id)).all()),
                session, moment,
            )  # fmt: skip

    assert count_services() == 5
    with store.write() as session:
        session.add(row_from(Service(id="s9", organization_id="o1", name="Rent")))
        session.get_one(StoreStateRow, 1).store_id = "another"
    assert count_services() == 6


def add_rule(store, value, heading):
    with store.write() as session:
        session.add(CrosswalkRuleRow(kind="word", value=value, heading=heading))
        log_changes(session, [(CROSSWALK_RULE, "")])


def add_heading(store, slug, name):
    with store.write() as session:
        session.add(HeadingRow(slug=slug, name=name, sort=1))
        log_changes(session, [(HEADING, "")])
