"""Which services wait for a topic, and which categories of lists count: as queries say it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from referral.records.classification import Attribute, TaxonomyTerm
from referral.records.headings import OWN_TAXONOMY
from referral.records.hsds import Organization, Service
from referral.records.record_ids import CATEGORY_SOURCE
from referral.records.visibility import Visibility
from referral.store.rows import ServiceRow
from referral.store.terms import load_terms
from referral.store.topic_suggestions import TopicSuggestionRow, load_suggested_topics
from referral.topic_suggestions.open_services import (
    category_links,
    has_no_own_topic,
    has_no_topic,
)
from tests.support.rows import add_records

STAFF = Visibility.STAFF
GONE = datetime(2026, 11, 1, tzinfo=UTC)
SERVICE = Service(id="s", organization_id="o", name="Pantry", status="active")
OURS = TaxonomyTerm(id="food", code="food", name="Food", taxonomy=OWN_TAXONOMY)
THEIRS = TaxonomyTerm(id="x1", code="x1", name="Meals", taxonomy="County")
TAG = Attribute(id="i", link_entity="service", link_id="s", taxonomy_term_id="food")


@pytest.fixture
def session(session):
    add_records(session, Organization(id="o", name="Table"), SERVICE, replace(SERVICE, id="t"), OURS,
        THEIRS, replace(OURS, id="rent", code="rent", name="Rent"))  # fmt: skip
    return session


@pytest.mark.parametrize(
    ("tag", "more", "waits", "has_none"),
    [
        (TAG, {}, False, False),
        (TAG, {"source": CATEGORY_SOURCE}, False, True),
        (TAG, {"retired_at": GONE}, True, True),
        (replace(TAG, taxonomy_term_id="x1"), {}, True, True),
        (replace(TAG, link_entity="organization"), {}, True, True),
        (replace(TAG, link_id="t"), {}, True, True),
    ],
)
def test_a_service_with_a_topic_of_ours_does_not_wait(session, tag, more, waits, has_none):
    add_records(session, tag, **more)

    def is_among(condition):
        return "s" in session.scalars(select(ServiceRow.id).where(condition)).all()

    assert (is_among(has_no_topic()), is_among(has_no_own_topic())) == (waits, has_none)
    add_records(session, replace(SERVICE, visibility=STAFF))
    assert (is_among(has_no_topic()), is_among(has_no_own_topic())) == (False, False)


@pytest.mark.parametrize(
    ("tag", "more", "is_told"),
    [
        (TAG, {}, False),
        (replace(TAG, taxonomy_term_id="x1"), {}, True),
        (replace(TAG, taxonomy_term_id="x1"), {"retired_at": GONE}, False),
        (replace(TAG, taxonomy_term_id="x1", visibility=STAFF), {}, False),
        (replace(TAG, taxonomy_term_id="x1", link_entity="organization"), {}, False),
    ],
)
def test_a_category_is_a_public_term_of_a_list(session, tag, more, is_told):
    add_records(session, tag, **more)
    found = session.execute(category_links()).all()
    assert found == ([("s", "x1")] if is_told else [])


def suggest(session, *suggestions):
    session.add_all(
        TopicSuggestionRow(
            service_id=service, source="county", source_key="", term_id=term, score=1.0,
            confidence=confidence, place="name", words="", headings="", made_by="1", state=state,
        )
        for service, term, confidence, state in suggestions
    )  # fmt: skip
    session.flush()


def test_open_suggestions_come_by_confidence_and_decided_ones_are_evidence(session):
    suggest(
        session, ("s", "food", 0.5, "suggested"), ("s", "rent", 0.9, "suggested"),
        ("s", "gone", 0.99, "suggested"), ("s", "x1", 0.7, "refused"),
        ("t", "food", 0.8, "accepted"), ("t", "rent", 0.6, "refused"),
    )  # fmt: skip
    found = load_suggested_topics(session, ["s", "t"], load_terms(session))
    assert [each.path[0].id for each in found.topics["s"]] == ["rent", "food"]
    assert "t" not in found.topics
    assert found.evidence == {"t": {"food": 0.8}}
    assert load_suggested_topics(session, ["t"], load_terms(session)).topics == {}
