"""Sign-in, sign-out and staff sessions, which are rows in the database read at each request."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from itsdangerous import BadSignature, Signer
from sqlalchemy import delete, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.accounts.links import token_hash
from referral.accounts.passkey_challenges import take_passkey_answer
from referral.accounts.passwords import hash_password, is_outdated_hash, is_right_password
from referral.accounts.rate_limits import (
    account_key,
    clear_tries,
    client_keys,
    code_key,
    count_try,
    uncount_try,
)
from referral.accounts.rows import AccountRow, AccountSessionRow, account_from
from referral.accounts.second_factor import is_right_code
from referral.directory.instance import Instance
from referral.records.accounts import (
    Account,
    AccountRefusedError,
    Actor,
    Refusal,
    Role,
    email_key,
    lacks_second_factor,
)
from referral.records.terminal_visits import VISIT_SECONDS
from referral.settings import Settings

SIGN_IN_PURPOSE = "sign in"
"""The purpose of a passkey challenge that is the only step of a sign-in."""
LONGEST_SESSION = timedelta(hours=12)
_UNKNOWN_ACTOR = Actor("", "somebody signing in")
_SECOND_STEP_TIME = timedelta(minutes=10)
_SEEN_INTERVAL = timedelta(minutes=1)
_SEEN_INTERVAL_AT_TERMINAL = timedelta(seconds=10)
_MOST_KNOWN_ACCOUNTS = 12  # at one desk


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session of a user; its token is only in the browser's cookie, never stored.

    Attributes:
        waits_for_code: whether the second factor is still missing.
    """

    token: str
    account: Account
    waits_for_code: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSession:
    """A browser that is signed in to a user's own account, with UTC instants."""

    id: str
    started_at: datetime
    seen_at: datetime
    at_terminal: bool
    is_this: bool


def sign_in(
    instance: Instance, email: str, password: str, client: str, cookie: str = ""
) -> SignedIn:
    """Begin a session of a staff account by email address and password.

    A wrong e-mail takes as long as a wrong password.

    Args:
        client: network address of the browser, "" if unknown; only a keyed hash is stored.
        cookie: of a browser that signed in before; tries of other browsers then do not count.

    Raises:
        AccountRefusedError: WRONG, or WAIT after too many tries.
    """
    key = email_key(email)
    browser = known_browser(instance.settings, cookie, key)
    try_key = account_key(instance, key, browser)
    client_try_keys = () if browser else client_keys(instance, client)
    count_try(instance, [try_key, *client_try_keys])
    stored_hash, stored_stamp = _stored_password(instance, key)
    if not is_right_password(stored_hash, password):
        _note_failure(instance, "sign-in-failed", key)
        raise AccountRefusedError(Refusal.WRONG)
    renewed_hash = hash_password(password) if is_outdated_hash(stored_hash) else ""
    with instance.store.write() as session:
        row = session.scalars(
            select(AccountRow).where(AccountRow.email_key == key).with_for_update()
        ).one_or_none()
        if row is None or row.disabled_at or row.session_stamp != stored_stamp:
            raise AccountRefusedError(Refusal.WRONG)  # changed while the password was checked
        _check_local_sign_in(instance, row)
        row.password_hash = renewed_hash or row.password_hash
        clear_tries(session, try_key)
        uncount_try(session, client_try_keys)
        waits_for_code = account_from(row).has_second_factor
        return _add_session(instance, session, row, waits_for_code=waits_for_code)


def sign_in_by_passkey(instance: Instance, answer: str) -> SignedIn:
    """Begin a session by a passkey alone, whose device has identified its owner.

    Tries are not counted, since a signature cannot be guessed.

    Raises:
        AccountRefusedError: WRONG_PASSKEY.
    """
    row: AccountRow | None = None
    with instance.store.write() as session:
        with suppress(AccountRefusedError):
            row = take_passkey_answer(instance, session, answer, SIGN_IN_PURPOSE, is_only_step=True)
        if row is not None and not row.disabled_at:
            _check_local_sign_in(instance, row)
            return _add_session(instance, session, row, waits_for_code=False)
    _note_failure(instance, "sign-in-failed", "")
    raise AccountRefusedError(Refusal.WRONG_PASSKEY)


def begin_proved_session(
    instance: Instance, session: Session, row: AccountRow, *, second_factor: bool
) -> SignedIn:
    """Begin a session of a user whom the OpenID provider identified, in the caller's transaction.

    Args:
        second_factor: whether the provider required one, so that this site does not.
    """
    waits_for_code = account_from(row).has_second_factor and not second_factor
    return _add_session(
        instance,
        session,
        row,
        waits_for_code=waits_for_code,
        factor_elsewhere=second_factor,
    )


def begin_session(instance: Instance, account_id: str) -> SignedIn:
    """Begin a session of an account without its password, for the demo."""
    with instance.store.write() as session:
        row = session.get_one(AccountRow, account_id, with_for_update=True)
        waits_for_code = account_from(row).has_second_factor
        return _add_session(instance, session, row, waits_for_code=waits_for_code, is_trial=True)


def finish_sign_in(instance: Instance, token: str, code: str, cookie: str = "") -> SignedIn:
    """Finish a sign-in with a code of the second factor or a recovery code.

    Raises:
        AccountRefusedError: WRONG_CODE, WAIT, or SIGNED_OUT if it took too long.
    """

    def check(session: Session, account: Account) -> AccountRow:
        row = session.get_one(AccountRow, account.id, with_for_update=True)
        if not is_right_code(instance, row, code):
            raise AccountRefusedError(Refusal.WRONG_CODE)
        return row

    return _finish_sign_in(instance, token, cookie, check)


def finish_sign_in_by_passkey(
    instance: Instance, token: str, answer: str, cookie: str = ""
) -> SignedIn:
    """Finish a sign-in with the answer of a passkey after the password.

    Raises:
        AccountRefusedError: WRONG_PASSKEY, WAIT, or SIGNED_OUT if it took too long.
    """

    def check(session: Session, account: Account) -> AccountRow:
        purpose = second_step_purpose(token)
        return take_passkey_answer(instance, session, answer, purpose, account_id=account.id)

    return _finish_sign_in(instance, token, cookie, check)


def second_step_purpose(token: str) -> str:
    """Return the purpose of a passkey challenge in the second step of a sign-in."""
    return f"second step {token_hash(token)}"


def sign_out(instance: Instance, token: str) -> None:
    """End the session of a token; do nothing if the session has already ended."""
    with instance.store.write() as session:
        _delete_session(session, token)


def sign_out_if_reached(instance: Instance, token: str) -> None:
    """End the session of a token; do nothing if the database is unavailable."""
    with suppress(SQLAlchemyError):
        sign_out(instance, token)


def read_session(instance: Instance, token: str, *, waits_for_code: bool = False) -> Account | None:
    """Return the account of a session token; None if the session ended or is of another kind.

    Args:
        waits_for_code: whether to read a session that lacks the second factor, or a full one.
    """
    now = instance.now()
    with instance.store.read() as session:
        found = session.execute(
            select(AccountSessionRow, AccountRow)
            .join(AccountRow, AccountRow.id == AccountSessionRow.account_id)
            .where(AccountSessionRow.token_hash == token_hash(token))
            .where(AccountSessionRow.waits_for_code == waits_for_code)
            .where(AccountSessionRow.stamp == AccountRow.session_stamp)
            .where(AccountRow.disabled_at.is_(None))
        ).one_or_none()
        if found is None:
            return None
        session_row, account_row = found
        if _has_ended(instance, session_row, now):
            return None
        seen_at, account = _seen_at(instance, session_row), account_from(account_row)
        may_need_factor = not (session_row.is_trial or session_row.factor_elsewhere)
        if may_need_factor and lacks_second_factor(account, instance.settings.second_factor_roles):
            account = replace(account, must_add_second_factor=True)
        interval = _SEEN_INTERVAL_AT_TERMINAL if session_row.at_terminal else _SEEN_INTERVAL
    if not waits_for_code and now - seen_at >= interval:
        instance.sessions_seen[token_hash(token)] = now
    return account


def list_own_sessions(instance: Instance, account: Account, token: str) -> list[OwnSession]:
    """List an account's sessions: the session of this token first, then by last use."""
    now = instance.now()
    with instance.store.read() as session:
        stamp = session.get_one(AccountRow, account.id).session_stamp
        rows = session.scalars(
            select(AccountSessionRow).where(
                AccountSessionRow.account_id == account.id,
                AccountSessionRow.stamp == stamp,
                ~AccountSessionRow.waits_for_code,
            )
        ).all()
    sessions = [
        OwnSession(
            id=row.token_hash,
            started_at=row.started_at,
            seen_at=_seen_at(instance, row),
            at_terminal=row.at_terminal,
            is_this=row.token_hash == token_hash(token),
        )
        for row in rows
        if not _has_ended(instance, row, now)
    ]
    sessions.sort(key=lambda own: own.seen_at, reverse=True)
    return sorted(sessions, key=lambda own: not own.is_this)


def end_own_session(instance: Instance, account: Account, session_id: str) -> None:
    """End one session of an account; do nothing if it has already ended."""
    with instance.store.write() as session:
        deleted = session.execute(
            delete(AccountSessionRow)
            .where(AccountSessionRow.account_id == account.id)
            .where(AccountSessionRow.token_hash == session_id)
            .returning(AccountSessionRow.token_hash)
        )
        if deleted.first() is not None:
            record_audit(session, account.actor, "session-ended", "account", account.id)


def end_all_own_sessions(instance: Instance, account: Account) -> None:
    """End all sessions of an account, including the session of this browser."""
    with instance.store.write() as session:
        session.get_one(AccountRow, account.id, with_for_update=True).session_stamp += 1
        record_audit(session, account.actor, "signed-out-everywhere", "account", account.id)


def note_refused_request(instance: Instance, account: Account, page: str, reason: str) -> None:
    """Add to the audit log that a user's request was refused, if the database is available.

    Args:
        page: the endpoint, since an address may name a record or a search.
    """
    with suppress(SQLAlchemyError), instance.store.write() as session:
        record_audit(session, account.actor, "request-refused", page=page, refused=reason)


def read_session_if_reached(instance: Instance, token: str) -> Account | None:
    """Return the account of a session token; None also if the database is unavailable."""
    with suppress(SQLAlchemyError):
        return read_session(instance, token)
    return None


def end_session_with_visit(instance: Instance, token: str) -> None:
    """Mark a session as begun at a shared computer, so that the session ends with the visit."""
    statement = update(AccountSessionRow).where(AccountSessionRow.token_hash == token_hash(token))
    with instance.store.write() as session:
        session.execute(statement.values(at_terminal=True))


def write_sessions_seen(instance: Instance) -> None:
    """Store when this process last saw each session, so that other processes can read it.

    Times that could not be stored stay in memory for the next call.
    """
    last_seen = dict(instance.sessions_seen)
    if not last_seen:
        return
    with instance.store.write() as session:
        for hashed_token, seen_at in sorted(last_seen.items()):
            session.execute(
                update(AccountSessionRow)
                .where(AccountSessionRow.token_hash == hashed_token)
                .where(AccountSessionRow.seen_at < seen_at)
                .values(seen_at=seen_at)
            )
    for hashed_token, seen_at in last_seen.items():
        if instance.sessions_seen.get(hashed_token) == seen_at:
            del instance.sessions_seen[hashed_token]


def restart_session(instance: Instance, session: Session, row: AccountRow) -> SignedIn:
    """End all sessions of an account and begin a new session for the current browser."""
    row.session_stamp += 1
    return _add_session(instance, session, row, waits_for_code=False, is_sign_in=False)


def _finish_sign_in(
    instance: Instance,
    token: str,
    cookie: str,
    check: Callable[[Session, Account], AccountRow],
) -> SignedIn:
    account = read_session(instance, token, waits_for_code=True)
    if account is None:
        raise AccountRefusedError(Refusal.SIGNED_OUT)
    browser = known_browser(instance.settings, cookie, email_key(account.email))
    try_key = code_key(instance, account.id, browser)
    count_try(instance, [try_key])
    try:
        with instance.store.write() as session:
            row = check(session, account)
            if _delete_session(session, token):
                clear_tries(session, try_key)
                return _add_session(instance, session, row, waits_for_code=False)
    except AccountRefusedError:
        _note_failure(instance, "second-step-failed", email_key(account.email))
        raise
    raise AccountRefusedError(Refusal.SIGNED_OUT)


def _add_session(
    instance: Instance,
    session: Session,
    row: AccountRow,
    *,
    waits_for_code: bool,
    is_sign_in: bool = True,
    **marks: bool,
) -> SignedIn:
    now = instance.now()
    token = secrets.token_urlsafe(32)
    session.execute(
        delete(AccountSessionRow).where(AccountSessionRow.started_at < now - LONGEST_SESSION)
    )
    session.add(
        AccountSessionRow(
            token_hash=token_hash(token),
            account_id=row.id,
            stamp=row.session_stamp,
            started_at=now,
            seen_at=now,
            waits_for_code=waits_for_code,
            confirmed_at=now,
            **marks,
        )
    )
    if not waits_for_code and is_sign_in:
        row.signed_in_at = now
        record_audit(session, account_from(row).actor, "signed-in", "account", row.id)
    return SignedIn(token, account_from(row), waits_for_code)


def _note_failure(instance: Instance, action: str, key: str) -> None:
    """Add a failed sign-in to the audit log with the account, if any, and no typed text.

    Tries with an unknown e-mail are logged as well, so that the response takes the same time.
    """
    with instance.store.write() as session:
        row = session.scalars(select(AccountRow).where(AccountRow.email_key == key)).one_or_none()
        record = ("account", row.id) if row else ()
        record_audit(session, _UNKNOWN_ACTOR, action, *record)


def _stored_password(instance: Instance, key: str) -> tuple[str, int]:
    """Return the password hash and session stamp of an email key; ("", 0) if it cannot sign in."""
    with instance.store.read() as session:
        row = session.scalars(select(AccountRow).where(AccountRow.email_key == key)).one_or_none()
        return ("", 0) if row is None or row.disabled_at else (row.password_hash, row.session_stamp)


def _check_local_sign_in(instance: Instance, row: AccountRow) -> None:
    """Refuse a sign-in without OpenID Connect if the settings allow it to admins only."""
    if instance.settings.local_sign_in == "admins" and Role.ADMIN not in row.roles:
        raise AccountRefusedError(Refusal.USE_OPENID)


def _has_ended(instance: Instance, row: AccountSessionRow, now: datetime) -> bool:
    if row.waits_for_code:
        return now - row.started_at >= _SECOND_STEP_TIME
    idle = timedelta(minutes=instance.settings.idle_minutes)
    if row.at_terminal:
        visit = timedelta(seconds=VISIT_SECONDS)
        idle = min(idle, visit + _SEEN_INTERVAL_AT_TERMINAL)
    return now - _seen_at(instance, row) >= idle or now - row.started_at >= LONGEST_SESSION


def _seen_at(instance: Instance, row: AccountSessionRow) -> datetime:
    """Return when a session was last used, in this process or as another process stored."""
    return max(row.seen_at, instance.sessions_seen.get(row.token_hash, row.seen_at))


def _delete_session(session: Session, token: str) -> bool:
    """Delete the session of a token; return whether there was one."""
    deleted = session.execute(
        delete(AccountSessionRow)
        .where(AccountSessionRow.token_hash == token_hash(token))
        .returning(AccountSessionRow.token_hash)
    )
    return deleted.first() is not None


def known_browser(settings: Settings, cookie: str, account: str) -> str:
    """Return the id of a browser that signed in to an account before; "" for other browsers."""
    browser, accounts = _read_known_cookie(settings, cookie)
    return browser if _account_mark(settings, browser, account) in accounts else ""


def add_known_account(settings: Settings, cookie: str, account: str) -> str:
    """Add an account to a browser's cookie of the accounts it signed in to."""
    browser, accounts = _read_known_cookie(settings, cookie)
    mark = _account_mark(settings, browser, account)
    others = [other for other in accounts if other != mark]
    kept = [*others, mark][-_MOST_KNOWN_ACCOUNTS:]
    return _signer(settings).sign(".".join([browser, *kept])).decode()


def _read_known_cookie(settings: Settings, cookie: str) -> tuple[str, list[str]]:
    try:
        browser, *accounts = _signer(settings).unsign(cookie).decode().split(".")
    except BadSignature:
        return secrets.token_hex(16), []
    return browser, accounts


def _account_mark(settings: Settings, browser: str, account: str) -> str:
    value = f"known browser\n{browser}\n{account}".encode()
    return hmac.new(settings.secret_key.encode(), value, hashlib.sha256).hexdigest()[:32]


def _signer(settings: Settings) -> Signer:
    return Signer(settings.secret_key, salt="known browser", sep="/")
