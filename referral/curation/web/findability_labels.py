"""How what leads to a record reads: rules of headings, filters, and what is missing."""

from __future__ import annotations

from flask_babel import gettext

from referral.curation.findability import Reach
from referral.directory.browse import list_headings
from referral.records.headings import CrosswalkRule, RuleKind
from referral.records.visibility import Audience
from referral.web.current import current_directory
from referral.web.filter_labels import value_labels
from referral.web.formatting import format_language, format_listed


def rule_words(rule: CrosswalkRule) -> str:
    """Why a rule puts a service under a heading."""
    sentences = {
        RuleKind.TERM: gettext("its topic is %(value)s, or below it", value=rule.value),
        RuleKind.OPEN_ELIGIBILITY: gettext("its %(taxonomy)s topic is %(value)s, or below it",
                                           taxonomy="Open Eligibility", value=rule.value),
        RuleKind.CODE_211: gettext("its 2-1-1 code begins with %(value)s", value=rule.value),
        RuleKind.WORD: gettext("the word “%(value)s” is in its name or topic", value=rule.value),
    }  # fmt: skip
    return str(sentences[rule.kind])


def filter_rows(reach: Reach) -> list[tuple[str, str]]:
    """Each filter and the values with which the record is left."""
    headings = [heading for heading, _ in list_headings(current_directory(), Audience.PUBLIC)]
    names = value_labels(headings)
    labels = {
        "headings": gettext("Kind of help"),
        "languages": gettext("Language spoken"),
        "age": gettext("Age of the person"),
        "populations": gettext("Made for"),
        "cost": gettext("What it costs"),
        "access": gettext("Easy to use for"),
        "delivery": gettext("How you get it"),
        "areas": gettext("Area served"),
    }
    never, rows = gettext("not with this filter"), []
    for name, label in labels.items():
        values = reach.filters.get(name, ())
        said = [
            format_language(value)
            if name == "languages"
            else value.partition(":")[2].title()
            if name == "areas"
            else names.get(value, value)
            for value in values
        ]
        rows.append((str(label), format_listed(said) if said else str(never)))
    return rows


def unreached_words(reason: str) -> str:
    """What does not lead to a service."""
    sentences = {
        "no-heading": gettext("under no heading"),
        "no-topic": gettext("no topic"),
        "not-by-name": gettext("not found by its own names"),
    }
    return str(sentences[reason])
