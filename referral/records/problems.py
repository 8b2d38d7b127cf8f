"""Problems of input data as values: where, what is wrong, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from referral.message import Message

# Codes of warnings that list the left-out rows of a file in ``lines``.
LEFT_OUT = frozenset({"rows-repeated", "rows-without-content"})


class Severity(StrEnum):
    """The effect of a problem on its row."""

    ERROR = "error"  # the row is refused
    WARNING = "warning"  # the row is imported, one value is kept as given or left out
    WITHHELD = "held"  # the row is imported but withheld until staff review it
    DOUBT = "doubt"  # for a whole list, which is not applied until staff confirm it


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A problem with a value of a list or a form.

    Attributes:
        code: stable kebab-case name, for filters and tests.
        message: what is wrong and what to do.
        file: file inside the list, "" for a form.
        line: line in that file as a text editor counts (1 is the header), 0 when unknown.
        column: header of the column, or the name of the form field.
        lines: lines of all rows with the problem, where these are several.
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
        """The message of the problem in English."""
        return str(self.message)

    def as_dict(self) -> dict[str, Any]:
        """Return the problem as ``referral import --json`` prints it."""
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "code": self.code,
            "severity": self.severity.value,
            "detail": self.detail,
            **({"left_out": len(self.lines)} if self.lines else {}),
        }
