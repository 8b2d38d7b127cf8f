"""Who a listing's texts say it is for, and which papers they say it takes to get it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from referral.records.listing import Listing

PEOPLE: Mapping[str, re.Pattern[str]] = {
    "men": re.compile(
        r"(?<!wo)\b(?:men|man|males?|fathers|boys|hombres?|padres)(?:['’]s|s['’])?\b", re.I
    ),
    "women": re.compile(
        r"\b(?:wom[ae]n|females?|mothers?|girls|mujer(?:es)?|madres)(?:['’]s|s['’])?\b", re.I
    ),
    "families": re.compile(
        r"\b(?:famil(?:y|ies)|(?:with|and) (?:their |minor |young )?(?:children|kids)|familias?)\b",
        re.I,
    ),
    "couples": re.compile(r"\b(?:couples?|parejas?)\b", re.I),
}
"""Group → how a text names it."""

ONLY = "only-"
"""Before a group that a listing takes alone: ``only-women``."""

NO_ID, ID, NO_REFERRAL, REFERRAL = "no-id", "id", "no-referral", "referral"

EXCLUDED_BY: Mapping[str, tuple[str, ...]] = {
    "men": (f"{ONLY}women",),
    "women": (f"{ONLY}men",),
    "families": (f"{ONLY}men", f"{ONLY}women", f"{ONLY}single"),
    "couples": (f"{ONLY}men", f"{ONLY}women", f"{ONLY}single"),
    NO_ID: (ID,),
    NO_REFERRAL: (REFERRAL,),
}
"""What somebody says → what a listing then does not take them for."""

_FOR_ONE = re.compile(
    r"\b(?:only|single|adult|homeless|for|serves|solo|para) (?:\w+ )?(?:wom[ae]n|men|males?|females?"
    r"|mujeres|hombres)\b|\b(?:wom[ae]n|men|males?|females?|mujeres|hombres)[ -](?:only|solamente)\b",
    re.I,
)
_SINGLE = re.compile(
    r"\bsingle (?:adults?|men|women|individuals?)\b|\bno (?:children|kids)\b", re.I
)
_PAPER = r"(?:photo |picture |state |government[- ]issued )?(?:id|i\.d\.|identification)"
_NEEDS_NO_ID = re.compile(
    rf"\b(?:no|without) {_PAPER}\b|\b{_PAPER} (?:is |are )?not (?:required|needed)"
    r"|\bno (?:documents?|paperwork|proof)(?: of anything)?\b|\bsin identificaci[oó]n\b",
    re.I,
)
_NEEDS_ID = re.compile(
    rf"\b(?:bring|valid|current|require[sd]?|must (?:have|show|bring)|proof of|with|and|need) (?:an? |your "
    rf"|a valid |a current )?{_PAPER}\b|\b{_PAPER} (?:is |are )?(?:required|needed)\b",
    re.I,
)
_NAMES_ID = re.compile(rf"\b(?:{_PAPER}|driver'?s licen[sc]e|identificaci[oó]n)\b", re.I)
_NEEDS_NO_REFERRAL = re.compile(
    r"\bno (?:\w+ ){0,2}referral\b|\breferral (?:is )?not (?:required|needed)|\bself[- ]referr?als?\b"
    r"|\bwalk[- ]?ins?\b|\bwalk in\b|\bsin cita\b",
    re.I,
)
_NEEDS_REFERRAL = re.compile(
    r"\breferr?als? (?:is |are )?(?:required|needed|only|from)\b|\b(?:by|requires? a?|with a) ?referral\b"
    r"|\bmust be referred\b|\breferred by\b",
    re.I,
)


def people_of(listing: Listing) -> set[str]:
    """The groups that its texts name; with ``ONLY`` before it the one that it takes alone.

    A name or a rule that names women and no other text that names men means women only. What takes
    single people only takes no families.
    """
    service = listing.service
    rules = f"{service.name}\n{service.alternate_name}\n{service.eligibility_description}"
    text = f"{rules}\n{service.description}"
    named = {group for group, pattern in PEOPLE.items() if pattern.search(text)}
    found = set(named)
    is_for_one = any(PEOPLE[group].search(rules) for group in ("men", "women")) or bool(
        _FOR_ONE.search(text)
    )
    one = named.intersection({"men", "women"})
    if len(one) == 1 and is_for_one:
        found |= {f"{ONLY}{group}" for group in one}
    if _SINGLE.search(text) and not named.intersection({"families", "couples"}):
        found.add(f"{ONLY}single")
    return found


def papers_of(listing: Listing) -> set[str]:
    """Whether it needs no ID or referral, or needs them; nothing where no text says so."""
    service = listing.service
    asked = "\n".join(paper.document for paper in listing.documents)
    text = "\n".join(
        (service.eligibility_description, service.application_process, service.description, asked)
    )
    found = set[str]()
    if _NEEDS_NO_ID.search(text):
        found.add(NO_ID)
    elif _NEEDS_ID.search(text) or _NAMES_ID.search(asked):
        found.add(ID)
    if _NEEDS_NO_REFERRAL.search(text):
        found.add(NO_REFERRAL)
    elif _NEEDS_REFERRAL.search(text):
        found.add(REFERRAL)
    return found
