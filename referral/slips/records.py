"""Slips as plain values: items, replies, languages."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SLIP_LANGUAGES = ("en", "es")


class SlipReply(StrEnum):
    """What somebody with a slip, or the provider who was shown it, says back about a service."""

    GOT_HELP = "got_help"
    FULL = "full"
    NOT_ELIGIBLE = "not_eligible"
    WRONG_NUMBER = "wrong_number"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipItem:
    """One service of a slip; ``referral_id`` where it was given at the desk.

    ``topic`` is the code of the need it was given for, to say on the phone; "" for none.
    """

    service_id: str
    location_id: str = ""
    referral_id: str = ""
    topic: str = ""
