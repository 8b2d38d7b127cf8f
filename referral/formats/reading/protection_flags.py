"""Protection flags (``confidential``, ``isPrivate``, …) and the visibility that each requires."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from referral.message import message
from referral.records.visibility import Visibility

_NO = frozenset({"false", "no", "n", "f", "0", "none"})
_YES = frozenset({"true", "yes", "y", "t", "1"})
# Flags that restrict a record when they are set: confidential records are withheld from the desk
# too; private ones, or those kept off the website, staff may use in a conversation.
_WHEN_SET = {
    "confidential": Visibility.WITHHELD,
    "isconfidential": Visibility.WITHHELD,
    "reasonwithheld": Visibility.WITHHELD,
    "delete": Visibility.WITHHELD,
    "deleted": Visibility.WITHHELD,
    "isprivate": Visibility.STAFF,
    "excludefromwebsite": Visibility.STAFF,
    "excludefromdirectory": Visibility.STAFF,
}
# Flags that restrict a record when they are not set.
_WHEN_NOT_SET = {
    "availablefordirectory": Visibility.STAFF,
    "availableforreferral": Visibility.WITHHELD,
    "ispublic": Visibility.STAFF,
}
_BY_STATUS = {"inactive": Visibility.STAFF, "defunct": Visibility.WITHHELD}
NOT_UNDERSTOOD = message(
    "This mark protects people and its value is neither yes nor no. The record was "
    "taken as marked; write true or false."
)


@lru_cache(maxsize=4_096)  # all rows of a table have the same headers
def is_flag(name: str) -> bool:
    """Return whether a column or XML attribute is a protection flag, in any spelling."""
    folded = _folded(name)
    return folded in _WHEN_SET or folded in _WHEN_NOT_SET


class FlagMeaning(NamedTuple):
    """Visibility that a protection flag requires, and whether its value is a known one."""

    visibility: Visibility
    is_understood: bool


def flag_visibility(name: str, text: str) -> FlagMeaning:
    """Return the visibility that a protection flag requires, and whether its value is known.

    A value that is not understood counts as set or not set, whichever restricts.
    """
    folded, value = _folded(name), text.strip().casefold()
    if not value:
        return FlagMeaning(Visibility.PUBLIC, is_understood=True)
    if folded == "reasonwithheld":
        visibility = Visibility.PUBLIC if value in _NO else Visibility.WITHHELD
        return FlagMeaning(visibility, is_understood=True)
    if folded in _WHEN_SET:
        visibility = Visibility.PUBLIC if value in _NO else _WHEN_SET[folded]
    else:
        visibility = Visibility.PUBLIC if value in _YES else _WHEN_NOT_SET[folded]
    return FlagMeaning(visibility, is_understood=value in _YES or value in _NO)


def status_visibility(status: str) -> Visibility:
    """Return the visibility that a status of an organization or location means."""
    return _BY_STATUS.get(status.strip().casefold(), Visibility.PUBLIC)


def _folded(name: str) -> str:
    return name.replace("_", "").replace(" ", "").replace("-", "").casefold()
