"""Protection flags (``confidential``, ``isPrivate``, …) and the visibility each asks for."""

from __future__ import annotations

from functools import lru_cache

from referral.message import message
from referral.records.visibility import Visibility

_NO = frozenset({"false", "no", "n", "f", "0", "none"})
_YES = frozenset({"true", "yes", "y", "t", "1"})
# A mark that is set says how far the record may travel. What is confidential not even the desk
# shows; what is private or kept off the website the desk may tell in a conversation.
_SET = {
    "confidential": Visibility.WITHHELD,
    "isconfidential": Visibility.WITHHELD,
    "reasonwithheld": Visibility.WITHHELD,
    "delete": Visibility.WITHHELD,
    "deleted": Visibility.WITHHELD,
    "isprivate": Visibility.STAFF,
    "excludefromwebsite": Visibility.STAFF,
    "excludefromdirectory": Visibility.STAFF,
}
# A mark that is not set does.
_NOT_SET = {
    "availablefordirectory": Visibility.STAFF,
    "availableforreferral": Visibility.WITHHELD,
    "ispublic": Visibility.STAFF,
}
_STATUSES = {"inactive": Visibility.STAFF, "defunct": Visibility.WITHHELD}
NOT_UNDERSTOOD = message(
    "This mark protects people and its value is neither yes nor no. The record was "
    "taken as marked; write true or false."
)


@lru_cache(maxsize=4_096)  # each row asks of the same headers
def is_flag(name: str) -> bool:
    """Return whether a column or XML attribute is a protection flag, in any spelling."""
    folded = _folded(name)
    return folded in _SET or folded in _NOT_SET


def flag_visibility(name: str, text: str) -> tuple[Visibility, bool]:
    """Return the visibility that a protection flag requires, and whether its value is known.

    A value that is not understood counts as the one that protects.
    """
    folded, value = _folded(name), text.strip().casefold()
    if not value:
        return Visibility.PUBLIC, True
    if folded == "reasonwithheld":
        return (Visibility.PUBLIC if value in _NO else Visibility.WITHHELD), True
    if folded in _SET:
        protects = Visibility.PUBLIC if value in _NO else _SET[folded]
    else:
        protects = Visibility.PUBLIC if value in _YES else _NOT_SET[folded]
    return protects, value in _YES or value in _NO


def status_visibility(status: str) -> Visibility:
    """Return the visibility that a status of an organization or location means."""
    return _STATUSES.get(status.strip().casefold(), Visibility.PUBLIC)


def _folded(name: str) -> str:
    return name.replace("_", "").replace(" ", "").replace("-", "").casefold()
