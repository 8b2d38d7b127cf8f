"""The eight 2-1-1 headings, and the crosswalk rules that file services under them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from referral.fields.text import fold_words

_SHORT_NAMES: Mapping[str, tuple[str, ...]] = {
    "basic-needs": ("basic human needs", "basic needs"),
    "health": ("physical and mental health", "health", "health and mental health"),
    "employment": ("employment support", "employment"),
    "seniors": ("support for senior citizens", "seniors", "senior citizens"),
    "families": ("children and families", "families", "support for children and families"),
    "volunteers": ("volunteers and donors", "volunteers"),
    "legal": ("advocacy and legal services", "legal", "legal services"),
    "emergency": (
        "emergency and disaster services", "emergency", "disaster services",
        "emergency and disaster",
    ),
}  # fmt: skip
_SLUG_BY_NAME = {name: slug for slug, names in _SHORT_NAMES.items() for name in names}
OWN_TAXONOMY = "Referral needs"
_CODE_211 = re.compile(r"[A-Z](?:[A-Z](?:-\d{4}[-.\d]*)?)?(?:-L)?\Z")
_WORDS = re.compile(r"[^\W_]+")
# Counseling may be about debts, homes or school, so it counts only as a whole name.
_ONLY_AS_WHOLE_NAME = frozenset([("counseling",), ("counselling",)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """One of the eight headings of 2-1-1 directories; ``plain_words`` are examples of services."""

    slug: str
    name: str
    plain_words: str = ""
    name_es: str = ""
    plain_words_es: str = ""
    icon: str = ""
    sort: int = 0


class RuleKind(StrEnum):
    """The kind of value that a crosswalk rule matches."""

    TERM = "term"  # code of one of our own terms, narrower terms included
    OPEN_ELIGIBILITY = "open_eligibility"  # id of an Open Eligibility term, narrower included
    CODE_211 = "code_211"  # prefix of a 2-1-1 code, a letter or more
    WORD = "word"  # whole words in the name of the service or of its terms


@dataclass(frozen=True, slots=True, kw_only=True)
class CrosswalkRule:
    """A rule that files services that match a kind and value under a heading."""

    kind: RuleKind
    value: str
    heading: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TermPath:
    """A term of a service: its taxonomy, and (code, name) of the term and all broader terms."""

    taxonomy: str
    steps: tuple[tuple[str, str], ...]


def heading_named(text: str) -> str:
    """Return the slug of the heading that a text names, in full or in short; "" if none."""
    words = fold_words(text)
    slug = words.replace(" ", "-")
    return slug if slug in _SHORT_NAMES else _SLUG_BY_NAME.get(words, "")


class Crosswalk:
    """Matcher that files services under headings by crosswalk rules."""

    def __init__(self, rules: Iterable[CrosswalkRule]) -> None:
        self._rules_by_code: dict[tuple[RuleKind, str], set[CrosswalkRule]] = {}
        self._rules_by_phrase: dict[tuple[str, ...], set[CrosswalkRule]] = {}
        for rule in rules:
            if rule.kind is RuleKind.WORD:
                self._rules_by_phrase.setdefault(_split_words(rule.value), set()).add(rule)
            else:
                self._rules_by_code.setdefault((rule.kind, rule.value), set()).add(rule)
        self._longest_phrase = max((len(words) for words in self._rules_by_phrase), default=0)

    def headings_for(self, name: str, terms: Iterable[TermPath]) -> frozenset[str]:
        """Return the headings for a service by its name and terms."""
        return frozenset(rule.heading for rule in self.rules_for(name, terms))

    def rules_for(self, name: str, terms: Iterable[TermPath]) -> frozenset[CrosswalkRule]:
        """Return the rules that match a service by its name and terms.

        Codes are matched first. Words count only if no code is about the help itself: codes of
        target populations are not.
        """
        terms = tuple(terms)
        by_codes = self._match_codes(terms)
        if not all(map(_is_about_people, by_codes)):
            return by_codes
        names = [step_name for term in terms for _, step_name in term.steps]
        by_terms = frozenset[CrosswalkRule]().union(*(self._match_words(words) for words in names))
        return by_codes | (by_terms or self._match_words(name))

    def _match_codes(self, terms: Iterable[TermPath]) -> frozenset[CrosswalkRule]:
        rules: set[CrosswalkRule] = set()
        codes_211: set[str] = set()
        for term in terms:
            for code, _ in term.steps:
                kind = _code_kind(term.taxonomy, code)
                if kind is RuleKind.CODE_211:
                    codes_211.add(code)
                elif kind is not None:
                    rules |= self._rules_by_code.get((kind, code), set())
        for code in codes_211:
            has_narrower = any(other != code and other.startswith(code) for other in codes_211)
            if not has_narrower:
                rules |= self._match_longest_prefix(code)
        return frozenset(rules)

    def _match_longest_prefix(self, code: str) -> set[CrosswalkRule]:
        prefixes = (code[:length] for length in range(len(code), 0, -1))
        rules = (self._rules_by_code.get((RuleKind.CODE_211, prefix)) for prefix in prefixes)
        return next(filter(None, rules), set())

    def _match_words(self, text: str) -> frozenset[CrosswalkRule]:
        words = _split_words(text)
        phrases = (
            words[start : start + length]
            for length in range(1, self._longest_phrase + 1)
            for start in range(len(words) - length + 1)
        )
        significant_phrases = (
            phrase for phrase in phrases if phrase == words or phrase not in _ONLY_AS_WHOLE_NAME
        )
        return frozenset[CrosswalkRule]().union(
            *(self._rules_by_phrase.get(phrase, set()) for phrase in significant_phrases)
        )


def _code_kind(taxonomy: str, code: str) -> RuleKind | None:
    if not code:
        return None
    if taxonomy == OWN_TAXONOMY:
        return RuleKind.TERM
    if "open eligibility" in taxonomy.lower():
        return RuleKind.OPEN_ELIGIBILITY
    return RuleKind.CODE_211 if _CODE_211.match(code) and code != "Z" else None


def _is_about_people(rule: CrosswalkRule) -> bool:
    return rule.kind is RuleKind.CODE_211 and rule.value.startswith("Y")


def _split_words(text: str) -> tuple[str, ...]:
    return tuple(_WORDS.findall(text.lower()))


def parse_crosswalk_rules(rows: Iterable[Mapping[str, str]]) -> list[CrosswalkRule]:
    """Parse crosswalk rules from rows with ``kind``, ``value`` and ``heading``."""
    return [
        CrosswalkRule(kind=RuleKind(row["kind"]), value=row["value"], heading=row["heading"])
        for row in rows
    ]
