"""Decisions on suggested topics: for a category, as a rule, for a service, and undone."""

import pytest
from sqlalchemy import select

from referral.accounts.audit import read_audit_log
from referral.app.job_kinds import do_work
from referral.curation.edit_history import read_history, restore_edit
from referral.directory.search import find_services
from referral.errors import NotFoundError, RefusedError
from referral.imports.batches import undo_batch
from referral.records.accounts import Role
from referral.records.edits import MadeBy
from referral.records.record_ids import CATEGORY_SOURCE, HAND_SOURCE
from referral.records.topic_suggestions import OF_CATEGORIES, EvidencePlace, SuggestionState
from referral.records.visibility import Audience
from referral.records.waiting import Waiting
from referral.search.query import SearchQuery
from referral.store.rows import AttributeRow, ServiceHeadingRow, ServiceRow, TaxonomyTermRow
from referral.store.topic_suggestions import CategoryTopicRow, TopicSuggestionRow
from referral.topic_suggestions.calibration import fit_curve
from referral.topic_suggestions.decisions import (
    accept_for_category,
    accept_for_service,
    accept_for_services,
    list_category_decisions,
    refuse_for_category,
    refuse_for_service,
    undo_decision,
)
from referral.topic_suggestions.open_services import read_list_status
from referral.topic_suggestions.queues import (
    read_category_queue,
    read_service_queue,
    waiting_categories,
)
from referral.topic_suggestions.suggestion_runs import suggest_topics
from referral.topic_suggestions.topic_links import list_topic_names
from tests.support.staff import add_account
from tests.topic_suggestions.conftest import SERVICES

FOOD = "Food pantries"


@pytest.fixture
def actor(suggested):
    """Give somebody who may decide."""
    return add_account(suggested, [Role.CURATION]).actor


@pytest.fixture
def food(suggested):
    """Give the id of the topic of food pantries."""
    return list_topic_names(suggested)[FOOD]


def run(instance):
    """Suggest topics for what changed, and bring the index in step."""
    suggest_topics(instance, lambda *_: None)
    instance.index.sync()


def line_of(instance, name, account_id=""):
    """Give the line of a category."""
    lines = read_category_queue(instance, account_id).lines
    return next(line for line in lines if line.name == name)


def category_id(instance, name):
    """Give the id of a category."""
    with instance.store.read() as session:
        return session.scalar(select(TaxonomyTermRow.id).where(
            TaxonomyTermRow.name == name, TaxonomyTermRow.taxonomy == "Shelves"))  # fmt: skip


def service_id(instance, name):
    """Give the id of a service."""
    with instance.store.read() as session:
        return session.scalar(select(ServiceRow.id).where(ServiceRow.name == name))


def topics_of(instance, source=None):
    """Give the topics of ours by service, as (name of the service, topic) pairs."""
    statement = (
        select(ServiceRow.name, TaxonomyTermRow.name)
        .join(AttributeRow, AttributeRow.link_id == ServiceRow.id)
        .join(TaxonomyTermRow, TaxonomyTermRow.id == AttributeRow.taxonomy_term_id)
        .where(
            ServiceRow.source == "list",
            ServiceRow.retired_at.is_(None),
            AttributeRow.retired_at.is_(None),
            TaxonomyTermRow.taxonomy == "Referral needs",
        )
    )
    if source:
        statement = statement.where(AttributeRow.source == source)
    with instance.store.read() as session:
        return set(map(tuple, session.execute(statement)))


def suggested_for(instance, name, places=tuple(EvidencePlace)):
    """Give the ids of the topics that are suggested for a service, by evidence of these places."""
    row = TopicSuggestionRow
    with instance.store.read() as session:
        service = session.scalar(select(ServiceRow.id).where(ServiceRow.name == name))
        return set(session.scalars(select(row.term_id).where(
            row.service_id == service, row.place.in_(places),
            row.state == SuggestionState.SUGGESTED.value)))  # fmt: skip


def headings_of(instance, name):
    """Give the headings of a service."""
    with instance.store.read() as session:
        return set(session.scalars(
            select(ServiceHeadingRow.heading)
            .join(ServiceRow, ServiceRow.id == ServiceHeadingRow.service_id)
            .where(ServiceRow.name == name, ServiceHeadingRow.retired_at.is_(None))
        ))  # fmt: skip


GROCERIES = {(SERVICES[key][0], FOOD) for key in ("s1", "s2", "s3")}


@pytest.mark.slow
def test_a_category_is_a_line_with_topics_and_examples(suggested):
    queue = read_category_queue(suggested, "")
    line = line_of(suggested, "Groceries")
    assert (line.services, line.waiting) == (3, 3)
    assert FOOD in [choice.name for choice in line.choices]
    assert {each.name for each in line.examples} == {SERVICES[key][0] for key in ("s1", "s2", "s3")}
    assert all(0 < choice.confidence <= 1 for choice in line.choices)
    settled = [each.settled for each in queue.lines]
    assert settled == sorted(settled, reverse=True)
    assert queue.lines.total == waiting_categories(suggested).count == 3
    assert waiting_categories(suggested).since is not None


@pytest.mark.slow
def test_nobody_is_asked_what_help_a_group_of_people_is(suggested):
    assert "Women/Girls" not in [line.name for line in read_category_queue(suggested, "").lines]


@pytest.mark.slow
def test_services_with_the_topic_of_another_category_count_after_the_others(suggested, actor, food):
    accept_for_category(suggested, line_of(suggested, "Groceries").id, food, actor)
    line = line_of(suggested, "Qwert")
    assert (line.services, line.waiting) == (2, 1)
    accept_for_category(suggested, line_of(suggested, "Rent money").id, food, actor)
    assert line_of(suggested, "Qwert").waiting == 0
    assert waiting_categories(suggested) == Waiting(0)


def test_what_is_put_off_is_not_shown(suggested):
    line = line_of(suggested, "Groceries")
    queue = read_category_queue(suggested, "", put_off=[line.id[:8]])
    assert line.name not in {each.name for each in queue.lines}
    assert queue.put_off == 1


@pytest.mark.slow
def test_accepting_gives_all_services_of_a_category_the_topic(suggested, actor, food):
    assert accept_for_category(suggested, line_of(suggested, "Groceries").id, food, actor) == 3
    suggested.index.sync()
    assert topics_of(suggested, CATEGORY_SOURCE) == GROCERIES
    assert "basic-needs" in headings_of(suggested, "Grocery Closet")
    page = find_services(suggested, SearchQuery(words="despensa de comida"), Audience.PUBLIC)
    assert {card.service.name for card in page.cards[:3]} == {name for name, _ in GROCERIES}
    assert "Groceries" not in {each.name for each in read_category_queue(suggested, "").lines}


@pytest.mark.slow
def test_a_decision_is_one_group_of_the_history_and_in_the_audit_log(suggested, actor, food):
    accept_for_category(suggested, line_of(suggested, "Groceries").id, food, actor)
    entry = read_audit_log(suggested).entries[0]
    assert (entry.action, entry.account_id) == ("category-topic-accepted", actor.account_id)
    assert entry.detail["services"] == 3
    for name, _ in GROCERIES:
        history = read_history(suggested, "service", service_id(suggested, name)).entries
        newest = history[0]
        assert (newest.group_id, newest.made_by) == (entry.detail["group"], MadeBy.HAND)
        assert newest.who == "Pat"


@pytest.mark.slow
def test_undoing_takes_everything_back_and_the_line_returns(suggested, actor, food):
    before = line_of(suggested, "Groceries")
    accept_for_category(suggested, before.id, food, actor)
    run(suggested)
    last = read_category_queue(suggested, actor.account_id).last
    assert (last.name, last.topics, last.services) == ("Groceries", (FOOD,), 3)
    undo_decision(suggested, last.group_id, actor)
    assert not topics_of(suggested)
    assert line_of(suggested, "Groceries").waiting == 3
    assert read_category_queue(suggested, actor.account_id).last is None
    run(suggested)
    assert line_of(suggested, "Groceries") == before
    assert not topics_of(suggested), "the rule is gone as well"
    accept_for_category(suggested, before.id, food, actor)
    assert topics_of(suggested) == GROCERIES, "and can be accepted again"


@pytest.mark.slow
def test_nobody_undoes_what_is_no_decision(suggested, actor):
    for group in ("", "5a1e0000-0000-4000-8000-000000000000"):
        with pytest.raises(NotFoundError):
            undo_decision(suggested, group, actor)


@pytest.mark.slow
def test_a_service_keeps_other_suggestions_beside_a_topic_of_its_category(suggested, actor, food):
    name = "Rent fund"
    others = suggested_for(suggested, name) - {food}
    accept_for_category(suggested, line_of(suggested, "Qwert").id, food, actor)
    run(suggested)
    assert others
    assert suggested_for(suggested, name) >= others
    assert food not in suggested_for(suggested, name)


@pytest.mark.slow
def test_a_service_with_a_topic_of_its_own_is_left_alone(suggested, actor, food):
    other = list_topic_names(suggested)["Jobs"]
    accept_for_service(suggested, service_id(suggested, "Parish pantry"), other, actor)
    accept_for_category(suggested, category_id(suggested, "Groceries"), food, actor)
    assert ("Parish pantry", FOOD) not in topics_of(suggested)
    run(suggested)
    assert ("Parish pantry", FOOD) not in topics_of(suggested)
    assert food in suggested_for(suggested, "Parish pantry"), "one topic says nothing against it"


@pytest.mark.slow
def test_an_accepted_category_is_a_rule_for_the_next_import(suggested, lists, actor, food):
    accept_for_category(suggested, line_of(suggested, "Groceries").id, food, actor)
    group = read_category_queue(suggested, actor.account_id).last.group_id
    lists.bring(SERVICES | {"s8": ("New pantry", "Groceries.", "c1")})
    assert topics_of(suggested) == GROCERIES | {("New pantry", FOOD)}
    assert "basic-needs" in headings_of(suggested, "New pantry")
    key = service_id(suggested, "New pantry")
    made = [
        (each.group_id, each.made_by) for each in read_history(suggested, "service", key).entries
    ]
    assert (group, MadeBy.RULE) in made
    assert read_audit_log(suggested).entries[0].action == "category-rule-applied"
    run(suggested)
    assert topics_of(suggested) == GROCERIES | {("New pantry", FOOD)}
    undo_decision(suggested, group, actor)
    assert not topics_of(suggested)
    do_work(suggested, "worker")
    assert not topics_of(suggested)


def names_found(instance, words):
    """Give the names of the services of the list that search finds, in order."""
    page = find_services(instance, SearchQuery(words=words), Audience.PUBLIC, limit=50)
    names = {name for name, *_ in (*SERVICES.values(), *LATER.values())}
    return [card.service.name for card in page.cards if card.service.name in names]


LATER = {
    "s0": ("Arts evening", "Painting for teenagers.", "c1"),
    "s9": ("Yellow pantry", "A food pantry with canned goods.", "c1"),
}


@pytest.mark.slow
def test_what_a_service_says_counts_more_than_the_topic_of_its_category(
    suggested, lists, actor, food
):
    lists.bring(SERVICES | {"s0": LATER["s0"]})
    run(suggested)
    before = [name for name in names_found(suggested, "food pantry") if name != "Arts evening"]
    accept_for_category(suggested, line_of(suggested, "Groceries").id, food, actor)
    lists.bring(SERVICES | LATER)  # one more comes by the rule
    run(suggested)
    assert {("Arts evening", FOOD), ("Yellow pantry", FOOD)} <= topics_of(suggested)
    found = names_found(suggested, "food pantry")
    assert [name for name in found if name in before] == before
    assert set(found) >= {name for name, _ in GROCERIES} | {"Yellow pantry"}
    assert found.index("Arts evening") > found.index("Yellow pantry")
    assert "Yellow pantry" in names_found(suggested, "comida")[:4]
    assert "Arts evening" not in names_found(suggested, "comida")[:4]
    accept_for_service(suggested, service_id(suggested, "Arts evening"), food, actor)
    assert names_found(suggested, "comida")[0] == "Arts evening"  # a person knows best


@pytest.mark.slow
def test_a_topic_that_somebody_takes_from_a_service_stays_away(suggested, actor, food):
    accept_for_category(suggested, line_of(suggested, "Groceries").id, food, actor)
    group = read_category_queue(suggested, actor.account_id).last.group_id
    restore_edit(suggested, "service", service_id(suggested, "Grocery Closet"), group, actor)
    assert ("Grocery Closet", FOOD) not in topics_of(suggested)
    run(suggested)
    suggest_topics(suggested, lambda *_: None, everything=True)
    assert ("Grocery Closet", FOOD) not in topics_of(suggested)
    assert food not in suggested_for(suggested, "Grocery Closet")


@pytest.mark.slow
def test_never_bars_the_topics_for_the_category_until_it_is_taken_back(suggested, lists, actor):
    line = line_of(suggested, "Groceries")
    before = {name: suggested_for(suggested, name, OF_CATEGORIES) for name, _ in GROCERIES}
    own = {name: suggested_for(suggested, name) - before[name] for name, _ in GROCERIES}
    shown = [choice.term_id for choice in line.choices]
    assert any(some & set(shown) for some in before.values())
    refuse_for_category(suggested, line.id, shown, actor)
    run(suggested)
    assert "Groceries" not in {each.name for each in read_category_queue(suggested, "").lines}
    lists.bring(SERVICES | {"s8": ("New shelf", "Qwert asdfg.", "c1")})
    for name in (*before, "New shelf"):
        assert not suggested_for(suggested, name, OF_CATEGORIES) & set(shown)
    for name, topics in own.items():
        assert suggested_for(suggested, name) >= topics, "its own words count on"
    undo_decision(suggested, read_category_queue(suggested, actor.account_id).last.group_id, actor)
    for name, topics in before.items():
        assert suggested_for(suggested, name) >= topics
    run(suggested)
    assert suggested_for(suggested, "New shelf", OF_CATEGORIES) & set(shown)


@pytest.mark.slow
def test_a_category_is_decided_once(suggested, actor, food):
    line = line_of(suggested, "Groceries")
    accept_for_category(suggested, line.id, food, actor)
    with pytest.raises(RefusedError):
        accept_for_category(suggested, line.id, food, actor)
    with pytest.raises(RefusedError):
        refuse_for_category(suggested, line.id, [food], actor)


@pytest.mark.slow
def test_only_topics_of_ours_and_categories_of_lists_are_taken(suggested, actor, food):
    line = line_of(suggested, "Groceries")
    for odd in ("", "nothing", category_id(suggested, "Qwert")):
        with pytest.raises(RefusedError):
            accept_for_category(suggested, line.id, odd, actor)
    with pytest.raises(RefusedError):
        refuse_for_category(suggested, line.id, [], actor)
    for odd in ("nothing", food):
        with pytest.raises(NotFoundError):
            accept_for_category(suggested, odd, food, actor)
    with pytest.raises(NotFoundError):
        accept_for_service(suggested, "nothing", food, actor)


@pytest.mark.slow
def test_services_come_by_topic_and_the_least_sure_last(suggested, actor):
    queue = read_service_queue(suggested, actor.account_id)
    assert queue.lines.total == len(SERVICES)
    assert queue.lines[-1].name == "Zyxwv"
    firsts = [line.choices[0].name for line in queue.lines if line.choices]
    assert firsts == sorted(firsts, key=firsts.index), "one topic stands together"
    assert queue.coverage.without == 1


@pytest.mark.slow
def test_one_service_is_accepted_refused_and_undone(suggested, actor):
    line = next(
        each for each in read_service_queue(suggested, "").lines if each.name == "Ride share"
    )
    first, *others = [choice.term_id for choice in line.choices]
    refuse_for_service(suggested, line.id, others, actor)
    assert suggested_for(suggested, "Ride share").isdisjoint(others)
    accept_for_service(suggested, line.id, first, actor)
    assert topics_of(suggested, HAND_SOURCE) == {("Ride share", line.choices[0].name)}
    with pytest.raises(RefusedError):
        accept_for_service(suggested, line.id, first, actor)
    run(suggested)
    assert not suggested_for(suggested, "Ride share")
    for _ in range(2):
        last = read_service_queue(suggested, actor.account_id).last
        assert last.name == "Ride share"
        undo_decision(suggested, last.group_id, actor)
    run(suggested)
    assert suggested_for(suggested, "Ride share") >= {first, *others}


@pytest.mark.slow
def test_several_services_are_one_decision(suggested, actor, food):
    other = list_topic_names(suggested)["Jobs"]
    keys = [service_id(suggested, name) for name in ("Grocery Closet", "Ride share", "Zyxwv")]
    accept_for_service(suggested, keys[2], other, actor)
    pairs = [(keys[0], food), (keys[1], other), (keys[2], food), ("gone", food)]
    assert accept_for_services(suggested, pairs, actor) == 2
    assert topics_of(suggested) == {
        ("Grocery Closet", FOOD), ("Ride share", "Jobs"), ("Zyxwv", "Jobs"),
    }  # fmt: skip
    last = read_service_queue(suggested, actor.account_id).last
    undo_decision(suggested, last.group_id, actor)
    assert topics_of(suggested) == {("Zyxwv", "Jobs")}
    with pytest.raises(RefusedError):
        accept_for_services(suggested, [(keys[0], "nothing")], actor)


@pytest.mark.slow
def test_a_topic_that_nothing_suggested_can_be_chosen_and_taken_back(suggested, actor, food):
    accept_for_service(suggested, service_id(suggested, "Zyxwv"), food, actor)
    assert topics_of(suggested) == {("Zyxwv", FOOD)}
    undo_decision(suggested, read_service_queue(suggested, actor.account_id).last.group_id, actor)
    assert not topics_of(suggested)
    with suggested.store.read() as session:
        key = service_id(suggested, "Zyxwv")
        row = TopicSuggestionRow
        assert session.scalar(select(row.id).where(row.service_id == key)) is None


@pytest.mark.slow
def test_undoing_an_import_takes_suggestions_along_and_leaves_decisions(instance, lists):
    batch_id = lists.bring(SERVICES)
    run(instance)
    actor = add_account(instance, [Role.CURATION]).actor
    food = list_topic_names(instance)[FOOD]
    accept_for_category(instance, line_of(instance, "Groceries").id, food, actor)
    undo_batch(instance, batch_id)
    do_work(instance, "worker")
    with instance.store.read() as session:
        states = set(session.scalars(select(TopicSuggestionRow.state)))
        assert session.scalar(select(CategoryTopicRow.id)) is not None
        assert session.scalar(select(ServiceRow.id).where(
            ServiceRow.source == "list", ServiceRow.retired_at.is_(None))) is None  # fmt: skip
    assert states == {SuggestionState.ACCEPTED.value}
    undo_batch(instance, batch_id)
    do_work(instance, "worker")
    assert topics_of(instance) == GROCERIES
    assert [each.name for each in list_category_decisions(instance)] == ["Groceries"]


@pytest.mark.slow
def test_the_status_of_a_list_counts_its_services(suggested, actor, food):
    status = read_list_status(suggested, "list")
    assert (status.suggested, status.without, status.is_working) == (6, 1, False)
    accept_for_category(suggested, line_of(suggested, "Groceries").id, food, actor)
    assert read_list_status(suggested, "list").is_working, "they are looked at again"
    run(suggested)
    assert read_list_status(suggested, "list").suggested == 3


def test_the_curve_is_fitted_only_where_both_outcomes_were_seen():
    mixed = [(number / 300, number > 150) for number in range(300)]
    assert fit_curve(mixed)([0.9])[0] > 0.9
    assert fit_curve([(score, True) for score, _ in mixed])([0.05])[0] < 0.1
