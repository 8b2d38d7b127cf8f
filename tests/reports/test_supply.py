"""Need beside supply, branches and busy times: rows add up, and parents are sums of topics."""

import csv
import io
from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import update

from referral.capacity.statements import say_at_desk
from referral.desk.rows import DeskRow, InquiryRow
from referral.records.accounts import COMMAND_LINE, Role
from referral.records.classification import TaxonomyTerm
from referral.records.topic_suggestions import SuggestionState
from referral.reports.branches import read_branches
from referral.reports.code_names import read_code_names
from referral.reports.publication import publish_closed_periods
from referral.reports.published_tables import read_table
from referral.reports.records import Cell, Dimension, Measure, Period, Table
from referral.reports.room_counts import count_room
from referral.reports.supply import read_need_and_supply
from referral.reports.topic_tree import roll_up
from referral.slips.rows import SlipReplyRow
from referral.store.rows import ServiceRow
from referral.store.rows_classification import AttributeRow, TaxonomyTermRow
from referral.store.terms import TermTree
from referral.store.topic_suggestions import TopicSuggestionRow
from tests.support.desk import PANTRY, stock
from tests.support.inquiries import add_unmet, closed_month
from tests.support.inspector import soup_of
from tests.support.staff import add_account, signed_in_client

PARENTS = {"food": "", "meals": "food", "pantry": "food", "kids-meals": "meals", "ring": "ring"}


def tree_of(parents):
    terms = {
        code: TaxonomyTerm(id=code, name=code, code=code, parent_id=above)
        for code, above in parents.items()
    }
    return TermTree(terms, {code: code for code in terms}, {}, {})


def rolled_up(numbers):
    cells = (Cell("basic", 99, tuple(Cell(code, n) for code, n in numbers.items())),)
    table = Table(measure=Measure.NEEDS, dimension=Dimension.TERM, cells=cells, other=0, total=99)
    return roll_up(table, tree_of(PARENTS)).cells[0]


def test_topics_stand_under_their_parents_whose_numbers_are_their_sums():
    [food, other, ring] = rolled_up(
        {"kids-meals": 9, "pantry": 7, "food": 6, "": 5, "ring": 5}
    ).parts
    assert food == Cell("food", 22, (Cell("kids-meals", 9), Cell("pantry", 7), Cell("food", 6)))
    assert (other, ring) == (Cell("", 5), Cell("ring", 5))


def test_a_parent_that_joins_nothing_is_left_out():
    assert rolled_up({"kids-meals": 9, "gone": 5}).parts == (Cell("kids-meals", 9), Cell("gone", 5))


def add_topic(directory, service_id, code):
    with directory.store.write() as session:
        common = {"source": "test", "source_key": code}
        session.add(TaxonomyTermRow(id=code, name=code, code=code, **common))
        session.add(
            AttributeRow(
                id=str(uuid4()),
                link_id=service_id,
                link_entity="service",
                taxonomy_term_id=code,
                **common,
            )
        )


def add_replies(directory, service_id, kind, number):
    with directory.store.write() as session:
        for _ in range(number):
            session.add(
                SlipReplyRow(
                    id=str(uuid4()),
                    service_id=service_id,
                    kind=kind,
                    month=closed_month(directory),
                    replied_at=directory.now(),
                )
            )


def test_needs_stand_beside_services_and_answers_that_say_full(directory, services):
    add_topic(directory, services[0], "food")
    add_unmet(directory, 9, "basic-needs", term_code="food")
    add_unmet(directory, 6, "basic-needs")
    add_unmet(directory, 2, "legal")
    add_unmet(directory, 3, "health")
    add_replies(directory, services[0], "full", 6)
    add_replies(directory, services[0], "not_eligible", 7)
    publish_closed_periods(directory)
    month = closed_month(directory)
    found = read_need_and_supply(directory, Period(first_month=month, last_month=month))
    by_value = {row.value: row for row in found.rows}
    counts = {Measure.NEEDS: 15, Measure.UNMET: 15, Measure.FULL: 6}
    assert by_value["basic-needs"].counts == counts
    assert by_value["basic-needs"].unmet_share == 1
    topic = by_value["basic-needs"].parts[0]
    assert (topic.value, topic.counts[Measure.UNMET], topic.services) == ("food", 9, 1)
    assert by_value[None].counts[Measure.NEEDS] == 5


@pytest.mark.slow
def test_room_counts_where_a_service_is_found_by_its_topics_or_suggested_ones(directory, services):
    pantry = services[1]
    with directory.store.write() as session:
        session.add(TaxonomyTermRow(id="rent", name="Rent", code="rent", source="test"))
        session.add(
            TopicSuggestionRow(
                service_id=pantry, term_id="rent", score=1.0, confidence=0.9, place="name",
                words="Rent", headings="housing", made_by="test",
                state=SuggestionState.SUGGESTED.value,
            )
        )  # fmt: skip
    say_at_desk(directory, COMMAND_LINE, pantry, "Places", 0)
    room = count_room(directory)
    assert (room.full["topic", "rent"], room.full["heading", "housing"]) == (1, 1)
    add_topic(directory, pantry, "food")
    say_at_desk(directory, COMMAND_LINE, pantry, "Places", 4)
    assert count_room(directory).with_room["topic", "food"] == 1


def test_the_file_of_need_and_supply_adds_up(app, directory, services):
    add_unmet(directory, 9, "basic-needs", term_code="food")
    add_unmet(directory, 7, "basic-needs")
    add_unmet(directory, 3, "legal")
    add_account(directory, [Role.DESK])
    answer = signed_in_client(app).get("/desk/reports/supply.csv")
    lines = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    header = next(at for at, line in enumerate(lines) if line[:2] == ["Heading", "Topic"])
    *rows, total = lines[header + 1 :]
    for column in (2, 3):
        assert sum(int(row[column] or 0) for row in rows) == int(total[column]) == 19


def test_a_branch_is_the_sum_of_its_desks_and_busy_times_are_of_inquiries(directory):
    month = closed_month(directory)
    with directory.store.write() as session:
        for key, branch in (("n1", "North"), ("n2", "North"), ("m", "Main")):
            session.add(DeskRow(id=key, name=key, branch=branch, in_use=True))
    for desk, number in (("n1", 3), ("n2", 4), ("m", 2), ("old", 1)):
        add_unmet(directory, number, desk=desk)
    sunday = next(
        day
        for day in (date(int(month[:4]), int(month[5:]), n) for n in range(1, 8))
        if day.weekday() == 6
    )
    with directory.store.write() as session:
        session.execute(update(InquiryRow).values(happened_on=sunday, hour=9))
    publish_closed_periods(directory)
    period = Period(first_month=month, last_month=month)
    found = read_branches(directory, period)
    told = [(row.label, row.counts[Measure.NEEDS]) for row in found.branches]
    assert told == [("North", 7), ("Main", 2), ("", 1)]
    assert [desk.label for desk in found.branches[0].desks] == ["n2", "n1"]
    assert found.total.counts[Measure.UNMET] == 10
    with directory.store.read() as session:
        for dimension, value in ((Dimension.WEEKDAY, "0"), (Dimension.HOUR, "9")):
            table = read_table(session, Measure.INQUIRIES, dimension, period)
            assert table.cells == (Cell(value, 10),)


def test_the_file_of_branches_names_each_desk_and_adds_up(app, directory):
    closed_month(directory)
    with directory.store.write() as session:
        for key, branch in (("n1", "North"), ("m", "Main")):
            session.add(DeskRow(id=key, name=key, branch=branch, in_use=True))
    for desk, number in (("n1", 7), ("m", 6)):
        add_unmet(directory, number, desk=desk)
    publish_closed_periods(directory)
    add_account(directory, [Role.DESK])
    client = signed_in_client(app)
    link = soup_of(client.get("/desk/reports/branches")).select_one('main a[href*="branches.csv"]')
    header, *rows = csv.reader(io.StringIO(client.get(link["href"]).data.decode("utf-8-sig")))
    assert header[:2] == ["Branch", "Desk"]
    needs = header.index("Needs")
    assert [(*row[:2], row[needs]) for row in rows] == [
        ("North", "n1", "7"), ("Main", "m", "6"), ("All", "", "13"),
    ]  # fmt: skip


def test_reports_name_no_service_that_only_staff_may_see(directory):
    """Auditors read them too."""
    stock(directory)
    for visibility, named in (("public", {PANTRY}), ("staff", set())):
        with directory.store.write() as session:
            session.get_one(ServiceRow, PANTRY).visibility = visibility
        with directory.store.read() as session:
            names = read_code_names(directory, session, {Dimension.SERVICE: [PANTRY]})
        assert set(names.services) == named
