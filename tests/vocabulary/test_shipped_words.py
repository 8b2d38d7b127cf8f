"""Words of a new version reach a library that was set up with an earlier one."""

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, select

from referral.cli import main
from referral.records.accounts import Actor
from referral.records.thesaurus import ThesaurusEntry
from referral.store.word_lists import CrisisWordRow, ThesaurusEntryRow
from referral.vocabulary.edit_history import list_vocabulary_edits, undo_vocabulary_edit
from referral.vocabulary.records import VocabularyRefusedError
from referral.vocabulary.shipped_words import add_missing_words, missing_words
from referral.vocabulary.thesaurus import list_entries, remove_entry, save_entry

PAT = Actor("", "Pat")
_NEW = ("food pantry volunteer", "three day notice")


def forget_as_an_earlier_version(instance):
    """Take two phrases and a crisis word out of the tables, as if they had never been there."""
    with instance.store.write() as session:
        crisis = session.scalars(
            select(CrisisWordRow).where(CrisisWordRow.kind == "danger").limit(1)
        ).one()
        words = crisis.words
        session.delete(crisis)
        session.execute(delete(ThesaurusEntryRow).where(ThesaurusEntryRow.phrase.in_(_NEW)))
    return words


@pytest.mark.slow
def test_only_what_an_earlier_version_did_not_have_is_added(demo):
    assert missing_words(demo) == []
    words = forget_as_an_earlier_version(demo)
    missing = missing_words(demo)
    said = {change.values.get("phrase") or change.values["words"] for change in missing}
    assert said == {*_NEW, words}
    assert add_missing_words(demo, PAT) == len(missing)
    assert missing_words(demo) == []
    assert list_entries(demo, _NEW[0]).total
    group = list_vocabulary_edits(demo)[0]
    assert (group.action, group.rows) == ("words-of-version-added", len(missing))
    with pytest.raises(VocabularyRefusedError):  # a known danger would be missed
        undo_vocabulary_edit(demo, PAT, group.id, confirmed=True)


@pytest.mark.slow
def test_added_phrases_are_taken_back_in_one_go(demo):
    with demo.store.write() as session:
        session.execute(delete(ThesaurusEntryRow).where(ThesaurusEntryRow.phrase.in_(_NEW)))
    assert add_missing_words(demo, PAT) == len(_NEW)
    undo_vocabulary_edit(demo, PAT, list_vocabulary_edits(demo)[0].id)
    assert not any(list_entries(demo, phrase).total for phrase in _NEW)
    assert missing_words(demo) == []  # they were here, and somebody took them away


@pytest.mark.slow
def test_what_somebody_changed_or_took_away_stays_so(demo):
    kept, gone = (list_entries(demo, phrase)[0] for phrase in _NEW)
    other = ThesaurusEntry(phrase="evicted by notice", term_codes=kept.entry.term_codes)
    save_entry(demo, PAT, other, kept.id)
    remove_entry(demo, PAT, gone.id)
    assert missing_words(demo) == []


@pytest.mark.slow
def test_the_command_after_an_upgrade_says_how_many_words_are_new(demo):
    forget_as_an_earlier_version(demo)
    number = len(missing_words(demo))
    assert number >= 3
    result = CliRunner().invoke(main, ["--instance", str(demo.settings.instance_path), "seed"])
    assert f"{number} words of this version are new here" in result.output
    assert missing_words(demo) == []
