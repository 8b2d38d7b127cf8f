"""What people say is read again when it changed, and only then."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from referral.records.thesaurus import ThesaurusEntry
from referral.search.understanding.knowledge import WordListCache
from referral.store.rows import ServiceRow
from referral.store.word_lists import add_crisis_words, add_thesaurus


def test_an_edit_of_a_service_leaves_it_as_it_was(store, indexed):
    indexed()
    spoken = WordListCache(store)
    before = spoken.get()
    with store.write() as session:
        session.query(ServiceRow).first().name = "Another name"
    read: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda *given: read.append(given[2]))
    spoken.refresh()
    assert spoken.get() is before
    assert not [statement for statement in read if "thesaurus_entry" in statement]


def test_what_is_added_is_known_after_following(store, indexed):
    indexed()
    spoken = WordListCache(store)
    assert "zorblatt" not in spoken.get().phrasebook
    with store.write() as session:
        add_thesaurus(session, [ThesaurusEntry(phrase="zorblatt", term_codes=("food",))])
    spoken.refresh()
    assert "zorblatt" in spoken.get().phrasebook


@pytest.mark.slow
def test_older_phrases_answer_until_new_ones_are_indexed_and_danger_does_not_wait(store, indexed):
    indexed()
    cache = WordListCache(store)
    cache.refresh()
    cache.index_phrases()
    assert not cache.get().nearest_phrases.is_indexed  # nobody asked
    cache.index_phrases(ahead=True)
    older = cache.get().nearest_phrases
    assert older.is_indexed
    with store.write() as session:
        add_thesaurus(session, [ThesaurusEntry(phrase="zorblatt", term_codes=("food",))])
        add_crisis_words(session, [{"kind": "danger", "words": "frumious jub", "line": "988"}])
    cache.refresh()
    read = cache.get()
    assert read.danger_in("a frumious jub").lines == ("988",)
    assert "zorblatt" in read.phrasebook
    assert read.nearest_phrases is older
    cache.index_phrases()
    indexed_now = cache.get()
    assert indexed_now.phrasebook is read.phrasebook
    assert indexed_now.crisis_words is read.crisis_words
    assert indexed_now.nearest_phrases.is_indexed
    assert indexed_now.nearest_phrases.nearest_terms(["zorblatts"]).keys() == {"food"}
    assert "food" not in older.nearest_terms(["zorblatts"])
    cache.index_phrases(ahead=True)
    assert cache.get() is indexed_now


@pytest.mark.slow
def test_lists_that_changed_twice_before_they_were_indexed_are_indexed_as_they_are(store, indexed):
    indexed()
    cache = WordListCache(store)
    cache.refresh()
    cache.index_phrases(ahead=True)
    for phrase in ("zorblatt", "quuxify"):
        with store.write() as session:
            add_thesaurus(session, [ThesaurusEntry(phrase=phrase, term_codes=("food",))])
        cache.refresh()
    cache.index_phrases()
    nearest = cache.get().nearest_phrases
    assert nearest.nearest_terms(["zorblatts"])
    assert nearest.nearest_terms(["quuxifys"])
