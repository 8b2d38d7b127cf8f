"""What people say is read again when it changed, and only then."""

from __future__ import annotations

from sqlalchemy import event

from referral.records.thesaurus import ThesaurusEntry
from referral.search.understanding.word_lists import WordListCache
from referral.store.rows import ServiceRow
from referral.store.word_lists import add_thesaurus


def test_an_edit_of_a_service_leaves_it_as_it_was(store, indexed):
    indexed()
    spoken = WordListCache(store)
    before = spoken.get()
    with store.write() as session:
        session.query(ServiceRow).first().name = "Another name"
    read: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda *given: read.append(given[2]))
    spoken.follow()
    assert spoken.get() is before
    assert not [statement for statement in read if "thesaurus_entry" in statement]


def test_what_is_added_is_known_after_following(store, indexed):
    indexed()
    spoken = WordListCache(store)
    assert "zorblatt" not in spoken.get().phrasebook
    with store.write() as session:
        add_thesaurus(session, [ThesaurusEntry(phrase="zorblatt", term_codes=("food",))])
    spoken.follow()
    assert "zorblatt" in spoken.get().phrasebook
