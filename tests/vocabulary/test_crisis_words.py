"""Words of danger are changed only where no danger is missed by it."""

import pytest

from referral.cli.search import notices_of
from referral.records.accounts import Actor
from referral.search.query import SearchQuery
from referral.vocabulary.crisis_words import (
    CrisisRow,
    lines_raised,
    list_crisis_rows,
    read_crisis_row,
    remove_crisis_row,
    save_crisis_row,
)
from referral.vocabulary.edit_history import (
    crisis_phrases,
    list_vocabulary_edits,
    undo_vocabulary_edit,
)
from referral.vocabulary.records import VocabularyRefusal, VocabularyRefusedError

PAT = Actor("", "Pat")
ODD = CrisisRow(words="blorb the zonk", lines=("988",))


def refused(call):
    with pytest.raises(VocabularyRefusedError) as caught:
        call()
    return caught.value


def raises_lines(instance, words):
    answer = instance.index.search(SearchQuery(words=words))
    return [notice.details["line"] for notice in notices_of(answer) if notice.kind == "crisis"]


@pytest.mark.slow
def test_a_word_raises_its_line_at_once_and_not_when_taken_back(demo):
    group = save_crisis_row(demo, PAT, ODD)
    assert raises_lines(demo, "please blorb the zonk tonight") == ["988"]
    undo_vocabulary_edit(demo, PAT, group)
    assert raises_lines(demo, "blorb the zonk") == []


@pytest.mark.slow
def test_a_change_by_which_a_danger_is_missed_is_refused_with_its_phrases(demo):
    total = list_crisis_rows(demo).total
    error = refused(lambda: save_crisis_row(demo, PAT, CrisisRow(kind="safe", words="suicide")))
    assert error.refusal is VocabularyRefusal.MISSED
    assert "suicide" in error.details
    assert list_crisis_rows(demo).total == total
    assert not list_vocabulary_edits(demo)
    assert raises_lines(demo, "suicide") == ["988"]


@pytest.mark.slow
def test_no_confirming_helps_where_a_danger_would_be_missed(demo):
    safe = CrisisRow(kind="safe", words="suicide")
    error = refused(lambda: save_crisis_row(demo, PAT, safe, confirmed=True))
    assert error.refusal is VocabularyRefusal.MISSED


@pytest.mark.slow
def test_no_row_that_a_phrase_hangs_on_is_removed_or_turned_to_another_line(demo):
    row = list_crisis_rows(demo, "better without me")[0]
    other = CrisisRow(id=row.id, words=row.words, lines=("211",))
    removed = refused(lambda: remove_crisis_row(demo, PAT, row.id, confirmed=True))
    turned = refused(lambda: save_crisis_row(demo, PAT, other, confirmed=True))
    assert removed.refusal is turned.refusal is VocabularyRefusal.MISSED
    assert read_crisis_row(demo, row.id) == row
    assert all(
        lines_raised(demo, phrase.words)[:1] == (phrase.expected,)
        for phrase in crisis_phrases()[:20]
        if phrase.expected
    )


@pytest.mark.slow
def test_everyday_words_that_would_raise_a_line_are_named_and_may_be_confirmed(demo):
    row = CrisisRow(words="part time", lines=("988",))
    error = refused(lambda: save_crisis_row(demo, PAT, row))
    assert error.refusal is VocabularyRefusal.FALSE_ALARM
    assert "part time job" in error.details
    save_crisis_row(demo, PAT, row, confirmed=True)
    assert raises_lines(demo, "part time job") == ["988"]


@pytest.mark.parametrize(
    ("row", "refusal"),
    [
        (CrisisRow(words=" ", lines=("988",)), VocabularyRefusal.EMPTY),
        (CrisisRow(words="blorb", kind="odd"), VocabularyRefusal.EMPTY),
        (CrisisRow(words="blorb"), VocabularyRefusal.UNKNOWN_LINE),
        (CrisisRow(words="blorb", lines=("nobody",)), VocabularyRefusal.UNKNOWN_LINE),
        (CrisisRow(words="blorb ...", lines=("988",)), VocabularyRefusal.ODD_PATTERN),
        (CrisisRow(words="@blorbs", lines=("988",)), VocabularyRefusal.ODD_PATTERN),
        (CrisisRow(words="a? " * 6 + "blorb", lines=("988",)), VocabularyRefusal.ODD_PATTERN),
        (CrisisRow(words="a " + "... a " * 4, lines=("988",)), VocabularyRefusal.ODD_PATTERN),
        (CrisisRow(words="blorb " * 13, lines=("988",)), VocabularyRefusal.ODD_PATTERN),
        (
            CrisisRow(words="I live or DIE".removeprefix("I "), lines=("988",)),
            VocabularyRefusal.TAKEN,
        ),
    ],
)
def test_what_cannot_be_read_or_would_be_slow_is_refused(demo, row, refusal):
    assert refused(lambda: save_crisis_row(demo, PAT, row)).refusal is refusal


@pytest.mark.slow
def test_a_set_in_use_stays_and_one_of_ones_own_works(demo):
    used = list_crisis_rows(demo, "partner =", "set")[0]
    error = refused(lambda: remove_crisis_row(demo, PAT, used.id))
    assert error.refusal is VocabularyRefusal.ODD_PATTERN
    save_crisis_row(demo, PAT, CrisisRow(kind="set", words="blorbs = blorb/blorba"))
    save_crisis_row(demo, PAT, CrisisRow(words="muy @blorbs hoy", lines=("988", "211")))
    assert raises_lines(demo, "muy blorba hoy") == ["988", "211"]


@pytest.mark.slow
def test_words_are_folded_as_a_search_is(demo):
    save_crisis_row(demo, PAT, CrisisRow(words="Blórb’s Ñandú", lines=("988",)))
    row = list_crisis_rows(demo, "blorbs nandu")[0]
    assert read_crisis_row(demo, row.id).words == "blorbs nandu"
    assert raises_lines(demo, "blorb's ñandú") == ["988"]


@pytest.mark.slow
def test_no_taking_back_by_which_a_danger_is_missed(demo):
    row = list_crisis_rows(demo, "better without me")[0]
    wider = CrisisRow(words=row.words.replace("without me", "without me/myself"), lines=row.lines)
    group = save_crisis_row(demo, PAT, wider, confirmed=True)
    remove_crisis_row(demo, PAT, row.id)
    error = refused(lambda: undo_vocabulary_edit(demo, PAT, group, confirmed=True))
    assert error.refusal is VocabularyRefusal.MISSED
