"""Which services a change of the log touches, so that index and caches follow."""

from dataclasses import replace

import pytest

from referral.records.classification import Attribute, TaxonomyTerm
from referral.records.hsds import (
    Location,
    Organization,
    Program,
    Service,
    ServiceAtLocation,
)
from referral.store.change_log import (
    Change,
    affected_services,
    any_changed,
    log_changes,
    store_state,
)
from referral.store.conversion import row_from
from referral.store.topic_suggestions import SUGGESTION_CHANGE, TopicSuggestionRow


@pytest.fixture
def session(session):
    """Give two services that have nothing in common."""
    for key in "ab":
        term = TaxonomyTerm(id=f"t{key}", code=f"code {key}", name=f"Topic {key}")
        for record in (
            Organization(id=f"o{key}", name="Table"),
            Program(id=f"g{key}", organization_id=f"o{key}", name="Meals"),
            Service(id=f"s{key}", organization_id=f"o{key}", program_id=f"g{key}", name="P"),
            Location(id=f"l{key}"),
            ServiceAtLocation(id=f"x{key}", service_id=f"s{key}", location_id=f"l{key}"),
            term,
            replace(term, id=f"u{key}", code="", parent_id=f"t{key}"),
            Attribute(id=f"i{key}", link_entity="service", link_id=f"s{key}",
                      taxonomy_term_id=f"u{key}"),
        ):  # fmt: skip
            session.add(row_from(record))
            session.flush()
    session.add(TopicSuggestionRow(
        service_id="suggested", source="", source_key="", term_id="ta", score=1.0,
        confidence=0.5, place="name", words="", headings="", made_by="1", state="suggested",
    ))  # fmt: skip
    session.flush()
    return session


@pytest.mark.parametrize(
    ("kind", "key", "found"),
    [
        ("service", "sa", {"sa"}),
        ("service", "deleted", {"deleted"}),
        ("organization", "oa", {"sa"}),
        ("program", "ga", {"sa"}),
        ("location", "la", {"sa"}),
        ("service_at_location", "xa", {"sa"}),
        ("taxonomy_term", "ua", {"sa"}),
        ("taxonomy_term", "ta", {"sa", "suggested"}),  # of all terms below it
        (SUGGESTION_CHANGE, "sb", {"sb"}),
        ("location", "sa", set()),
        ("heading", "food", set()),
    ],
)
def test_a_change_touches_the_services_that_show_it(session, kind, key, found):
    assert affected_services(session, [Change(1, kind, key)]) == found


def test_changes_of_several_kinds_touch_all_of_them(session):
    changes = [Change(1, "organization", "oa"), Change(2, "location", "lb")]
    assert affected_services(session, changes) == {"sa", "sb"}


def test_a_change_counts_after_the_mark_and_by_its_kind(session):
    mark = store_state(session).last_sequence
    assert not any_changed(session, mark, ["heading"])
    log_changes(session, [("heading", "food")])
    assert any_changed(session, mark, ["service", "heading"])
    assert not any_changed(session, mark, ["service"])
    assert not any_changed(session, store_state(session).last_sequence, ["heading"])
