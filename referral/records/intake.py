"""Parser of intake texts of a service: how people apply, and what limits who gets in.

Inform USA requires application process and wait time; many lists give both as free text. Only
plain wordings are recognized; other texts are ``UNKNOWN``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

from referral.fields.text import fold_text

_MOST_LIMITS = 3
_LONGEST_LIMIT = 240
_SENTENCE = re.compile(r"(?:[^.!?;\n]|[.](?=\S))+[.!?;]*")
_SPACES = re.compile(r"\s+")
_BROKEN_LINE = re.compile(r"\n(?=[a-z])")
# The start of a sentence, where a verb is an instruction.
_START = r"(?:\A|[.!?;:\n] ?)(?:(?:please|to apply,?|or|simply|just|por favor,?) )*"
_REFERRED = (
    r"\b(?:by|with|through) (?:\w+ )?referrals? only\b|\breferral[- ]only\b",
    r"\breferrals? (?:is |are )?(?:only|required|needed|necessary)\b",
    r"\bmust (?:first )?(?:be referred|(?:have|receive|get|obtain) an? (?:\w+ )?referral)\b",
    r"\bmust refer you\b|\brequires? an? (?:\w+ )?referral\b",
    r"\bthrough coordinated (?:entry|access|intake) only\b",
    r"\b(?:solo|unicamente) (?:con|por) referencia\b|\bdebe ser referido\b",
)
_PEOPLE = (
    r"(?:new |more |any |additional |further |walk[- ]?in )*"
    r"(?:applications?|applicants?|clients?|patients?|referrals?|residents?|people|persons?"
    r"|families|students?|walk[- ]?ins?|cases|requests?|participants?|intakes?|registrations?)\b"
)


class Application(StrEnum):
    """The first step of applying for a service."""

    REFERRAL = "referral"
    APPOINTMENT = "appointment"
    CALL = "call"
    WALK_IN = "walk-in"
    ONLINE = "online"
    EMAIL = "email"
    UNKNOWN = "unknown"


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


_IS_REFERRED = _any_of(*_REFERRED)
_WAYS = {
    Application.WALK_IN: _any_of(
        rf"{_START}(?:walk in|drop in|just come|come in)\b",
        r"\bwalk[- ]?ins? (?:are |is )?(?:welcome|accepted)\b|\bno appointment\.",
        r"\bno appointments? (?:is |are )?(?:needed|necessary|required)\b|\bsin cita\b",
        r"\b(?:apply|register|enroll) in person\b",
    ),
    Application.APPOINTMENT: _any_of(
        r"\b(?<!no )(?<!without )appointments? (?:is |are )?"
        r"(?:needed|required|only|necessary|by (?:tele)?phone)\b",
        r"\bby appointment\b|\b(?:make|schedule|set up|request|for) an? (?:\w+ )?appointment\b",
        rf"{_START}appointments?\b(?! (?:not|(?:is|are) not))",
        r"\b(?:con|haga una|hacer una|pida una) cita\b",
    ),
    Application.CALL: _any_of(
        rf"{_START}(?:call|phone|ring|telephone|llame|llamar)\b|\bplease call\b",
        r"\b(?:apply|register|enroll|intake|screening) by (?:tele)?phone\b",
    ),
    Application.ONLINE: _any_of(
        r"\b(?:apply|register|sign up|enroll|book|reserve|complete|submit|request)\w*"
        r"(?: \w+){0,5} (?:online|(?:on|through|at|via) (?:the|our|their) web ?site)\b",
        r"\bonline (?:application|form|registration)\b|\b(?:en linea|por internet)\b",
        rf"{_START}(?:online|on the web ?site)\b",
    ),
    Application.EMAIL: _any_of(rf"{_START}e-?mail\b", r"\b(?:apply|register) by e-?mail\b"),
}
_IS_LIMIT = _any_of(
    r"\b(?:not|no longer|stopped|cannot|can't|don't|unable to)\b(?: \w+){0,2}"
    rf" (?:accept|tak|enroll|admit|see)\w* {_PEOPLE}",
    rf"\bclosed to (?:new|all)\b|\bno new {_PEOPLE}",
    r"(?<!no )(?<!not maintain a )(?<!not have a )(?<!without a )"
    r"\b(?:waiting|wait)[- ]?list(?:s|ed)?\b(?! management)",
    r"\b(?:currently|now|program is|list is|classes are) full\b|(?<!if )\bwe are full\b",
    r"\bat (?:full )?capacity\b",
    r"\bno (?:current |more )?(?:openings|vacancies|beds available|space available)\b",
    r"\bfund(?:s|ing) (?:is |are |has been |have been )?(?:exhausted|depleted|limited|gone)\b",
    r"\b(?:temporarily|currently) (?:closed|suspended|unavailable|on hold)\b",
    r"\bno (?:se )?(?:acepta|aceptan|admite|admiten|recibe|reciben)\b|\blista de espera\b",
    r"\bcupos? (?:lleno|agotado)s?\b",
    *_REFERRED,
)


def application_of(text: str) -> Application:
    """Return the first step in the text of an application process, in English or Spanish.

    A required referral is always first; otherwise it is the way that is named first.
    """
    plain = _with_single_spaces(text)
    if _IS_REFERRED.search(plain):
        return Application.REFERRAL
    position_by_way = {
        way: match.start() for way, rule in _WAYS.items() if (match := rule.search(plain))
    }
    return min(position_by_way, key=lambda way: position_by_way[way], default=Application.UNKNOWN)


def intake_limits(texts: Iterable[str]) -> tuple[str, ...]:
    """Return at most three sentences that limit who can get a service now, as written.

    ``not accepting new clients``, ``waiting list``, ``by referral only``, ``at capacity``. Of
    several sentences that require a referral, only the first is returned.
    """
    limits: dict[str, str] = {}
    is_referred = False
    for text in texts:
        for match in _SENTENCE.finditer(_BROKEN_LINE.sub(" ", text)):
            sentence = _SPACES.sub(" ", match[0]).strip(" ;")
            plain = _with_single_spaces(sentence)
            if len(sentence) > _LONGEST_LIMIT or not _IS_LIMIT.search(plain):
                continue
            requires_referral = _IS_REFERRED.search(plain) is not None
            if not (requires_referral and is_referred):
                limits.setdefault(plain, sentence)
            is_referred |= requires_referral
    return tuple(limits.values())[:_MOST_LIMITS]


def _with_single_spaces(text: str) -> str:
    """Fold a text and reduce its spaces to single ones; line breaks stay."""
    return re.sub(r"[^\S\n]+", " ", fold_text(text))
