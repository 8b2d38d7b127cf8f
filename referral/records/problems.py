"""Bad input is a value: a problem says where it is, what is wrong and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from referral.message import Message

# Warnings about all rows of a file that were left out, by ``lines``.
LEFT_OUT = frozenset({"rows-repeated", "rows-without-content"})


class Severity(StrEnum):
    """What a problem does to the row it is in."""

    ERROR = "error"  # the row is refused
    WARNING = "warning"  # the row is taken, one value is kept as given or left out
    HELD = "held"  # the row is taken but withheld until somebody looks at it
    DOUBT = "doubt"  # of a whole list: it is not applied until somebody has confirmed it


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with one value.

    Attributes:
        code: stable kebab-case name, for filters and tests.
        severity: see ``Severity``.
        message: what is wrong and what to do.
        file: file inside the list, "" for a form.
        line: line in that file as a text editor counts (1 is the header), 0 when unknown.
        column: header of the column, or the name of the form field.
        lines: of all rows that it is about, where these are several.
    """

    code: str
    severity: Severity
    message: Message
    file: str = ""
    line: int = 0
    column: str = ""
    lines: tuple[int, ...] = ()

    @property
    def detail(self) -> str:
        """The message in English."""
        return str(self.message)

    def as_dict(self) -> dict[str, Any]:
        """The shape that ``referral import --json`` prints."""
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "code": self.code,
            "severity": self.severity.value,
            "detail": self.detail,
            **({"left_out": len(self.lines)} if self.lines else {}),
        }
