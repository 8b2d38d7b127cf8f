"""Signing in and out, and the sessions between: rows in the database, checked each request."""

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

SIGNING_IN = "sign in"
"""The use of a question to a passkey that is the only step."""
LONGEST_SESSION = timedelta(hours=12)
_STRANGER = Actor("", "somebody signing in")
_CODE_WITHIN = timedelta(minutes=10)
_SEEN_EVERY = timedelta(minutes=1)
_SEEN_EVERY_AT_TERMINAL = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session: the token is for the cookie of this browser and is kept nowhere.

    Attributes:
        waits_for_code: whether the second factor is still to be given.
    """

    token: str
    account: Account
    waits_for_code: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSession:
    """A browser in which somebody is signed in; the times are UTC instants."""

    id: str
    started_at: datetime
    seen_at: datetime
    at_terminal: bool
    is_this: bool


def sign_in(
    instance: Instance, email: str, password: str, client: str, cookie: str = ""
) -> SignedIn:
    """Begin a session. A wrong e-mail takes as long as a wrong password and says the same.

    Args:
        client: network address of the browser, "" where it is not known; only a keyed hash is kept.
        cookie: of a browser that signed in before; tries of others then do not count.

    Raises:
        AccountRefusedError: WRONG, or WAIT after too many tries.
    """
    key = email_key(email)
    browser = known_browser(instance.settings, cookie, key)
    tries = account_key(instance, key, browser)
    from_client = () if browser else client_keys(instance, client)
    count_try(instance, [tries, *from_client])
    kept, stamp = _kept_hash(instance, key)
    if not is_right_password(kept, password):
        _note_failure(instance, "sign-in-failed", key)
        raise AccountRefusedError(Refusal.WRONG)
    renewed = ""
    if is_outdated_hash(kept):
        renewed = hash_password(password)
    with instance.store.write() as session:
        row = session.scalars(
            select(AccountRow).where(AccountRow.email_key == key).with_for_update()
        ).one_or_none()
        if row is None or row.disabled_at or row.session_stamp != stamp:
            raise AccountRefusedError(Refusal.WRONG)  # it changed while we looked
        _refuse_local(instance, row)
        row.password_hash = renewed or row.password_hash
        clear_tries(session, tries)
        uncount_try(session, from_client)
        waits = account_from(row).has_second_factor
        return _begin(instance, session, row, waits_for_code=waits)


def sign_in_by_passkey(instance: Instance, answer: str) -> SignedIn:
    """Begin a session by a passkey alone, whose device has checked who holds it.

    Tries are not counted: a signature cannot be guessed.

    Raises:
        AccountRefusedError: WRONG_PASSKEY.
    """
    row: AccountRow | None = None
    with instance.store.write() as session:
        with suppress(AccountRefusedError):
            row = take_passkey_answer(instance, session, answer, SIGNING_IN, alone=True)
        if row is not None and not row.disabled_at:
            _refuse_local(instance, row)
            return _begin(instance, session, row, waits_for_code=False)
    _note_failure(instance, "sign-in-failed", "")
    raise AccountRefusedError(Refusal.WRONG_PASSKEY)


def begin_proved_session(
    instance: Instance, session: Session, row: AccountRow, *, second_factor: bool
) -> SignedIn:
    """Begin a session of somebody whom the county's service has named, in this transaction.

    Args:
        second_factor: whether the service asked for one, so that we need not.
    """
    waits = account_from(row).has_second_factor and not second_factor
    return _begin(instance, session, row, waits_for_code=waits, factor_elsewhere=second_factor)


def begin_session(instance: Instance, account_id: str) -> SignedIn:
    """Begin a session of an account without its password, for the demo."""
    with instance.store.write() as session:
        row = session.get_one(AccountRow, account_id, with_for_update=True)
        waits = account_from(row).has_second_factor
        return _begin(instance, session, row, waits_for_code=waits, is_trial=True)


def finish_sign_in(instance: Instance, token: str, code: str, cookie: str = "") -> SignedIn:
    """Give the code of the second factor, or a recovery code, and get a full session.

    Raises:
        AccountRefusedError: WRONG_CODE, WAIT, or SIGNED_OUT when it took too long.
    """

    def check(session: Session, account: Account) -> AccountRow:
        row = session.get_one(AccountRow, account.id, with_for_update=True)
        if not is_right_code(instance, row, code):
            raise AccountRefusedError(Refusal.WRONG_CODE)
        return row

    return _finish(instance, token, cookie, check)


def finish_sign_in_by_passkey(
    instance: Instance, token: str, answer: str, cookie: str = ""
) -> SignedIn:
    """Answer with a passkey after the password, and get a full session.

    Raises:
        AccountRefusedError: WRONG_PASSKEY, WAIT, or SIGNED_OUT when it took too long.
    """

    def check(session: Session, account: Account) -> AccountRow:
        use = second_step(token)
        return take_passkey_answer(instance, session, answer, use, account_id=account.id)

    return _finish(instance, token, cookie, check)


def second_step(token: str) -> str:
    """Return the purpose of a passkey challenge that is the second step of a sign-in."""
    return f"second step {token_hash(token)}"


def sign_out(instance: Instance, token: str) -> None:
    """End the session; nothing happens when it has ended already."""
    with instance.store.write() as session:
        _end(session, token)


def sign_out_if_reached(instance: Instance, token: str) -> None:
    """Sign out, ignoring a database that is not available."""
    with suppress(SQLAlchemyError):
        sign_out(instance, token)


def read_session(instance: Instance, token: str, *, waits_for_code: bool = False) -> Account | None:
    """Read the session of a token; None if it ended or is of another kind."""
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
        if found is None or _is_over(instance, found[0], now):
            return None
        seen_at, account = _seen_at(instance, found[0]), account_from(found[1])
        asks_for_factor = not (found[0].is_trial or found[0].factor_elsewhere)
        if asks_for_factor and lacks_second_factor(account, instance.settings.second_factor_roles):
            account = replace(account, must_add_second_factor=True)
        see_every = _SEEN_EVERY_AT_TERMINAL if found[0].at_terminal else _SEEN_EVERY
    if not waits_for_code and now - seen_at >= see_every:
        instance.sessions_seen[token_hash(token)] = now
    return account


def list_own_sessions(instance: Instance, account: Account, token: str) -> list[OwnSession]:
    """List an account's sessions: the one with this token first, then by last use."""
    now, row = instance.now(), AccountSessionRow
    with instance.store.read() as session:
        stamp = session.get_one(AccountRow, account.id).session_stamp
        found = session.scalars(
            select(row).where(row.account_id == account.id, row.stamp == stamp, ~row.waits_for_code)
        ).all()
    own = [
        OwnSession(
            id=each.token_hash,
            started_at=each.started_at,
            seen_at=_seen_at(instance, each),
            at_terminal=each.at_terminal,
            is_this=each.token_hash == token_hash(token),
        )
        for each in found
        if not _is_over(instance, each, now)
    ]
    own.sort(key=lambda each: each.seen_at, reverse=True)
    return sorted(own, key=lambda each: not each.is_this)


def end_own_session(instance: Instance, account: Account, session_id: str) -> None:
    """End one of them; nothing happens when it has ended already."""
    row = AccountSessionRow
    with instance.store.write() as session:
        ended = session.execute(
            delete(row)
            .where(row.account_id == account.id, row.token_hash == session_id)
            .returning(row.token_hash)
        )
        if ended.first() is not None:
            record_audit(session, account.actor, "session-ended", "account", account.id)


def end_all_own_sessions(instance: Instance, account: Account) -> None:
    """End all sessions of an account, in the browser that asked too."""
    with instance.store.write() as session:
        session.get_one(AccountRow, account.id, with_for_update=True).session_stamp += 1
        record_audit(session, account.actor, "signed-out-everywhere", "account", account.id)


def note_refused_request(instance: Instance, account: Account, page: str, reason: str) -> None:
    """Record in the audit log that a request of an account was refused, if the database answers.

    Args:
        page: the endpoint, since an address may name a record or a search.
    """
    with suppress(SQLAlchemyError), instance.store.write() as session:
        record_audit(session, account.actor, "request-refused", page=page, refused=reason)


def read_session_if_reached(instance: Instance, token: str) -> Account | None:
    """Read a session for an error page; None also if the database is not available."""
    with suppress(SQLAlchemyError):
        return read_session(instance, token)
    return None


def end_with_visit(instance: Instance, token: str) -> None:
    """Let a session that began at a shared computer end with the visit there."""
    begun = update(AccountSessionRow).where(AccountSessionRow.token_hash == token_hash(token))
    with instance.store.write() as session:
        session.execute(begun.values(at_terminal=True))


def write_sessions_seen(instance: Instance) -> None:
    """Write when this process last saw each session, for the other processes to know.

    What the database cannot take now stays in memory for the next time.
    """
    seen = dict(instance.sessions_seen)
    if not seen:
        return
    row = AccountSessionRow
    with instance.store.write() as session:
        for hashed, seen_at in sorted(seen.items()):
            session.execute(
                update(row)
                .where(row.token_hash == hashed, row.seen_at < seen_at)
                .values(seen_at=seen_at)
            )
    for hashed, seen_at in seen.items():
        if instance.sessions_seen.get(hashed) == seen_at:
            del instance.sessions_seen[hashed]


def restart_session(instance: Instance, session: Session, row: AccountRow) -> SignedIn:
    """End all sessions of the account and begin another for the browser that asked."""
    row.session_stamp += 1
    return _begin(instance, session, row, waits_for_code=False, noted=False)


def _finish(
    instance: Instance,
    token: str,
    cookie: str,
    check: Callable[[Session, Account], AccountRow],
) -> SignedIn:
    account = read_session(instance, token, waits_for_code=True)
    if account is None:
        raise AccountRefusedError(Refusal.SIGNED_OUT)
    browser = known_browser(instance.settings, cookie, email_key(account.email))
    tries = code_key(instance, account.id, browser)
    count_try(instance, [tries])
    try:
        with instance.store.write() as session:
            row = check(session, account)
            if _end(session, token):
                clear_tries(session, tries)
                return _begin(instance, session, row, waits_for_code=False)
    except AccountRefusedError:
        _note_failure(instance, "second-step-failed", email_key(account.email))
        raise
    raise AccountRefusedError(Refusal.SIGNED_OUT)


def _begin(
    instance: Instance,
    session: Session,
    row: AccountRow,
    *,
    waits_for_code: bool,
    noted: bool = True,
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
    if not waits_for_code and noted:
        row.signed_in_at = now
        record_audit(session, account_from(row).actor, "signed-in", "account", row.id)
    return SignedIn(token, account_from(row), waits_for_code)


def _note_failure(instance: Instance, action: str, key: str) -> None:
    """Note a failed try in the audit log: of whom, if of anybody. What was typed is not kept.

    What nobody has is noted as well, so that the answer takes the same time.
    """
    with instance.store.write() as session:
        row = session.scalars(select(AccountRow).where(AccountRow.email_key == key)).one_or_none()
        what = ("account", row.id) if row else ()
        record_audit(session, _STRANGER, action, *what)


def _kept_hash(instance: Instance, key: str) -> tuple[str, int]:
    with instance.store.read() as session:
        row = session.scalars(select(AccountRow).where(AccountRow.email_key == key)).one_or_none()
        return ("", 0) if row is None or row.disabled_at else (row.password_hash, row.session_stamp)


def _refuse_local(instance: Instance, row: AccountRow) -> None:
    """Let only admins in without the county's service, where the library says so."""
    if instance.settings.local_sign_in == "admins" and Role.ADMIN not in row.roles:
        raise AccountRefusedError(Refusal.USE_OPENID)


def _is_over(instance: Instance, row: AccountSessionRow, now: datetime) -> bool:
    if row.waits_for_code:
        return now - row.started_at >= _CODE_WITHIN
    idle = timedelta(minutes=instance.settings.idle_minutes)
    if row.at_terminal:
        visit = timedelta(seconds=VISIT_SECONDS)
        idle = min(idle, visit + _SEEN_EVERY_AT_TERMINAL)
    return now - _seen_at(instance, row) >= idle or now - row.started_at >= LONGEST_SESSION


def _seen_at(instance: Instance, row: AccountSessionRow) -> datetime:
    """Return when this process last saw a session."""
    return max(row.seen_at, instance.sessions_seen.get(row.token_hash, row.seen_at))


def _end(session: Session, token: str) -> bool:
    """End a session and return whether there was one."""
    ended = session.execute(
        delete(AccountSessionRow)
        .where(AccountSessionRow.token_hash == token_hash(token))
        .returning(AccountSessionRow.token_hash)
    )
    return ended.first() is not None


_MOST_ACCOUNTS = 12  # at one desk


def known_browser(settings: Settings, cookie: str, account: str) -> str:
    """Return the id of a browser that signed in to this account before; "" for any other."""
    browser, accounts = _read_known_cookie(settings, cookie)
    return browser if _hash(settings, browser, account) in accounts else ""


def with_account(settings: Settings, cookie: str, account: str) -> str:
    """Add an account to the cookie that lists the accounts a browser signed in to."""
    browser, accounts = _read_known_cookie(settings, cookie)
    added = _hash(settings, browser, account)
    others = [each for each in accounts if each != added]
    marks = [*others, added][-_MOST_ACCOUNTS:]
    return _signer(settings).sign(".".join([browser, *marks])).decode()


def _read_known_cookie(settings: Settings, cookie: str) -> tuple[str, list[str]]:
    try:
        browser, *accounts = _signer(settings).unsign(cookie).decode().split(".")
    except BadSignature:
        return secrets.token_hex(16), []
    return browser, accounts


def _hash(settings: Settings, browser: str, account: str) -> str:
    value = f"known browser\n{browser}\n{account}".encode()
    return hmac.new(settings.secret_key.encode(), value, hashlib.sha256).hexdigest()[:32]


def _signer(settings: Settings) -> Signer:
    return Signer(settings.secret_key, salt="known browser", sep="/")
