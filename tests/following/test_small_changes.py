"""Which changes of a followed list apply by themselves, and which wait for a person."""

from datetime import UTC, datetime

import pytest

from referral.following.small_changes import (
    CHECKED,
    CONDITIONS,
    CONTACTS,
    GONE,
    HOURS,
    PHONES,
    TEXTS,
    TOPICS,
    SmallChangeRules,
    decide_small_changes,
)
from referral.imports.list_changes import ListChange, pack
from referral.imports.records import ChangeAction, ChangeGroup, Decision
from referral.imports.rows import ReviewItemRow
from referral.records.hsds import (
    Location,
    Organization,
    Program,
    Schedule,
    Service,
    ServiceAtLocation,
)
from referral.records.visibility import Visibility
from referral.store.conversion import row_from
from referral.store.rows_log import ImportBatchRow
from referral.verification.rows import VerificationTryRow

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
WITHHELD = {"visibility": Visibility.WITHHELD}


def service(key, **more):
    return Service(id=key, organization_id="o1", name=key, **more)


@pytest.fixture
def session(session):
    """Give a session with services: a usual one, two that are withheld or at such a place."""
    session.add(
        ImportBatchRow(id="b", source="x", format="", list_name="", started_at=NOW, state="ready")
    )
    records = [
        Organization(id="o1", name="Table"),
        Organization(id="o2", name="Alder"),
        Program(id="g1", organization_id="o1", name="Meals"),
        service("plain", program_id="g1"),
        service("checked"),
        service("noted"),
        Program(id="g2", organization_id="o1", name="Shelter"),
        service("hidden", program_id="g2", **WITHHELD),
        service("at-hidden"),
        Service(id="of-alder", organization_id="o2", name="House", **WITHHELD),
        Location(id="l1", organization_id="o1", **WITHHELD),
        Location(id="l2", organization_id="o1"),
        ServiceAtLocation(id="x1", service_id="at-hidden", location_id="l1"),
        ServiceAtLocation(id="x2", service_id="plain", location_id="l2"),
    ]
    session.add_all(map(row_from, records))
    session.add(
        VerificationTryRow(
            id="t", service_id="checked", tried_at=NOW, how="phone", result="confirmed"
        )
    )
    session.flush()
    return session


def add_item(session, group, listing="service plain", *, is_private_listing=False, **more):
    """Add a review item of a listing; ``more`` is of its one change."""
    number = session.query(ReviewItemRow).count()
    kind, record_id = listing.split()
    change = {
        "action": ChangeAction.CHANGED, "kind": "phone", "record_id": f"p{number}",
        "origin": ("x", "", "", 0, {}), "columns": {}, "fields": {}, "conflicts": [],
        "is_private": False, **more,
    }  # fmt: skip
    session.add(
        ReviewItemRow(
            batch_id="b", number=number, kind=kind, record_id=record_id, title="", subtitle="",
            is_private=is_private_listing, change_group=group.value, changes=pack([ListChange(**change)]),
            decision=Decision.ACCEPT.value,
        )
    )  # fmt: skip
    session.flush()


def decided(session, *allowed, listings=1000, gone=()):
    """Decide; the numbers of the items that apply."""
    rules = SmallChangeRules(frozenset(allowed), lambda _session, ids: {"noted"} & set(ids))
    small, left = decide_small_changes(session, "b", listings, rules, gone)
    items = session.query(ReviewItemRow).order_by(ReviewItemRow.number).all()
    taken = [item.number for item in items if small and item.decision == Decision.ACCEPT]
    assert (small, left) == (len(taken), len(items) - len(taken))
    return taken


PHONE, VISIBILITY, CHANGED = (
    ChangeGroup.PHONE_CHANGED, ChangeGroup.VISIBILITY, {"number": ("1", "2")},
)  # fmt: skip
SHOWS_LESS = {"visibility": ("public", "withheld")}


@pytest.mark.parametrize(
    ("group", "more", "applies"),
    [
        (PHONE, {"fields": CHANGED}, True),
        (PHONE, {"fields": CHANGED, "conflicts": ["number"]}, False),
        (PHONE, {"fields": CHANGED, "is_private": True}, False),
        (PHONE, {"fields": CHANGED, "is_private_listing": True}, False),
        (PHONE, {"action": ChangeAction.GONE}, False),
        (PHONE, {"fields": SHOWS_LESS}, False),
        (ChangeGroup.PHONE_GONE, {"action": ChangeAction.GONE}, True),
        (VISIBILITY, {"fields": SHOWS_LESS}, True),
        (ChangeGroup.ADDRESS_CHANGED, {}, False),
        (ChangeGroup.SERVICE_NEW, {"action": ChangeAction.NEW}, False),
        (ChangeGroup.SCHEDULE_CHANGED, {}, False),  # nobody allowed it
    ],
)
def test_only_the_allowed_groups_apply_by_themselves(session, group, more, applies):
    add_item(session, group, **more)
    assert bool(decided(session, PHONES, GONE, CHECKED)) is applies


@pytest.mark.parametrize(
    ("group", "listing", "applies"),
    [
        (PHONE, "service hidden", False),
        (PHONE, "service at-hidden", False),
        (PHONE, "location l1", False),
        (PHONE, "location l2", True),
        (PHONE, "organization o2", False),
        (PHONE, "program g1", True),
        (PHONE, "program g2", False),
        (PHONE, "service checked", False),
        (PHONE, "service noted", False),
        (PHONE, "organization o1", False),  # one of its services was checked
        (ChangeGroup.CHECKED, "service checked", True),
        (ChangeGroup.CHECKED, "service hidden", False),
        (ChangeGroup.PHONE_GONE, "service checked", True),
        (ChangeGroup.PHONE_GONE, "service hidden", True),
    ],
)
def test_withheld_places_and_what_was_checked_or_noted_here_wait(session, group, listing, applies):
    add_item(session, group, listing)
    assert bool(decided(session, PHONES, GONE, CHECKED)) is applies


@pytest.mark.parametrize(("listings", "applies"), [(440, True), (420, True), (419, False)])
def test_where_much_changes_only_what_shows_less_applies(session, listings, applies):
    for number in range(18):
        add_item(session, PHONE, f"program p{number}")
    add_item(session, PHONE, "program p17")  # a listing counts once
    add_item(session, ChangeGroup.SERVICE_GONE, "service plain", action=ChangeAction.GONE)
    add_item(session, ChangeGroup.SERVICE_GONE, "service noted", action=ChangeAction.GONE)
    add_item(session, VISIBILITY, "service checked", fields=SHOWS_LESS)
    gone = [("service", "plain"), ("location", "noted")]
    taken = decided(session, PHONES, GONE, listings=listings, gone=gone)
    assert taken == (list(range(22)) if applies else [19, 21])
    assert applies or decided(session, PHONES, listings=listings, gone=gone) == []


@pytest.mark.parametrize(("count", "applies"), [(20, True), (21, False)])
def test_of_a_short_list_twenty_listings_may_change(session, count, applies):
    for number in range(count):
        add_item(session, PHONE, f"program p{number}")
    assert decided(session, PHONES, listings=30) == (list(range(20)) if applies else [])


MEANT = {
    GONE: {each for each in ChangeGroup if each.name.endswith("_GONE")} - {ChangeGroup.TERM_GONE}
    | {VISIBILITY},
    PHONES: {ChangeGroup.PHONE_NEW, PHONE},
    HOURS: {ChangeGroup.SCHEDULE_NEW, ChangeGroup.SCHEDULE_CHANGED},
    TEXTS: {ChangeGroup.DESCRIPTION},
    CONDITIONS: {ChangeGroup.CONDITIONS},
    CONTACTS: {ChangeGroup.CONTACT},
    TOPICS: {ChangeGroup.TOPICS},
    CHECKED: {ChangeGroup.CHECKED},
}


@pytest.mark.parametrize("allowed", MEANT)
def test_what_an_admin_allows_applies_and_nothing_else(session, allowed):
    for group in ChangeGroup:
        add_item(session, group, "program g1")
    taken = decided(session, allowed)
    assert {group for number, group in enumerate(ChangeGroup) if number in taken} == MEANT[allowed]


@pytest.mark.parametrize("listing", ["service plain", "location l2"])
@pytest.mark.parametrize(
    ("hours", "new_at", "applies"),
    [
        (["h1", "h2"], "", True),
        (["h1"], "", False),
        (["h1"], "service noted", False),
        (["h1"], "itself", True),
    ],
)
def test_a_listing_keeps_its_last_hours_until_it_has_others(
    session, listing, hours, new_at, applies
):
    kind, record_id = listing.split()
    others = [Schedule(id="h3", service_id="noted"), Schedule(id="h4", location_id="l1")]
    hours = [Schedule(id=each, **{f"{kind}_id": record_id}) for each in hours]
    session.add_all(map(row_from, hours + others))
    add_item(session, ChangeGroup.SCHEDULE_GONE, listing, action=ChangeAction.GONE, record_id="h1")
    if new_at:
        add_item(session, ChangeGroup.SCHEDULE_NEW, new_at.replace("itself", listing))
    assert bool(decided(session, GONE)) is applies
