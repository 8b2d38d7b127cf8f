"""Passkeys (WebAuthn): the questions that a browser gets, and the check of its answers.

A question ("challenge") is signed with the key of the instance and says when it was made and for
whom, so nothing is stored before a right answer. A passkey answers no question twice: its row has
the time of the last one that was answered.
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

_HERE = "localhost"  # browsers trust it without HTTPS


class NoPasskeys(StrEnum):
    """Why no browser would make a passkey for this site."""

    NO_ADDRESS = "no-address"
    NO_HTTPS = "no-https"
    NO_NAME = "no-name"


@dataclass(frozen=True, slots=True)
class PasskeySite:
    """What a passkey is bound to: a browser uses it on no other site.

    Attributes:
        host: the name without the port ("RP ID").
        origin: scheme, name and port, as browsers say them.
    """

    host: str
    origin: str


def passkey_site(settings: Settings) -> PasskeySite | NoPasskeys:
    """Return domain and origin that passkeys are bound to, or the reason why none can work."""
    address = urlsplit(settings.public_url)
    host = address.hostname or ""
    if not host:
        return NoPasskeys.NO_ADDRESS
    if _is_number(host):
        return NoPasskeys.NO_NAME
    if address.scheme != "https" and host != _HERE:
        return NoPasskeys.NO_HTTPS
    usual = {"https": 443, "http": 80}[address.scheme]
    port = "" if address.port in (None, usual) else f":{address.port}"
    return PasskeySite(host, f"{address.scheme}://{host}{port}")


def passkey_origin(settings: Settings) -> str:
    """Return the origin where passkeys of this site work; "" if they cannot."""
    site = passkey_site(settings)
    return "" if isinstance(site, NoPasskeys) else site.origin


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


_ANSWER_WITHIN = 600  # seconds; the page may ask for the password in between
_MILLISECONDS = 1000
# What strangers send instead of an answer ends in one of these.
_NO_ANSWER = (
    BadSignature, AttributeError, LookupError, RecursionError, TypeError, ValueError
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question of ours; ``at`` in milliseconds."""

    challenge: bytes
    at: int


def options_to_add(instance: Instance, row: AccountRow, known: Sequence[str], use: str) -> str:
    """Return the WebAuthn options to create a passkey, as JSON.

    Args:
        known: credential ids of the account; their devices make no second one.
        use: what the answer is for, and whose; another use takes it for nothing.
    """
    import webauthn  # noqa: PLC0415  # a third of a second that few requests need to spend

    site, structs = _site(instance), webauthn.helpers.structs
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=instance.settings.library_name,
        user_id=row.id.encode(),
        user_name=row.email,
        user_display_name=row.name or row.email,
        challenge=_challenge(instance, use),
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.PREFERRED,
            user_verification=structs.UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=_described(known),
    )
    return webauthn.options_to_json(options)


def options_to_use(
    instance: Instance, known: Sequence[str], use: str, *, alone: bool = False
) -> str:
    """Return the WebAuthn options to sign in with a passkey, as JSON.

    Args:
        known: credential ids that may answer; none for any of this site.
        alone: whether the passkey is the only step, so that the device must know its owner.
    """
    import webauthn  # noqa: PLC0415  # a third of a second that few requests need to spend

    needed = webauthn.helpers.structs.UserVerificationRequirement
    options = webauthn.generate_authentication_options(
        rp_id=_site(instance).host,
        challenge=_challenge(instance, use),
        allow_credentials=_described(known),
        user_verification=needed.REQUIRED if alone else needed.PREFERRED,
    )
    return webauthn.options_to_json(options)


def read_new_passkey(instance: Instance, answer: str, use: str) -> PasskeyRow:
    """Verify a new passkey from a browser; it has no account and name yet.

    Raises:
        AccountRefusedError: the answer does not fit the question, or took too long.
    """
    import webauthn  # noqa: PLC0415  # a third of a second that few requests need to spend

    try:
        credential = webauthn.helpers.parse_registration_credential_json(answer)
        asked = _asked(instance, credential.response.client_data_json, use)
        made = webauthn.verify_registration_response(
            credential=credential, **_expected(instance, asked)
        )
    except (webauthn.helpers.exceptions.WebAuthnException, *_NO_ANSWER) as error:
        raise AccountRefusedError(Refusal.WRONG_PASSKEY) from error
    return PasskeyRow(
        credential_id=credential.id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        asked_at=asked.at,
        added_on=local_today(instance),
    )


def take_passkey_answer(
    instance: Instance,
    session: Session,
    answer: str,
    use: str,
    *,
    account_id: str = "",
    alone: bool = False,
) -> AccountRow:
    """Verify a passkey answer and return its account; the challenge is used up.

    Args:
        account_id: whose it must be; "" for anybody's.
        alone: whether the device must have checked who holds it.

    Raises:
        AccountRefusedError: the answer does not fit, or took too long.
    """
    import webauthn  # noqa: PLC0415  # a third of a second that few requests need to spend

    try:
        credential = webauthn.helpers.parse_authentication_credential_json(answer)
        row, account = _locked(session, credential.id, account_id)
        asked = _asked(instance, credential.response.client_data_json, use)
        verified = webauthn.verify_authentication_response(
            credential=credential,
            **_expected(instance, asked),
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
            require_user_verification=alone,
        )
    except (webauthn.helpers.exceptions.WebAuthnException, *_NO_ANSWER) as error:
        raise AccountRefusedError(Refusal.WRONG_PASSKEY) from error
    if asked.at <= row.asked_at:
        raise AccountRefusedError(Refusal.WRONG_PASSKEY)  # answered before, or a later one was
    row.sign_count, row.asked_at = verified.new_sign_count, asked.at
    row.last_used_on = local_today(instance)
    return account


def _locked(session: Session, credential_id: str, account_id: str) -> tuple[PasskeyRow, AccountRow]:
    """Lock and return a passkey's account and the passkey, always in this order."""
    wanted = select(PasskeyRow).where(PasskeyRow.credential_id == credential_id)
    found = session.scalars(wanted).one_or_none()
    if found is None or account_id not in ("", found.account_id):
        raise AccountRefusedError(Refusal.WRONG_PASSKEY)
    account = session.get_one(AccountRow, found.account_id, with_for_update=True)
    row = session.get(PasskeyRow, found.id, populate_existing=True)
    if row is None:
        raise AccountRefusedError(Refusal.WRONG_PASSKEY)
    return row, account


def _site(instance: Instance) -> PasskeySite:
    site = passkey_site(instance.settings)
    if isinstance(site, NoPasskeys):
        raise AccountRefusedError(Refusal.NO_PASSKEYS)
    return site


def _described(credential_ids: Sequence[str]) -> list[Any]:
    import webauthn  # noqa: PLC0415  # a third of a second that few requests need to spend

    return [
        webauthn.helpers.structs.PublicKeyCredentialDescriptor(
            id=webauthn.helpers.base64url_to_bytes(each)
        )
        for each in credential_ids
    ]


def _challenge(instance: Instance, use: str) -> bytes:
    now = int(instance.now().timestamp() * _MILLISECONDS)
    return _signer(instance, use).sign(f"{now}:{secrets.token_urlsafe(16)}")


def _expected(instance: Instance, asked: _Asked) -> Any:
    """Return the expected challenge, origin and domain, as arguments of both WebAuthn checks."""
    site = _site(instance)
    return {
        "expected_challenge": asked.challenge,
        "expected_rp_id": site.host,
        "expected_origin": site.origin,
    }


def _asked(instance: Instance, client_data: bytes, use: str) -> _Asked:
    """Return the challenge that a passkey answered; None if it is not ours."""
    import webauthn  # noqa: PLC0415  # a third of a second that few requests need to spend

    challenge = webauthn.helpers.parse_client_data_json(client_data).challenge
    signed = _signer(instance, use).unsign(challenge)
    asked_at = int(signed.partition(b":")[0])
    age = instance.now() - datetime.fromtimestamp(asked_at / _MILLISECONDS, UTC)
    if not 0 <= age.total_seconds() <= _ANSWER_WITHIN:
        raise ValueError("It took too long.")
    return _Asked(challenge, asked_at)


def _signer(instance: Instance, use: str) -> Signer:
    key = instance.settings.secret_key
    return Signer(key, salt=f"passkey {use}", digest_method=hashlib.sha256)
