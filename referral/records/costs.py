"""Classification of the cost of a service: free, low cost, fee or unknown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from referral.fields.text import Phrases
from referral.records.hsds import CostOption

_FREE_OPTIONS = frozenset({"free", "no cost", "gratis"})
_NO_FEE = (
    r"(?:no (?:cost|charge|fee)s?|free(?: of (?:charge|cost))?|without (?:cost|charge)"
    r"|gratis|gratuit[oa]s?|sin (?:costo|cargo))"
)
_FOR_EVERYBODY = r"(?: (?:to|for) (?:you|us|all|everyone|everybody|clients|patients|participants))?"
# A whole sentence, not a part of one: "Free for children" means a price for all others.
_FREE_SENTENCE = re.compile(
    rf"(?:none|{_NO_FEE}{_FOR_EVERYBODY}|there (?:is|are) {_NO_FEE}{_FOR_EVERYBODY}"
    r"|(?:(?:all|our|these|this) [^,:;$]*|(?:services?|programs?)) ?"
    rf"(?:(?:is|are) )?(?:(?:provided|offered|available) )?(?:at )?{_NO_FEE}{_FOR_EVERYBODY})",
    re.IGNORECASE,
)
_FIRST_SENTENCE = re.compile(r"\s*([^.,;!\n]*?)\s*(?:[.,;!\n]\s*|\Z)")
_LOW_COST_WORDS = Phrases((
    "sliding scale", "sliding fee", "fee scale", "low cost", "reduced", "donation", "suggested",
    "ability to pay", "what you can", "if you can", "if they can", "waived", "depends on income",
    "based on income", "based on annual income", "based on household income", "by income",
    "according to income", "percent of income", "escala movil", "bajo costo", "segun ingresos",
))  # fmt: skip
_LOW_INCOME_FREE = re.compile(rf"\b{_NO_FEE} (?:for|to)\b[^.;]*\blow[ -]income", re.IGNORECASE)
_PRICE = re.compile(r"[$€]\s?\.?\d")
_FEE_WORDS = re.compile(
    r"\b(?:fees?|charges?|insurance|private pay|tuition|rent|cuotas?|tarifas?)\b", re.IGNORECASE
)
# Words about charges that are no charge of the service: there is none, others charge it, a part is
# waived, or the text is only a field label.
_NOT_CHARGED = re.compile(
    rf"\b{_NO_FEE}\b|\b(?:no|not have|don.t have|without|lack) (?:\w+ )?(?:fees?|insurance)\b"
    r"|\b(?:phone|cell|mobile|wireless|data|text|carrier|provider|message|messaging)s?\b[^.;]*"
    r"\b(?:charges?|fees?|rates?)\b[^.;]*"
    r"|\b(?:court|filing)(?: \w+)? (?:fees?|costs?)\b[^.;]*"
    r"|\bfirst (?:\w+ )?(?:day|week|month|visit)s? (?:is |are )?waived"
    r"|\b(?:call|ask|check|see|contact|visit)\b[^.;$]*\b(?:fees?|charges?)\b"
    r"|\bfees? (?:desc(?:ription)?|details?)\b|\bfees?\s*:\s*\Z",
    re.IGNORECASE,
)
_RESTRICTING_WORDS = re.compile(
    r"\A(?:for|if|when|with)\b|\b(?:except|but|unless|only|other|some|extra|additional|costs?|pay"
    r"|paid|price[ds]?|deposit|membership|dues|co-?pay\w*|purchase|buy|var(?:y|ies))\b",
    re.IGNORECASE,
)
_RESTRICTION_CHECKS = (_LOW_COST_WORDS.are_in, _FEE_WORDS.search, _RESTRICTING_WORDS.search)


class Cost(StrEnum):
    """The cost of a service; ``LOW`` is a reduced price or one by ability to pay."""

    FREE = "free"
    LOW = "low-cost"
    FEE = "fee"
    UNKNOWN = "unknown"


def cost_of(options: Sequence[CostOption], fees_description: str) -> Cost:
    """Classify the cost of a service by its cost options and its text about fees."""
    if costs_nothing(options, fees_description):
        return Cost.FREE
    all_texts = [fees_description]
    all_texts += [f"{option.option} {option.amount_description}" for option in options]
    texts_about_charges = [_NOT_CHARGED.sub(" ", text) for text in all_texts]
    if any(map(_LOW_COST_WORDS.are_in, texts_about_charges)) or any(
        map(_LOW_INCOME_FREE.search, all_texts)
    ):
        return Cost.LOW
    if any(option.amount for option in options) or any(map(_PRICE.search, all_texts)):
        return Cost.FEE
    is_free_for_some = re.search(rf"\b(?:none|{_NO_FEE})\b", fees_description, re.IGNORECASE)
    return (
        Cost.FEE
        if any(map(_FEE_WORDS.search, texts_about_charges)) and not is_free_for_some
        else Cost.UNKNOWN
    )


def costs_nothing(options: Sequence[CostOption], fees_description: str) -> bool:
    """Return whether a service is free by its cost options, or without any by its text."""
    return _is_free(options) or (not options and says_free(fees_description))


def says_free(fees_description: str) -> bool:
    """Return whether a text about fees begins with "Free." or the like and restricts nothing."""
    rest = after_free(fees_description)
    if rest is None:
        return False
    text = _NOT_CHARGED.sub(" ", rest)
    return not (
        _PRICE.search(rest) or any(has_restriction(text) for has_restriction in _RESTRICTION_CHECKS)
    )


def after_free(fees_description: str) -> str | None:
    """Return the text after a first sentence like ``Free.``; None without such a sentence."""
    first_sentence = _FIRST_SENTENCE.match(fees_description)
    if first_sentence is None or not _FREE_SENTENCE.fullmatch(" ".join(first_sentence[1].split())):
        return None
    return fees_description[first_sentence.end() :]


def _is_free(options: Sequence[CostOption]) -> bool:
    return any(
        option.amount == 0 or option.option.strip().lower() in _FREE_OPTIONS for option in options
    ) and not any(option.amount for option in options)
