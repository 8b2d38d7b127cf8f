"""Which removals of followed lists staff are told of: record by record, as the history has them."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from referral.following.removals import read_removals
from referral.following.rows import FollowedSourceRow
from referral.records.edits import Author, MadeBy
from referral.records.hsds import Location, Organization, Service, ServiceAtLocation
from referral.store.conversion import row_from
from referral.store.rows import LocationRow, ServiceAtLocationRow, ServiceRow
from referral.store.rows_log import ImportBatchRow
from tests.support.rows import change_row

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.fixture
def lists(instance):
    """Give a directory with a followed list that took a service and a place away a week ago."""
    with time_machine.travel(NOW - timedelta(days=7), tick=False):
        with instance.store.write(Author(made_by=MadeBy.IMPORT)) as session:
            session.add(ImportBatchRow(
                id="b", source="erie", format="", list_name="", started_at=NOW, state="applied",
                account_id="", finished_at=NOW - timedelta(days=7),
                counts={"service": {"gone": 1}, "location": {"gone": 0}},
            ))  # fmt: skip
            session.add(FollowedSourceRow(
                id="f", name="erie", kind="file", address="https://lists.example.org/",
                is_on=True, every_hours=24,
            ))  # fmt: skip
            for record, source in (
                (Organization(id="o", name="Table"), "erie"),
                (Service(id="s", organization_id="o", name="Pantry"), "erie"),
                (Service(id="ours", organization_id="o", name="Coffee"), "hand"),
                (Service(id="theirs", organization_id="o", name="Soup"), "erie"),
                (Location(id="l", organization_id="o", name="Hall"), "erie"),
                (ServiceAtLocation(id="x", service_id="ours", location_id="l"), "hand"),
                (ServiceAtLocation(id="y", service_id="theirs", location_id="l"), "erie"),
            ):
                row = row_from(record)
                row.source = source
                session.add(row)
        with instance.store.write(Author(made_by=MadeBy.IMPORT, batch_id="b")) as session:
            session.get_one(ServiceRow, "s").retired_at = datetime.now(UTC)
            session.get_one(LocationRow, "l").retired_at = datetime.now(UTC)
    return instance


def told(instance):
    with time_machine.travel(NOW, tick=False):
        return [(each.service_id, each.organization, each.place)
                for each in read_removals(instance)]  # fmt: skip


BY_HAND = Author(made_by=MadeBy.HAND)
GONE, WITHOUT_PLACE = ("s", "Table", ""), ("ours", "Table", "Hall")


def test_the_services_gone_and_those_of_others_without_their_place_are_told(lists):
    assert told(lists) == [WITHOUT_PLACE, GONE]


@pytest.mark.parametrize(
    ("row_class", "key", "values"),
    [
        (ImportBatchRow, "b", {"account_id": "a1"}),  # a person applied it
        (ImportBatchRow, "b", {"state": "undone"}),
        (ImportBatchRow, "b", {"source": "other"}),
        (ImportBatchRow, "b", {"finished_at": NOW - timedelta(days=7, seconds=1)}),
        (ImportBatchRow, "b", {"counts": {"phone": {"gone": 3}, "service": {"gone": 0}}}),
    ],
)
def test_imports_that_nobody_need_look_at_are_not_told(lists, row_class, key, values):
    change_row(lists.store, row_class, key, BY_HAND, **values)
    assert told(lists) == []


def test_an_import_that_took_only_places_is_told(lists):
    change_row(lists.store, ImportBatchRow, "b", BY_HAND, counts={"location": {"gone": 1}})
    assert told(lists) == [WITHOUT_PLACE, GONE]


@pytest.mark.parametrize(
    ("row_class", "key", "values", "left"),
    [
        (ServiceRow, "s", {"retired_at": None}, [WITHOUT_PLACE]),
        (ServiceRow, "s", {"retired_at": NOW}, [WITHOUT_PLACE]),  # by a person, later
        (ServiceRow, "s", {"visibility": "withheld"}, [WITHOUT_PLACE]),
        (ServiceRow, "s", {"name": "Larder"}, [WITHOUT_PLACE, GONE]),
        (ServiceRow, "ours", {"retired_at": NOW}, [GONE]),
        (ServiceRow, "ours", {"visibility": "staff"}, [GONE]),
        (ServiceRow, "ours", {"source": "erie"}, [GONE]),
        (ServiceAtLocationRow, "x", {"retired_at": NOW}, [GONE]),
        (LocationRow, "l", {"retired_at": None}, [GONE]),
        (LocationRow, "l", {"retired_at": NOW}, [GONE]),
    ],
)
def test_what_is_back_or_hidden_or_was_taken_by_a_person_is_not_told(
    lists, row_class, key, values, left
):
    change_row(lists.store, row_class, key, BY_HAND, **values)
    assert told(lists) == left
