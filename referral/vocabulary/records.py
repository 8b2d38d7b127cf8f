"""Changes of vocabulary rows, and the reasons why a change is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from referral.errors import RefusedError
from referral.message import Message


class VocabularyRefusal(StrEnum):
    """The reason why a vocabulary change, such as of a crisis word, was refused."""

    EMPTY = "empty"  # no word that search uses
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
    MISSED = "missed"  # crisis phrases that would raise no help line, or another one
    FALSE_ALARM = "false-alarm"  # ordinary phrases that would raise one; may be confirmed
    CHANGED_SINCE = "changed-since"
    ODD_FILE = "odd-file"
    ODD_LINE = "odd-line"
    LANGUAGES_DIFFER = "languages-differ"
    NOT_LICENSED = "not-licensed"


class VocabularyRefusedError(RefusedError):
    """Raised when a vocabulary change, such as of a crisis word, is refused.

    Nothing is written.

    Attributes:
        refusal: the reason.
        details: phrases, codes or lines that are refused.
    """

    def __init__(self, refusal: VocabularyRefusal, details: tuple[str, ...] = ()) -> None:
        super().__init__(Message(": ".join((refusal.value, *details[:1]))))
        self.refusal = refusal
        self.details = details


@dataclass(frozen=True, slots=True)
class RowValues:
    """New values of a vocabulary row, such as a thesaurus entry or crisis word.

    Attributes:
        kind: the table.
        key: its primary key as text; "" to add a row with a generated number.
        values: the columns to be set; None deletes the row.
    """

    kind: str
    key: str
    values: Mapping[str, Any] | None
