"""Suggestions in a directory: stored, searched, made again, and never taken for facts."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from referral.directory.search import find_services
from referral.jobs.rows import JobRow, JobState
from referral.records.topic_suggestions import LEAST_TO_SHOW, EvidencePlace, SuggestionState
from referral.records.visibility import Audience, Visibility
from referral.search.query import SearchQuery
from referral.store.listings import load_listings
from referral.store.rows import AttributeRow, ServiceRow, TaxonomyTermRow
from referral.store.topic_suggestions import TopicSuggestionRow
from referral.topic_suggestions.suggestion_runs import TOPIC_SUGGESTIONS, queue_if_changed
from tests.support.untagged_list import import_untagged, suggest

SERVICES = {
    "s1": ("Grocery Closet", "Bags of canned goods and bread for families, every Friday."),
    "s2": ("Rental assistance", "Money for people who are behind on their rent."),
    "s3": ("Ride share", "Drivers take older adults to a medical appointment."),
    "s4": ("Zyxwv", "Qwert asdfg."),
}


@pytest.fixture
def fresh(instance, tmp_path):
    """Give a directory with our taxonomy and a list that has none of our topics."""
    return import_untagged(instance, tmp_path / "list", SERVICES)


def rows_of(instance, name):
    """Give the suggestions for the service of this name."""
    with instance.store.read() as session:
        service = session.scalar(select(ServiceRow.id).where(ServiceRow.name == name))
        statement = select(TopicSuggestionRow).where(TopicSuggestionRow.service_id == service)
        return session.scalars(statement.order_by(TopicSuggestionRow.confidence.desc())).all()


def names_found(instance, words):
    """Give the names of the services that a search finds."""
    page = find_services(instance, SearchQuery(words=words), Audience.PUBLIC)
    return [card.service.name for card in page.cards]


def test_a_suggested_topic_puts_its_service_first(fresh):
    rent = "me van a sacar por la renta"
    assert names_found(fresh, rent)[0] != "Rental assistance"
    summary = suggest(fresh)
    assert (summary.services, summary.without) == (4, 1)
    assert names_found(fresh, rent)[0] == "Rental assistance"
    assert names_found(fresh, "despensa")[0] == "Grocery Closet"
    assert "Zyxwv" not in names_found(fresh, "despensa")


@pytest.mark.slow
def test_the_evidence_stands_in_the_listing(fresh):
    suggest(fresh)
    for name, text in SERVICES.values():
        for row in rows_of(fresh, name):
            place = {EvidencePlace.NAME: name, EvidencePlace.DESCRIPTION: text}.get(row.place, "")
            assert row.words in place
            assert 0.15 <= row.confidence <= 1


@pytest.mark.slow
def test_a_suggestion_is_no_attribute(fresh):
    suggest(fresh)
    with fresh.store.read() as session:
        ids = select(ServiceRow.id).where(ServiceRow.source == "list")
        assert not session.scalars(select(AttributeRow).where(AttributeRow.link_id.in_(ids))).all()
        listings = load_listings(session, session.scalars(ids).all(), Audience.PUBLIC)
    assert all(not listing.terms for listing in listings)
    assert any(listing.suggested_topics for listing in listings)


def test_a_shelter_for_survivors_is_never_suggested_as_a_community_group(instance, tmp_path):
    groups = "Community groups and organizing: we speak up for change."
    house = f"A safe place to stay for anyone whose partner hurts them. {groups}"
    import_untagged(
        instance, tmp_path / "list", {"s1": ("Neighbors", groups), "s2": ("Haven", house)}
    )
    suggest(instance)
    with instance.store.read() as session:
        code = select(TaxonomyTermRow.id).where(TaxonomyTermRow.code == "community-advocacy")
        term = session.scalars(code).one()
    found = {
        name: {row.term_id for row in rows_of(instance, name)} for name in ("Neighbors", "Haven")
    }
    assert term in found["Neighbors"]
    assert term not in found["Haven"]


def codes_of(instance, name):
    """Give the codes of the topics suggested for the service of this name."""
    ids = [row.term_id for row in rows_of(instance, name)]
    with instance.store.read() as session:
        codes = select(TaxonomyTermRow.code).where(TaxonomyTermRow.id.in_(ids))
        return set(session.scalars(codes))


def test_animals_homes_and_survivors_are_told_apart_from_who_needs_a_bed(instance, tmp_path):
    flee = "A safe place to stay for anyone whose partner hurts them. Showers, now and then."
    services = {
        "s1": ("Elm Animal Shelter", "Adoption and a mobile clinic. Emergency shelter."),
        "s2": ("Elm Guide Dogs", "Training for people who are blind."),
        "s3": ("Oak House", "Permanent supportive housing for men."),
        "s4": ("Ash House", "Supportive housing. Emergency shelter for men."),
        "s5": ("Fern House", flee),
    }
    terms = [{"id": "c1", "code": "c1", "name": "Emergency Shelter", "taxonomy": "Theirs"}]
    links = [
        {"id": f"a{key}", "link_id": key, "link_entity": "service", "taxonomy_term_id": "c1"}
        for key in services
    ]
    import_untagged(instance, tmp_path / "list", services, taxonomy_terms=terms, attributes=links)
    suggest(instance)
    animals = codes_of(instance, "Elm Animal Shelter")
    assert "animal-shelters" in animals
    assert animals <= {"pets", "pet-care", "pet-food", "animal-shelters", "service-animals"}
    assert "blind-services" in codes_of(instance, "Elm Guide Dogs")
    assert "emergency-shelter" not in codes_of(instance, "Oak House")
    assert {"emergency-shelter", "supportive-housing"} <= codes_of(instance, "Ash House")
    assert min(row.confidence for row in rows_of(instance, "Fern House")) >= LEAST_TO_SHOW


@pytest.mark.slow
def test_a_second_run_has_nothing_to_do(fresh):
    suggest(fresh)
    with fresh.store.read() as session:
        before = session.scalars(select(TopicSuggestionRow.id)).all()
    assert not queue_if_changed(fresh)
    assert suggest(fresh).services == 0
    assert suggest(fresh, everything=True).services == 4
    with fresh.store.read() as session:
        assert session.scalars(select(TopicSuggestionRow.id)).all() == before


@pytest.mark.slow
def test_an_edited_service_is_looked_at_again(fresh):
    suggest(fresh)
    with fresh.store.write() as session:
        session.scalars(
            select(ServiceRow).where(ServiceRow.name == "Zyxwv")
        ).one().description = "A food pantry with groceries."
    assert queue_if_changed(fresh)
    assert not queue_if_changed(fresh), "one waits already"
    suggest(fresh)
    assert rows_of(fresh, "Zyxwv")


def edit_service(instance, name):
    """Change the description of a service."""
    with instance.store.write() as session:
        service = session.scalars(select(ServiceRow).where(ServiceRow.name == name)).one()
        service.description += " A food pantry."


def finish_job(instance, kind, seconds):
    """Have a job of this kind end now, after so many seconds."""
    with instance.store.write() as session:
        row = JobRow(kind=kind, subject_id=kind, state=JobState.DONE.value)
        row.finished_at = instance.now()
        row.created_at = row.started_at = row.finished_at - timedelta(seconds=seconds)
        session.add(row)


@pytest.mark.slow
def test_runs_after_edits_take_a_tenth_of_the_time(fresh, time_machine):
    suggest(fresh)
    finish_job(fresh, TOPIC_SUGGESTIONS, seconds=128)
    edit_service(fresh, "Zyxwv")
    assert not queue_if_changed(fresh), "the last run has just ended"
    time_machine.move_to(fresh.now() + timedelta(seconds=9 * 128))
    assert queue_if_changed(fresh)


@pytest.mark.slow
def test_a_run_after_an_import_does_not_wait(fresh):
    suggest(fresh)
    finish_job(fresh, TOPIC_SUGGESTIONS, seconds=128)
    edit_service(fresh, "Zyxwv")
    finish_job(fresh, "import", seconds=1)
    assert queue_if_changed(fresh)


@pytest.mark.slow
def test_a_refused_topic_stays_refused(fresh):
    suggest(fresh)
    refused = rows_of(fresh, "Rental assistance")[0].term_id
    with fresh.store.write() as session:
        session.execute(
            update(TopicSuggestionRow)
            .where(TopicSuggestionRow.term_id == refused)
            .values(state=SuggestionState.REFUSED.value, service_id="gone since")
        )
    suggest(fresh, everything=True)
    assert refused not in {row.term_id for row in rows_of(fresh, "Rental assistance")}


@pytest.mark.slow
def test_the_suggestions_of_a_retired_service_go(fresh):
    suggest(fresh)
    with fresh.store.write() as session:
        service = session.scalars(select(ServiceRow).where(ServiceRow.name == "Ride share")).one()
        service.retired_at = fresh.now()
    suggest(fresh)
    assert not rows_of(fresh, "Ride share")


@pytest.mark.slow
def test_texts_of_a_service_that_is_not_public_suggest_nothing(fresh):
    suggest(fresh)
    with fresh.store.write() as session:
        service = session.scalars(select(ServiceRow).where(ServiceRow.name == "Ride share")).one()
        service.visibility = Visibility.WITHHELD.value
    fresh.index.sync()
    assert "Ride share" not in names_found(fresh, "rides to the doctor")
    suggest(fresh)
    assert not rows_of(fresh, "Ride share")


@pytest.mark.slow
def test_a_tagged_service_gets_none(demo):
    suggest(demo, everything=True)
    with demo.store.read() as session:
        suggested = session.scalars(select(TopicSuggestionRow.service_id).distinct()).all()
        listings = load_listings(session, suggested, Audience.PUBLIC)
    assert len(suggested) == 1
    assert not any(listing.terms for listing in listings)
