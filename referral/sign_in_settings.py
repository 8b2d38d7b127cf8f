"""How staff prove who they are: read and checked at startup."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from referral.errors import SettingsError

ROLES = ("desk", "curation", "admin")
"""The roles by their codes; see ``records.accounts.Role``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInSettings:
    """What signing in asks for.

    Attributes:
        second_factor_roles: whoever has one of these roles must have a second factor
            [REFERRAL_SECOND_FACTOR_ROLES, with commas].
    """

    second_factor_roles: frozenset[str] = frozenset()


def read_sign_in(environ: Mapping[str, str]) -> SignInSettings:
    """The settings of signing in.

    Raises:
        SettingsError: a value cannot be used; the message names the variable.
    """
    return SignInSettings(second_factor_roles=_roles(environ, "REFERRAL_SECOND_FACTOR_ROLES"))


def _roles(environ: Mapping[str, str], name: str) -> frozenset[str]:
    given = frozenset(filter(None, map(str.strip, environ.get(name, "").lower().split(","))))
    if not given <= set(ROLES):
        raise SettingsError(f"{name} is {environ[name]!r}; give roles such as admin, curation.")
    return given
