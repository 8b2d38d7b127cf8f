"""Headings in English and Spanish, and the crosswalk rules that file services under them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from referral.directory.instance import Instance
from referral.errors import NotFoundError
from referral.records.accounts import Actor, printable_line
from referral.records.headings import OWN_TAXONOMY, CrosswalkRule, Heading, RuleKind
from referral.records.page import Page
from referral.store.fetching import fetch_page
from referral.store.rows import CrosswalkRuleRow
from referral.store.terms import CROSSWALK_RULE, HEADING, TermTree, read_headings
from referral.vocabulary.edit_history import save_vocabulary
from referral.vocabulary.records import RowValues, VocabularyRefusal, VocabularyRefusedError

RULES_ON_A_PAGE = 50
_LONGEST_NAME = 60
_LONGEST_WORDS = 200
_MOST_WORDS = 6
_CODE_PREFIX = re.compile(
    r"[A-Z](?:[A-Z](?:-\d{1,3}|-\d{4}(?:\.\d{1,3}|\.\d{4}(?:-\d{1,2}|-\d{3}(?:\.\d{1,2})?)?)?)?)?\Z"
)
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """A crosswalk rule, which files services under a heading by topic, word or 2-1-1 code.

    ``name`` is the name of its term, "" for rules on words or 2-1-1 codes.
    """

    id: int
    rule: CrosswalkRule
    name: str = ""


def read_one_heading(instance: Instance, slug: str) -> Heading:
    """Return a heading under which services are filed.

    Raises:
        NotFoundError: there is no such heading.
    """
    with instance.store.read() as session:
        found = {heading.slug: heading for heading in read_headings(session)}
    if slug not in found:
        raise NotFoundError("There is no such heading.")
    return found[slug]


def save_heading(instance: Instance, actor: Actor, heading: Heading) -> str:
    """Change the names, examples and position of a heading.

    Raises:
        NotFoundError: there is no such heading.
        VocabularyRefusedError: a name is empty or too long.
    """
    read_one_heading(instance, heading.slug)
    name, name_es = printable_line(heading.name), printable_line(heading.name_es)
    words = printable_line(heading.plain_words)
    words_es = printable_line(heading.plain_words_es)
    if not (name and name_es):
        raise VocabularyRefusedError(VocabularyRefusal.EMPTY)
    if (
        max(len(name), len(name_es)) > _LONGEST_NAME
        or max(len(words), len(words_es)) > _LONGEST_WORDS
    ):
        raise VocabularyRefusedError(VocabularyRefusal.TOO_LONG)
    values = {
        "name": name,
        "name_es": name_es,
        "plain_words": words,
        "plain_words_es": words_es,
        "sort": heading.sort,
    }
    change = RowValues(HEADING, heading.slug, values)
    return save_vocabulary(instance, actor, "heading-changed", [change])


def list_rules(
    instance: Instance, heading: str = "", kind: str = "", words: str = "", page: int = 1
) -> Page[RuleLine]:
    """Return a page of the crosswalk rules that file services, by heading and value.

    A page past the end is the last page.
    """
    conditions: list[ColumnElement[bool]] = []
    if heading:
        conditions.append(CrosswalkRuleRow.heading == heading)
    if kind in set(RuleKind):
        conditions.append(CrosswalkRuleRow.kind == kind)
    if words := printable_line(words).lower():
        conditions.append(func.lower(CrosswalkRuleRow.value).contains(words, autoescape=True))
    with instance.store.read() as session:
        statement = (
            select(CrosswalkRuleRow)
            .where(*conditions)
            .order_by(
                CrosswalkRuleRow.heading,
                CrosswalkRuleRow.kind,
                CrosswalkRuleRow.value,
                CrosswalkRuleRow.id,
            )
        )
        rows = fetch_page(session, statement, page, RULES_ON_A_PAGE)
        tree = instance.listings.terms(session)
        return rows.with_items(_rule_line(row, tree) for row in rows)


def add_rule(instance: Instance, actor: Actor, rule: CrosswalkRule) -> str:
    """Add a crosswalk rule, which files services under a heading.

    Its services are placed again in the same transaction.

    Raises:
        VocabularyRefusedError: the heading or topic is unknown, the value is not the beginning of a
            2-1-1 code, or the rule exists already.
    """
    value = printable_line(rule.value)
    if rule.kind is RuleKind.CODE_211:
        value = value.upper()
    with instance.store.read() as session:
        _check_rule(session, instance.listings.terms(session), rule.kind, value, rule.heading)
        same = select(CrosswalkRuleRow.id).where(
            CrosswalkRuleRow.kind == rule.kind.value,
            CrosswalkRuleRow.value == value,
            CrosswalkRuleRow.heading == rule.heading,
        )
        if session.scalar(same) is not None:
            raise VocabularyRefusedError(VocabularyRefusal.TAKEN, (value,))
    values = {"kind": rule.kind.value, "value": value, "heading": rule.heading}
    return save_vocabulary(instance, actor, "rule-added", [RowValues(CROSSWALK_RULE, "", values)])


def remove_rule(instance: Instance, actor: Actor, rule_id: int) -> str:
    """Delete a crosswalk rule, which files services under a heading.

    The services that it matched are placed again.
    """
    return save_vocabulary(
        instance, actor, "rule-removed", [RowValues(CROSSWALK_RULE, str(rule_id), None)]
    )


def _check_rule(session: Session, tree: TermTree, kind: RuleKind, value: str, heading: str) -> None:
    if heading not in {known.slug for known in read_headings(session)}:
        raise VocabularyRefusedError(VocabularyRefusal.UNKNOWN_HEADING, (heading,))
    if kind is RuleKind.WORD:
        is_valid = 0 < len(_WORD.findall(value)) <= _MOST_WORDS and len(value) <= _LONGEST_WORDS
        refusal = VocabularyRefusal.EMPTY
    elif kind is RuleKind.CODE_211:
        is_valid, refusal = bool(_CODE_PREFIX.match(value)), VocabularyRefusal.ODD_CODE
    else:
        terms = [term for term in tree.terms.values() if term.code == value]
        is_own = kind is RuleKind.TERM
        is_valid = any((term.taxonomy == OWN_TAXONOMY) == is_own for term in terms)
        refusal = VocabularyRefusal.UNKNOWN_TOPIC
    if not is_valid:
        raise VocabularyRefusedError(refusal, (value,))


def _rule_line(row: CrosswalkRuleRow, tree: TermTree) -> RuleLine:
    rule = CrosswalkRule(kind=RuleKind(row.kind), value=row.value, heading=row.heading)
    has_term = rule.kind in {RuleKind.TERM, RuleKind.OPEN_ELIGIBILITY} and row.value in tree.ids
    return RuleLine(
        id=row.id, rule=rule, name=tree.terms[tree.ids[row.value]].name if has_term else ""
    )
