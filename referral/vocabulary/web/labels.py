"""Labels for changes of the vocabulary: refusals, actions, kinds."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, lazy_gettext

from referral.records.headings import RuleKind
from referral.vocabulary.edit_history import UNDONE_ACTION
from referral.vocabulary.records import VocabularyRefusal, VocabularyRefusedError
from referral.vocabulary.usual_needs import Reason

LANGUAGE_LABELS = {"en": lazy_gettext("English"), "es": lazy_gettext("Spanish")}
CRISIS_KIND_LABELS = {
    "danger": lazy_gettext("Danger: raises help lines"),
    "safe": lazy_gettext("Safe: takes a danger back"),
    "set": lazy_gettext("Set: words under one name"),
}
RULE_KIND_LABELS = {
    RuleKind.TERM: lazy_gettext("Topic of our own, with all below it"),
    RuleKind.OPEN_ELIGIBILITY: lazy_gettext(
        "%(taxonomy)s topic, with all below it", taxonomy="Open Eligibility"
    ),
    RuleKind.CODE_211: lazy_gettext("Beginning of a 2-1-1 code"),
    RuleKind.WORD: lazy_gettext("Words in the name of a topic or service"),
}
REASON_LABELS = {
    Reason.NOT_THERE: lazy_gettext("No service in this list says that it helps with this."),
    Reason.NO_DESCRIPTION: lazy_gettext("Most services of this list have a name and no text."),
    Reason.NO_AREA: lazy_gettext(
        "For most services we do not know where they are or which places they serve."
    ),
    Reason.NO_TOPIC: lazy_gettext("Most services that help have no topic yet."),
    Reason.OTHERS_FIRST: lazy_gettext(
        "Services that do not say it are found before those that do."
    ),
}
AUDIT_ACTION_LABELS: dict[str, Any] = {
    "word-added": lazy_gettext("added a word people say"),
    "word-changed": lazy_gettext("changed a word people say"),
    "word-removed": lazy_gettext("took a word away"),
    "words-loaded": lazy_gettext("brought in a file of words"),
    "words-of-version-added": lazy_gettext("added the words of a new version"),
    "crisis-word-added": lazy_gettext("added a word of danger"),
    "crisis-word-changed": lazy_gettext("changed a word of danger"),
    "crisis-word-removed": lazy_gettext("took a word of danger away"),
    "heading-changed": lazy_gettext("changed a heading"),
    "rule-added": lazy_gettext("added a rule for a heading"),
    "rule-removed": lazy_gettext("took a rule for a heading away"),
    "taxonomy-notice-changed": lazy_gettext("changed the notice of a taxonomy"),
    "topics-ordered": lazy_gettext("changed the order of topics below"),
    "notice-changed": lazy_gettext("changed the notice on all pages"),
    "inclusion-policy-changed": lazy_gettext("changed what we list, and why"),
    "questions-changed": lazy_gettext("changed the questions about a topic"),
    "questions-restored": lazy_gettext("put the questions about a topic back as they came"),
    UNDONE_ACTION: lazy_gettext("took a change of words back"),
}
AUDIT_KIND_LABELS: dict[str, Any] = {
    "thesaurus_entry": lazy_gettext("word people say"),
    "crisis_word": lazy_gettext("word of danger"),
    "heading": lazy_gettext("heading"),
    "crosswalk_rule": lazy_gettext("rule for a heading"),
    "taxonomy_notice": lazy_gettext("notice of a taxonomy"),
    "site_text": lazy_gettext("text of the site"),
}
_REFUSALS: dict[VocabularyRefusal, Any] = {
    VocabularyRefusal.EMPTY: lazy_gettext("Type a word that says something, please."),
    VocabularyRefusal.TOO_LONG: lazy_gettext("Use a shorter text, please."),
    VocabularyRefusal.TAKEN: lazy_gettext("This is there already. Change that one."),
    VocabularyRefusal.GONE: lazy_gettext("Somebody took this away meanwhile."),
    VocabularyRefusal.UNKNOWN_TOPIC: lazy_gettext("There is no such topic here."),
    VocabularyRefusal.ODD_CODE: lazy_gettext(
        "Write how a 2-1-1 code begins, such as B, BD, BD-18 or BD-1800.2000."
    ),
    VocabularyRefusal.UNKNOWN_LANGUAGE: lazy_gettext("Use en for English or es for Spanish."),
    VocabularyRefusal.UNKNOWN_LINE: lazy_gettext("Choose at least one help line."),
    VocabularyRefusal.UNKNOWN_HEADING: lazy_gettext("Choose one of the headings."),
    VocabularyRefusal.ODD_WEIGHT: lazy_gettext("Give a weight from 0.1 to 3."),
    VocabularyRefusal.ODD_PATTERN: lazy_gettext("This cannot be read. Look at the marks below."),
    VocabularyRefusal.MISSED: lazy_gettext(
        "Nothing was saved. With this change these words of danger would be missed."
    ),
    VocabularyRefusal.FALSE_ALARM: lazy_gettext(
        "These everyday words would raise a help line. Is that what you want?"
    ),
    VocabularyRefusal.CHANGED_SINCE: lazy_gettext(
        "Somebody changed it since. Change it by hand, please."
    ),
    VocabularyRefusal.ODD_FILE: lazy_gettext(
        "We cannot read this file. Save it as CSV with phrase, language, terms and weight."
    ),
    VocabularyRefusal.ODD_LINE: lazy_gettext("We cannot read one of the lines."),
    VocabularyRefusal.LANGUAGES_DIFFER: lazy_gettext(
        "Both languages need the same questions, answers and brackets."
    ),
    VocabularyRefusal.NOT_LICENSED: lazy_gettext("Say that the library may use this list."),
}


def refusal_label(error: VocabularyRefusedError) -> str:
    """Return the reason why a vocabulary change, such as of a crisis word, was refused."""
    if error.refusal is VocabularyRefusal.ODD_LINE:
        return str(gettext("We cannot read this: %(line)s", line=", ".join(error.details)))
    return refusal_text(error.refusal)


def refusal_text(refusal: VocabularyRefusal) -> str:
    """Return the refusal of a vocabulary change as a sentence."""
    return str(_REFUSALS[refusal])


def saved_text(group_id: str) -> str:
    """Return the message after a change of the vocabulary was saved, or changed nothing.

    ``group_id`` is "" if nothing changed.
    """
    if not group_id:
        return str(gettext("Nothing was changed."))
    return str(gettext("Saved. Search and pages follow soon."))
