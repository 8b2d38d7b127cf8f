"""Cost of a service, in one of four codes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from referral.fields.text import Phrases
from referral.records.directory import CostOption


class Cost(StrEnum):
    """How much: nothing, what somebody can pay, a price, not known."""

    FREE = "free"
    LOW = "low-cost"
    FEE = "fee"
    UNKNOWN = "unknown"


_FREE_OPTIONS = frozenset({"free", "no cost", "gratis"})
# The whole of a text, not a part: "Free for children" is a price for everybody else.
_FREE_TEXTS = frozenset({
    "free", "free of charge", "none", "no charge", "no cost", "no cost to you", "no fee", "no fees",
    "there is no fee", "there is no charge", "gratis", "gratuito", "sin costo",
})  # fmt: skip
_LOW = Phrases((
    "sliding scale", "sliding fee", "low cost", "reduced", "donation", "suggested",
    "ability to pay", "what you can", "if you can", "if they can", "waived", "depends on income",
    "based on income", "by income", "percent of income", "escala movil", "bajo costo",
))  # fmt: skip
_FEE = re.compile(r"[$€]\s?\d|\b(?:fee|charge|insurance|private pay|tuition|rent)\b", re.IGNORECASE)


def cost_of(options: Sequence[CostOption], fees_description: str) -> Cost:
    """The code of a service, from its cost options and, where these say nothing, its words."""
    if costs_nothing(options, fees_description):
        return Cost.FREE
    words = [fees_description]
    words += [f"{option.option} {option.amount_description}" for option in options]
    if any(map(_LOW.are_in, words)):
        return Cost.LOW
    if any(option.amount for option in options) or any(map(_FEE.search, words)):
        return Cost.FEE
    return Cost.UNKNOWN


def costs_nothing(options: Sequence[CostOption], fees_description: str) -> bool:
    """Whether the code is ``FREE``."""
    return _is_free(options) or (not options and says_free(fees_description))


def says_free(fees_description: str) -> bool:
    """Whether these words say that it costs nothing, and nothing else."""
    return " ".join(fees_description.casefold().split()).strip(" .!") in _FREE_TEXTS


def _is_free(options: Sequence[CostOption]) -> bool:
    return any(
        option.amount == 0 or option.option.strip().lower() in _FREE_OPTIONS for option in options
    ) and not any(option.amount for option in options)
