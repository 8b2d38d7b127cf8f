"""How staff prove who they are: read and checked at startup."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from referral.errors import SettingsError

_OWN_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})  # no network lies between
_OPENID_NEEDS = (
    "REFERRAL_OPENID_CLIENT_ID", "REFERRAL_OPENID_CLIENT_SECRET", "REFERRAL_OPENID_ROLES",
    "REFERRAL_PUBLIC_URL",
)  # fmt: skip
ROLES = ("desk", "curation", "admin", "audit")
"""The roles by their codes; see ``records.accounts.Role``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenID:
    """A service of the county or library that says who somebody is (OpenID Connect).

    Attributes:
        issuer: address of the OpenID Connect service, without a slash at the end
            [REFERRAL_OPENID_ISSUER].
        client_id, client_secret: how that service knows this site [REFERRAL_OPENID_CLIENT_ID,
            REFERRAL_OPENID_CLIENT_SECRET].
        name: what pages call that service [REFERRAL_OPENID_NAME].
        claim: the claim that gives roles; dots lead into objects [REFERRAL_OPENID_CLAIM].
        roles: a value of the claim → a role; one value may give several
            [REFERRAL_OPENID_ROLES, such as library-desk=desk, library-it=admin].
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str
    claim: str
    roles: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInSettings:
    """What signing in asks for.

    Attributes:
        second_factor_roles: roles that must have a second factor
            [REFERRAL_SECOND_FACTOR_ROLES, with commas].
        openid: a service that says who somebody is; None for none.
        local_for_admins: whether only admins (``admins``) sign in without that service, not
            everybody (``all``) [REFERRAL_LOCAL_SIGN_IN].
    """

    second_factor_roles: frozenset[str] = frozenset()
    openid: OpenID | None = None
    local_for_admins: bool = False


def read_sign_in(environ: Mapping[str, str]) -> SignInSettings:
    """The settings of signing in.

    Raises:
        SettingsError: a value cannot be used; the message names the variable.
    """
    return SignInSettings(
        second_factor_roles=_roles(environ, "REFERRAL_SECOND_FACTOR_ROLES"),
        openid=_openid(environ),
        local_for_admins=_local_for_admins(environ),
    )


def _roles(environ: Mapping[str, str], name: str) -> frozenset[str]:
    given = frozenset(filter(None, map(str.strip, environ.get(name, "").lower().split(","))))
    if not given <= set(ROLES):
        raise SettingsError(f"{name} is {environ[name]!r}; give roles such as admin, curation.")
    return given


def _openid(environ: Mapping[str, str]) -> OpenID | None:
    issuer = environ.get("REFERRAL_OPENID_ISSUER", "").strip().rstrip("/")
    if not issuer:
        return None
    parts = urlsplit(issuer)
    if not parts.hostname or not (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _OWN_HOSTS)
    ):
        raise SettingsError(
            f"REFERRAL_OPENID_ISSUER is {issuer!r}; give an address that starts with https://."
        )
    for needed in _OPENID_NEEDS:
        if not environ.get(needed, "").strip():
            raise SettingsError(f"REFERRAL_OPENID_ISSUER needs {needed} too.")
    return OpenID(
        issuer=issuer,
        client_id=environ["REFERRAL_OPENID_CLIENT_ID"].strip(),
        client_secret=environ["REFERRAL_OPENID_CLIENT_SECRET"].strip(),
        name=environ.get("REFERRAL_OPENID_NAME", "").strip() or parts.hostname,
        claim=environ.get("REFERRAL_OPENID_CLAIM", "").strip() or "groups",
        roles=_roles_by_value(environ["REFERRAL_OPENID_ROLES"]),
    )


def _roles_by_value(text: str) -> tuple[tuple[str, str], ...]:
    found = []
    for item in filter(None, map(str.strip, text.split(","))):
        value, _, role = item.rpartition("=")
        if not value.strip() or role.strip() not in ROLES:
            raise SettingsError(
                f"REFERRAL_OPENID_ROLES has {item!r}; give pairs such as library-desk=desk."
            )
        found.append((value.strip(), role.strip()))
    return tuple(found)


def _local_for_admins(environ: Mapping[str, str]) -> bool:
    text = environ.get("REFERRAL_LOCAL_SIGN_IN", "").strip().lower() or "all"
    if text not in {"all", "admins"}:
        raise SettingsError(f"REFERRAL_LOCAL_SIGN_IN is {text!r}; give all or admins.")
    if text == "admins" and not environ.get("REFERRAL_OPENID_ISSUER", "").strip():
        raise SettingsError("REFERRAL_LOCAL_SIGN_IN=admins needs REFERRAL_OPENID_ISSUER too.")
    return text == "admins"
