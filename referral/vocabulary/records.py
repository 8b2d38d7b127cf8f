"""What staff may change about words, and why a change is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from referral.errors import RefusedError
from referral.message import Message


class VocabularyRefusal(StrEnum):
    """Why nothing was changed; ``web.labels`` has a text for each."""

    EMPTY = "empty"  # there is no word in it that search looks at
    TOO_LONG = "too-long"
    TAKEN = "taken"
    GONE = "gone"
    UNKNOWN_TOPIC = "unknown-topic"
    ODD_CODE = "odd-code"
    UNKNOWN_LANGUAGE = "unknown-language"
    UNKNOWN_LINE = "unknown-line"
    UNKNOWN_HEADING = "unknown-heading"
    ODD_WEIGHT = "odd-weight"
    ODD_PATTERN = "odd-pattern"
    MISSED = "missed"  # phrases of danger that would raise no line, or another one
    FALSE_ALARM = "false-alarm"  # ordinary phrases that would raise a line; may be confirmed
    CHANGED_SINCE = "changed-since"
    ODD_FILE = "odd-file"
    ODD_LINE = "odd-line"
    LANGUAGES_DIFFER = "languages-differ"
    NOT_LICENSED = "not-licensed"


class VocabularyRefusedError(RefusedError):
    """A change of the vocabulary was refused, and nothing was written.

    Attributes:
        refusal: why.
        details: phrases, codes or lines it is about.
    """

    def __init__(self, refusal: VocabularyRefusal, details: tuple[str, ...] = ()) -> None:
        super().__init__(Message(": ".join((refusal.value, *details[:1]))))
        self.refusal = refusal
        self.details = details


@dataclass(frozen=True, slots=True)
class RowValues:
    """What becomes of a row of the vocabulary.

    Attributes:
        kind: the table.
        key: its primary key as text; "" for a row to add that is numbered.
        values: its columns, as far as they are given; None takes it away.
    """

    kind: str
    key: str
    values: Mapping[str, Any] | None
