"""How staff prove who they are: read and checked at startup."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from referral.errors import SettingsError

_MOST_MINUTES = 720
ROLES = ("desk", "curation", "admin")
"""The roles by their codes; see ``records.accounts.Role``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInSettings:
    """What signing in asks for.

    Attributes:
        second_factor_roles: whoever has one of these roles must have a second factor
            [REFERRAL_SECOND_FACTOR_ROLES, with commas].
        confirm_minutes: before links, exports and roles a person shows again who it is, unless it
            did in the last so many minutes [REFERRAL_CONFIRM_MINUTES].
    """

    second_factor_roles: frozenset[str] = frozenset()
    confirm_minutes: int = 15


def read_sign_in(environ: Mapping[str, str]) -> SignInSettings:
    """The settings of signing in.

    Raises:
        SettingsError: a value cannot be used; the message names the variable.
    """
    return SignInSettings(
        second_factor_roles=_roles(environ, "REFERRAL_SECOND_FACTOR_ROLES"),
        confirm_minutes=_minutes(environ, "REFERRAL_CONFIRM_MINUTES"),
    )


def _roles(environ: Mapping[str, str], name: str) -> frozenset[str]:
    given = frozenset(filter(None, map(str.strip, environ.get(name, "").lower().split(","))))
    if not given <= set(ROLES):
        raise SettingsError(f"{name} is {environ[name]!r}; give roles such as admin, curation.")
    return given


def _minutes(environ: Mapping[str, str], name: str) -> int:
    text = environ.get(name, "").strip() or "15"
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= _MOST_MINUTES:
        raise SettingsError(f"{name} is {text!r}; give a whole number from 1 to {_MOST_MINUTES}.")
    return int(text)
