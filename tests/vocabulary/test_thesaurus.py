"""Words are changed, found by in every process, and taken back."""

import threading

import pytest

from referral.app.background import index_round, run_rounds
from referral.directory.instance import opened_instance
from referral.records.accounts import Actor
from referral.records.thesaurus import ThesaurusEntry
from referral.search.query import SearchQuery
from referral.vocabulary.edit_history import list_vocabulary_edits, undo_vocabulary_edit
from referral.vocabulary.records import VocabularyRefusal, VocabularyRefusedError
from referral.vocabulary.thesaurus import (
    list_entries,
    load_thesaurus_csv,
    remove_entry,
    save_entry,
    thesaurus_csv,
)
from tests.conftest import settings_for

PAT = Actor("", "Pat")
ZORB = ThesaurusEntry(phrase="zorblatt wumpf", term_codes=("food-pantries",))


def finds(instance, words):
    return instance.index.search(SearchQuery(words=words)).total


def entry_id(instance, phrase):
    return list_entries(instance, phrase)[0].id


def refused(call):
    with pytest.raises(VocabularyRefusedError) as caught:
        call()
    return caught.value


def test_a_word_is_found_by_as_soon_as_it_is_added_and_no_more_when_taken_back(demo):
    before = finds(demo, "zorblatt wumpf")
    group = save_entry(demo, PAT, ZORB)
    assert finds(demo, "zorblatt wumpf") > before
    undo_vocabulary_edit(demo, PAT, group)
    assert finds(demo, "zorblatt wumpf") == before
    assert not list_entries(demo, "zorblatt").total


@pytest.mark.slow
def test_another_process_and_another_node_follow_by_themselves(demo, tmp_path):
    settings = demo.settings
    other_node = settings_for(tmp_path / "node", settings.database_url)
    with opened_instance(settings) as same_node, opened_instance(other_node) as far:
        far.index.sync()
        known = [finds(same_node, "zorblatt wumpf"), finds(far, "zorblatt wumpf")]
        stop, threads = threading.Event(), []
        for instance in (same_node, far):
            threads.append(
                threading.Thread(
                    target=run_rounds, args=([index_round(instance, stop, 0.05)], stop)
                )
            )
            threads[-1].start()
        save_entry(demo, PAT, ZORB)
        waited = threading.Event()
        for _ in range(400):
            found = [finds(same_node, "zorblatt wumpf"), finds(far, "zorblatt wumpf")]
            if all(now > was for now, was in zip(found, known, strict=True)):
                break
            waited.wait(0.05)
        stop.set()
        for thread in threads:
            thread.join()
        assert all(now > was for now, was in zip(found, known, strict=True))


@pytest.mark.slow
def test_a_word_is_changed_and_removed_and_both_are_in_the_trail(demo):
    save_entry(demo, PAT, ZORB)
    number = entry_id(demo, "zorblatt")
    save_entry(demo, PAT, ThesaurusEntry(phrase="zorblatt greens"), number)
    assert list_entries(demo, "zorblatt", kind="passing")[0].entry.phrase == "zorblatt greens"
    group = remove_entry(demo, PAT, number)
    assert not list_entries(demo, "zorblatt").total
    actions = [each.action for each in list_vocabulary_edits(demo)]
    assert actions == ["word-removed", "word-changed", "word-added"]
    undo_vocabulary_edit(demo, PAT, group)
    assert list_entries(demo, "zorblatt")[0].id == number
    assert [each.is_undone for each in list_vocabulary_edits(demo)] == [
        False,
        True,
        False,
        False,
    ]


@pytest.mark.slow
def test_what_somebody_changed_since_is_not_taken_back(demo):
    group = save_entry(demo, PAT, ZORB)
    number = entry_id(demo, "zorblatt")
    save_entry(demo, PAT, ThesaurusEntry(phrase="zorblatt greens"), number)
    error = refused(lambda: undo_vocabulary_edit(demo, PAT, group))
    assert error.refusal is VocabularyRefusal.CHANGED_SINCE


@pytest.mark.parametrize(
    ("entry", "refusal"),
    [
        (ThesaurusEntry(phrase=" ?! "), VocabularyRefusal.EMPTY),
        (ThesaurusEntry(phrase="the", term_codes=("food",)), VocabularyRefusal.EMPTY),
        (ThesaurusEntry(phrase="w" * 201), VocabularyRefusal.TOO_LONG),
        (ThesaurusEntry(phrase="hungry", language="tlh"), VocabularyRefusal.UNKNOWN_LANGUAGE),
        (ThesaurusEntry(phrase="blorb", term_codes=("no-such",)), VocabularyRefusal.UNKNOWN_TOPIC),
        (ThesaurusEntry(phrase="blorb", weight=99.0), VocabularyRefusal.ODD_WEIGHT),
        (ThesaurusEntry(phrase="Fridge is EMPTY"), VocabularyRefusal.TAKEN),
    ],
)
def test_what_cannot_be_a_word_is_refused_and_nothing_is_written(demo, entry, refusal):
    total = list_entries(demo).total
    assert refused(lambda: save_entry(demo, PAT, entry)).refusal is refusal
    assert list_entries(demo).total == total


@pytest.mark.slow
def test_the_file_comes_back_as_it_went_and_changes_nothing(demo):
    loaded = load_thesaurus_csv(demo, PAT, thesaurus_csv(demo), removes_others=True)
    assert (loaded.added, loaded.changed, loaded.removed, loaded.refused) == (0, 0, 0, ())


@pytest.mark.slow
def test_a_file_adds_changes_and_removes_and_is_taken_back_in_one_go(demo):
    total = list_entries(demo).total
    save_entry(demo, PAT, ThesaurusEntry(phrase="=zorb()", term_codes=("food",)))
    lines = thesaurus_csv(demo).decode("utf-8-sig").splitlines()
    assert "'=zorb(),en,food,1" in lines
    kept = [line.replace("=zorb(),en,food,1", "=zorb(),en,food,0.5") for line in lines[:-1]]
    content = "\n".join([*kept, "zorblatt,en,food|housing,"]).encode()
    loaded = load_thesaurus_csv(demo, PAT, content, removes_others=True)
    assert (loaded.added, loaded.changed, loaded.removed) == (1, 1, 1)
    assert list_entries(demo, "=zorb")[0].entry.weight == 0.5
    undo_vocabulary_edit(demo, PAT, loaded.group_id)
    assert list_entries(demo, "=zorb")[0].entry.weight == 1.0
    assert list_entries(demo).total == total + 1


def test_of_lines_of_a_file_for_one_phrase_the_last_counts(demo):
    content = b"phrase,language,terms\nzorblatt,en,food\nZorblatt,en,housing\n"
    assert load_thesaurus_csv(demo, PAT, content).added == 1
    assert list_entries(demo, "zorblatt")[0].entry.term_codes == ("housing",)


def test_a_file_with_a_bad_line_changes_nothing_and_says_which(demo):
    total = list_entries(demo).total
    content = b"phrase,language,terms\nzorblatt,en,food\nzorblatt two,en,no-such\n"
    loaded = load_thesaurus_csv(demo, PAT, content)
    assert [(each.line, each.details) for each in loaded.refused] == [(3, ("no-such",))]
    assert list_entries(demo).total == total


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\xff\xfe\x00", b"phrase,language\n"])
def test_what_is_no_such_file_is_refused(demo, content):
    error = refused(lambda: load_thesaurus_csv(demo, PAT, content))
    assert error.refusal is VocabularyRefusal.ODD_FILE


@pytest.mark.slow
def test_on_each_database_a_first_own_word_hides_none_that_came_along(instance):
    group = save_entry(instance, PAT, ThesaurusEntry(phrase="zorblatt"))
    assert list_entries(instance).total > 4000
    number = entry_id(instance, "zorblatt")
    gone = remove_entry(instance, PAT, number)
    undo_vocabulary_edit(instance, PAT, gone)
    assert entry_id(instance, "zorblatt") == number
    undo_vocabulary_edit(instance, PAT, group)
    assert not list_entries(instance, "zorblatt").total
