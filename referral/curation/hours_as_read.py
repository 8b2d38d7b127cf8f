"""Hours in the words of a form, as they are read: rules, what stays in words, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from referral.fields.hours_parser import HoursPart
from referral.fields.labelled_hours import HoursInText, read_hours_text
from referral.fields.text import clean_text
from referral.fields.typed_hours import read_typed_hours
from referral.fields.unread_hours import why_unread
from referral.message import message
from referral.records.problems import Problem, Severity

_MOST_REASONS = 2  # the next ones are told when these are mended
_AS_WORDS = message("People will see these hours as you wrote them, and never “open now”.")
_REST_AS_WORDS = message("People will see “%(words)s” as you wrote it.", words="")
_SEASON = message(
    "Which days of “%(words)s” take the place of others? Name all days in it, or say closed."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursAsRead:
    """Hours as they are read.

    Attributes:
        words: what was not read, and is kept in words.
        problem: why.
    """

    parts: tuple[HoursPart, ...] = ()
    words: str = ""
    problem: Problem | None = None


def hours_as_read(text: str, today: date) -> HoursAsRead:
    """What a text says of hours, with the reasons for all that was not read."""
    typed = read_typed_hours(text, today)
    if typed.is_whole or not clean_text(text):
        return HoursAsRead(parts=typed.parts)
    labelled = HoursInText() if typed.in_doubt else read_hours_text(text)
    parts = tuple(replace(part, notes=part.notes or labelled.label) for part in labelled.parts)
    words = labelled.rest if parts else clean_text(text)
    if not words:
        return HoursAsRead(parts=parts)
    reasons = list(dict.fromkeys(map(why_unread, typed.unread)))[:_MOST_REASONS]
    if typed.in_doubt:
        reasons.append(_SEASON.filled(words=typed.in_doubt))
    reasons.append(_REST_AS_WORDS.filled(words=words) if parts else _AS_WORDS)
    problem = Problem(
        code="hours-not-understood",
        severity=Severity.WARNING,
        message=reasons[0].then(*reasons[1:]),
    )
    return HoursAsRead(parts=parts, words=words, problem=problem)
