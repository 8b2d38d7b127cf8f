"""On a list that nobody tagged, words count less where their topic is known and does not hold."""

import pytest
from sqlalchemy import select

from referral.search import weights
from referral.search.query import SearchQuery
from referral.store.rows import ServiceRow
from tests.support.untagged_list import fill_untagged, suggest

TREES = ("Elm", "Oak", "Ash", "Fir", "Yew", "Bay", "Fig", "Birch", "Pine", "Cedar")
CHESS = "Chess at Pantry Road"


def pantries_and_a_club(directory):
    groceries = "Bags of groceries for families, every week."
    places = {tree: (f"{tree} food pantry", groceries) for tree in TREES}
    play = "Play chess on Pantry Road, opposite the food court."
    fill_untagged(directory, {**places, "chess": (CHESS, play)})
    suggest(directory)


@pytest.fixture
def directory_url(databases):
    return databases.filled(pantries_and_a_club)


def scores_of(directory):
    directory.index.sync()
    hits = directory.index.search(SearchQuery(words="food pantry")).hits
    with directory.store.read() as session:
        names = dict(session.execute(select(ServiceRow.id, ServiceRow.name)).all())
    return {names[hit.service_id]: hit.score for hit in hits}


def test_the_words_alone_are_worth_less_than_in_a_service_of_their_topic(directory, monkeypatch):
    found = scores_of(directory)
    monkeypatch.setattr(weights, "OFF_TOPIC", 1.0)
    plain = scores_of(directory)
    assert found[CHESS] == pytest.approx(plain[CHESS] * 0.5, rel=1e-3)
    assert {name: score for name, score in found.items() if name != CHESS} == {
        name: score for name, score in plain.items() if name != CHESS
    }
