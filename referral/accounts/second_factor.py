"""The optional second factor: codes of an app (TOTP, RFC 6238), and recovery codes on paper.

The secret is derived from a random seed and the key of the instance, so nobody can compute codes
from the database or a backup alone.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

import pyotp

from referral.accounts.rows import AccountRow
from referral.directory.instance import Instance

STEP_SECONDS = 30
RECOVERY_CODES = 10
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # 32 letters and digits that are not mistaken


@dataclass(frozen=True, slots=True)
class SecondFactorStart:
    """The content of an authenticator app: the secret to type, and the QR code's address."""

    secret: str
    address: str


def is_right_code(instance: Instance, row: AccountRow, code: str) -> bool:
    """Return whether a code of an authenticator app or a recovery code is valid and unused.

    The code is used up in this transaction.

    The row must be locked. Clocks may be half a minute apart.
    """
    code = "".join(code.split()).lower().replace("-", "")
    if len(code) == 6:
        return _is_right_app_code(instance, row, code)
    code_hash = _code_hash(code)
    if code_hash not in row.recovery_hashes:
        return False
    row.recovery_hashes = [other for other in row.recovery_hashes if other != code_hash]
    return True


def describe_second_factor(instance: Instance, row: AccountRow) -> SecondFactorStart:
    """Return the secret and QR code content for setting up an authenticator app."""
    secret = secret_of(instance, row.second_factor_seed)
    address = pyotp.TOTP(secret).provisioning_uri(
        name=row.email, issuer_name=instance.settings.library_name
    )
    return SecondFactorStart(secret, address)


def secret_of(instance: Instance, seed: str) -> str:
    """Return the secret of an authenticator app, in base 32, derived from a seed."""
    key = instance.settings.secret_key.encode()
    digest = hmac.new(key, f"second factor\n{seed}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:20]).decode("ascii")


def make_recovery_codes(row: AccountRow) -> tuple[str, ...]:
    """Create ten recovery codes of 80 random bits; only their hashes are stored."""
    codes = tuple(
        "".join(secrets.choice(_ALPHABET) for _ in range(16)) for _ in range(RECOVERY_CODES)
    )
    row.recovery_hashes = [_code_hash(code) for code in codes]
    return tuple("-".join(code[start : start + 4] for start in range(0, 16, 4)) for code in codes)


def _is_right_app_code(instance: Instance, row: AccountRow, code: str) -> bool:
    if not row.second_factor_seed:
        return False
    totp = pyotp.TOTP(secret_of(instance, row.second_factor_seed))
    current_step = int(instance.now().timestamp()) // STEP_SECONDS
    for step in (current_step - 1, current_step, current_step + 1):
        if step > row.second_factor_step and hmac.compare_digest(
            totp.at(step * STEP_SECONDS).encode(), code.encode()
        ):
            row.second_factor_step = step
            return True
    return False


def _code_hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
