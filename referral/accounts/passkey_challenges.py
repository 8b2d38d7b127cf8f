"""Challenges for passkeys (WebAuthn), and the verification of the browsers' answers.

A challenge contains its time and is signed with the key of the instance for its purpose, so nothing
is stored before a valid answer. A passkey cannot answer a challenge twice: its row has the time of
the last challenge that it answered.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from itsdangerous import BadSignature, Signer
from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.accounts.rows import AccountRow, PasskeyRow
from referral.directory.instance import Instance, local_today
from referral.records.accounts import AccountRefusedError, Refusal
from referral.settings import Settings

_LOCALHOST = "localhost"  # browsers trust it without HTTPS
_ANSWER_SECONDS = 600  # long, since the page may require the password in between
_MILLISECONDS = 1000
# Errors that parsers and checks raise for text that is not an answer.
_INVALID_ANSWER = (
    BadSignature, AttributeError, LookupError, RecursionError, TypeError, ValueError
)  # fmt: skip


class NoPasskeys(StrEnum):
    """The reason why browsers cannot create passkeys for this site."""

    NO_ADDRESS = "no-address"
    NO_HTTPS = "no-https"
    NO_NAME = "no-name"


@dataclass(frozen=True, slots=True)
class PasskeySite:
    """The domain and origin that passkeys are bound to; browsers use them nowhere else.

    Attributes:
        host: the host name without the port ("RP ID").
        origin: scheme, host name and port, as browsers send them.
    """

    host: str
    origin: str


def passkey_site(settings: Settings) -> PasskeySite | NoPasskeys:
    """Return domain and origin that passkeys are bound to, or the reason why none can work."""
    address = urlsplit(settings.public_url)
    host = address.hostname or ""
    if not host:
        return NoPasskeys.NO_ADDRESS
    if _is_ip_address(host):
        return NoPasskeys.NO_NAME
    if address.scheme != "https" and host != _LOCALHOST:
        return NoPasskeys.NO_HTTPS
    default_port = {"https": 443, "http": 80}[address.scheme]
    port = "" if address.port in (None, default_port) else f":{address.port}"
    return PasskeySite(host, f"{address.scheme}://{host}{port}")


def passkey_origin(settings: Settings) -> str:
    """Return the origin where passkeys of this site work; "" if they cannot."""
    site = passkey_site(settings)
    return "" if isinstance(site, NoPasskeys) else site.origin


def _is_ip_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Challenge:
    """A passkey challenge of this site, as the browser returned it.

    ``made_at`` is in milliseconds.
    """

    content: bytes
    made_at: int


def options_to_add(
    instance: Instance, row: AccountRow, credential_ids: Sequence[str], purpose: str
) -> str:
    """Return the WebAuthn options to create a passkey, as JSON.

    Args:
        credential_ids: of the account's passkeys; their devices do not create a second one.
        purpose: the action and session that the answer is for; it is valid for no other.
    """
    import webauthn  # noqa: PLC0415  # a third of a second that few requests need to spend

    site, structs = _site(instance), webauthn.helpers.structs
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=instance.settings.library_name,
        user_id=row.id.encode(),
        user_name=row.email,
        user_display_name=row.name or row.email,
        challenge=_new_challenge(instance, purpose),
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.PREFERRED,
            user_verification=structs.UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=_credential_descriptors(credential_ids),
    )
    return webauthn.options_to_json(options)


def options_to_use(
    instance: Instance, credential_ids: Sequence[str], purpose: str, *, is_only_step: bool = False
) -> str:
    """Return the WebAuthn options to sign in with a passkey, as JSON.

    Args:
        credential_ids: of the passkeys that may answer; empty for all passkeys of this site.
        is_only_step: whether the passkey is the only step, so that the device must identify its
            owner.
    """
    import webauthn  # noqa: PLC0415  # a third of a second that few requests need to spend

    verification = webauthn.helpers.structs.UserVerificationRequirement
    options = webauthn.generate_authentication_options(
        rp_id=_site(instance).host,
        challenge=_new_challenge(instance, purpose),
        allow_credentials=_credential_descriptors(credential_ids),
        user_verification=verification.REQUIRED if is_only_step else verification.PREFERRED,
    )
    return webauthn.options_to_json(options)


def read_new_passkey(instance: Instance, answer: str, purpose: str) -> PasskeyRow:
    """Verify a new passkey from a browser, and return its database row without account and name.

    Raises:
        AccountRefusedError: the answer does not match the challenge, or took too long.
    """
    import webauthn  # noqa: PLC0415  # a third of a second that few requests need to spend

    try:
        credential = webauthn.helpers.parse_registration_credential_json(answer)
        challenge = _read_challenge(instance, credential.response.client_data_json, purpose)
        verified = webauthn.verify_registration_response(
            credential=credential, **_expected_values(instance, challenge)
        )
    except (webauthn.helpers.exceptions.WebAuthnException, *_INVALID_ANSWER) as error:
        raise AccountRefusedError(Refusal.WRONG_PASSKEY) from error
    return PasskeyRow(
        credential_id=credential.id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        asked_at=challenge.made_at,
        added_on=local_today(instance),
    )


def take_passkey_answer(
    instance: Instance,
    session: Session,
    answer: str,
    purpose: str,
    *,
    account_id: str = "",
    is_only_step: bool = False,
) -> AccountRow:
    """Verify the answer of a passkey and return its account. The challenge is used up.

    Args:
        account_id: the account that the passkey must belong to; "" for any account.
        is_only_step: whether the device must have identified its owner.

    Raises:
        AccountRefusedError: the answer does not match the challenge, or took too long.
    """
    import webauthn  # noqa: PLC0415  # a third of a second that few requests need to spend

    try:
        credential = webauthn.helpers.parse_authentication_credential_json(answer)
        passkey, account = _lock_passkey(session, credential.id, account_id)
        challenge = _read_challenge(instance, credential.response.client_data_json, purpose)
        verified = webauthn.verify_authentication_response(
            credential=credential,
            **_expected_values(instance, challenge),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=is_only_step,
        )
    except (webauthn.helpers.exceptions.WebAuthnException, *_INVALID_ANSWER) as error:
        raise AccountRefusedError(Refusal.WRONG_PASSKEY) from error
    if challenge.made_at <= passkey.asked_at:  # it or a later challenge was already answered
        raise AccountRefusedError(Refusal.WRONG_PASSKEY)
    passkey.sign_count, passkey.asked_at = verified.new_sign_count, challenge.made_at
    passkey.last_used_on = local_today(instance)
    return account


def _lock_passkey(
    session: Session, credential_id: str, account_id: str
) -> tuple[PasskeyRow, AccountRow]:
    """Lock the account of a passkey, then read the passkey again, and return both."""
    statement = select(PasskeyRow).where(PasskeyRow.credential_id == credential_id)
    unlocked = session.scalars(statement).one_or_none()
    if unlocked is None or account_id not in ("", unlocked.account_id):
        raise AccountRefusedError(Refusal.WRONG_PASSKEY)
    account = session.get_one(AccountRow, unlocked.account_id, with_for_update=True)
    passkey = session.get(PasskeyRow, unlocked.id, populate_existing=True)
    if passkey is None:
        raise AccountRefusedError(Refusal.WRONG_PASSKEY)
    return passkey, account


def _site(instance: Instance) -> PasskeySite:
    site = passkey_site(instance.settings)
    if isinstance(site, NoPasskeys):
        raise AccountRefusedError(Refusal.NO_PASSKEYS)
    return site


def _credential_descriptors(credential_ids: Sequence[str]) -> list[Any]:
    import webauthn  # noqa: PLC0415  # a third of a second that few requests need to spend

    return [
        webauthn.helpers.structs.PublicKeyCredentialDescriptor(
            id=webauthn.helpers.base64url_to_bytes(credential_id)
        )
        for credential_id in credential_ids
    ]


def _new_challenge(instance: Instance, purpose: str) -> bytes:
    now = int(instance.now().timestamp() * _MILLISECONDS)
    return _signer(instance, purpose).sign(f"{now}:{secrets.token_urlsafe(16)}")


def _expected_values(instance: Instance, challenge: _Challenge) -> Any:
    """Return the expected challenge, origin and domain, as arguments of both WebAuthn checks."""
    site = _site(instance)
    return {
        "expected_challenge": challenge.content,
        "expected_rp_id": site.host,
        "expected_origin": site.origin,
    }


def _read_challenge(instance: Instance, client_data: bytes, purpose: str) -> _Challenge:
    """Return the challenge that a passkey answered, after checking its signature and age.

    Raises:
        BadSignature: this site did not sign it for this purpose.
        ValueError: the challenge is too old.
    """
    import webauthn  # noqa: PLC0415  # a third of a second that few requests need to spend

    challenge = webauthn.helpers.parse_client_data_json(client_data).challenge
    signed = _signer(instance, purpose).unsign(challenge)
    made_at = int(signed.partition(b":")[0])
    age = instance.now() - datetime.fromtimestamp(made_at / _MILLISECONDS, UTC)
    if not 0 <= age.total_seconds() <= _ANSWER_SECONDS:
        raise ValueError("It took too long.")
    return _Challenge(challenge, made_at)


def _signer(instance: Instance, purpose: str) -> Signer:
    key = instance.settings.secret_key
    return Signer(key, salt=f"passkey {purpose}", digest_method=hashlib.sha256)
