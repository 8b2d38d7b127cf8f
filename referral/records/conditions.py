"""Eligibility conditions stated in texts of listings: groups of people, ID and referral."""

from __future__ import annotations

import re
from collections.abc import Mapping

from referral.records.listing import Listing

_POSSESSIVE = r"(?:['’]s|s['’])?"
_MEN_OR_WOMEN = r"(?:wom[ae]n|men|males?|females?|mujeres|hombres)"
_ID = r"(?:photo |picture |state |government[- ]issued )?(?:id|i\.d|identification)"


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b", re.IGNORECASE)


_PEOPLE: Mapping[str, re.Pattern[str]] = {
    "men": _any_of(rf"(?:men|man|males?|fathers|boys|hombres?|padres){_POSSESSIVE}"),
    "women": _any_of(rf"(?:wom[ae]n|females?|mothers?|girls|mujer(?:es)?|madres){_POSSESSIVE}"),
    "families": _any_of(
        r"famil(?:y|ies)", r"familias?", r"(?:with|and) (?:their |minor |young )?(?:children|kids)"
    ),
    "couples": _any_of(r"couples?", r"parejas?"),
}
_ONLY_MEN_OR_WOMEN = _any_of(
    rf"(?:only|single|adult|homeless|for|serves|solo|para) (?:\w+ )?{_MEN_OR_WOMEN}",
    rf"{_MEN_OR_WOMEN}[ -](?:only|solamente)",
)
_FOR_SINGLE = _any_of(r"single (?:adults?|men|women|individuals?)", r"no (?:children|kids)")

NO_ID, ID, NO_REFERRAL, REFERRAL = "no-id", "id", "no-referral", "referral"
_NEEDS_NO_ID = _any_of(
    rf"(?:no|without) {_ID}",
    rf"{_ID} (?:is |are )?not (?:required|needed)",
    rf"(?:do|does) ?n[o'’]t (?:need|require|have to (?:have|show)) (?:an? |any |your )?{_ID}",
    r"no (?:documents?|paperwork|proof of (?:anything|identity))",
    r"sin identificaci[oó]n",
)
_NEEDS_ID = _any_of(
    r"(?:bring|valid|current|required?|must (?:have|show|bring)|proof of|with|and|need)"
    rf" (?:an? |your )?(?:valid |current )?{_ID}",
    rf"{_ID} (?:is |are )?(?:required|needed)",
)
_NAMES_ID = _any_of(_ID, r"driver'?s licen[sc]e", r"identificaci[oó]n")
_NEEDS_NO_REFERRAL = _any_of(
    r"no (?:\w+ ){0,2}referral",
    r"referral (?:is )?not (?:required|needed)",
    r"self[- ]referr?als?",
    r"walk[- ]?ins?",
    r"sin cita",
)
_NEEDS_REFERRAL = _any_of(
    r"referr?als? (?:is |are )?(?:required|needed|only|from)",
    r"(?:by|with a|requires? a?) ?referral",
    r"must be referred",
    r"referred by",
)

_ONLY_MEN, _ONLY_WOMEN, _ONLY_SINGLE = "only-men", "only-women", "only-single"
EXCLUDED_BY: Mapping[str, tuple[str, ...]] = {
    "men": (_ONLY_WOMEN,),
    "women": (_ONLY_MEN,),
    "families": (_ONLY_MEN, _ONLY_WOMEN, _ONLY_SINGLE),
    "couples": (_ONLY_MEN, _ONLY_WOMEN, _ONLY_SINGLE),
    NO_ID: (ID,),
    NO_REFERRAL: (REFERRAL,),
}
"""Condition of a query → conditions of listings that exclude it."""


def people_of(listing: Listing) -> set[str]:
    """Return the groups of people in a listing's texts, and ``only-`` groups if exclusive."""
    service = listing.service
    rules = f"{service.name}\n{service.alternate_name}\n{service.eligibility_description}"
    return people_in(rules, service.description)


def people_in(rules: str, description: str) -> set[str]:
    """Return the groups of people in texts, and ``only-`` groups where others are excluded.

    A text that mentions women and not men is only for women if the name or rules say so.

    Args:
        rules: the name of a service and who can get it.
    """
    text = f"{rules}\n{description}"
    groups = {group for group, pattern in _PEOPLE.items() if pattern.search(text)}
    one_sex = groups.intersection({"men", "women"})
    if len(one_sex) == 1 and (
        any(_PEOPLE[group].search(rules) for group in one_sex) or _ONLY_MEN_OR_WOMEN.search(text)
    ):
        groups |= {f"only-{group}" for group in one_sex}
    if groups.isdisjoint({"families", "couples"}) and _FOR_SINGLE.search(text):
        groups.add(_ONLY_SINGLE)
    return groups


def papers_of(listing: Listing) -> set[str]:
    """Return whether a listing requires ID or a referral, or explicitly requires none."""
    service = listing.service
    rules = f"{service.eligibility_description}\n{service.application_process}"
    to_bring = "\n".join(paper.document for paper in listing.documents)
    return papers_in(f"{rules}\n{service.description}", to_bring)


def papers_in(rules: str, to_bring: str) -> set[str]:
    """Return whether texts require ID or a referral, or explicitly require none."""
    text = f"{rules}\n{to_bring}"
    conditions = set[str]()
    if _NEEDS_NO_ID.search(text):
        conditions.add(NO_ID)
    elif _NEEDS_ID.search(text) or _NAMES_ID.search(to_bring):
        conditions.add(ID)
    if _NEEDS_NO_REFERRAL.search(text):
        conditions.add(NO_REFERRAL)
    elif _NEEDS_REFERRAL.search(text):
        conditions.add(REFERRAL)
    return conditions
