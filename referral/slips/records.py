"""Records of slips: items, replies and languages."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SLIP_LANGUAGES = ("en", "es")


class SlipReply(StrEnum):
    """A reply about a service on a slip, from the person who has the slip or from the provider."""

    GOT_HELP = "got_help"
    FULL = "full"
    NOT_ELIGIBLE = "not_eligible"
    WRONG_NUMBER = "wrong_number"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipItem:
    """A service on a slip; ``referral_id`` is set if it was given at the desk.

    ``topic`` is the code of the need for which it was given, for the phone script; "" for none.
    """

    service_id: str
    location_id: str = ""
    referral_id: str = ""
    topic: str = ""
