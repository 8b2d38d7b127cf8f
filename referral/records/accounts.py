"""Staff accounts, their roles and the permissions of each role."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from referral.errors import RefusedError
from referral.message import Message

_EMAIL = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+\.[^\s@,;<>\"]+")
LONGEST_EMAIL = 254
LONGEST_NAME = 120


class Role(StrEnum):
    """A role of staff; an account may have several."""

    DESK = "desk"
    CURATION = "curation"
    ADMIN = "admin"
    AUDIT = "audit"


class Permission(StrEnum):
    """A permission that a page or an operation requires."""

    OWN_ACCOUNT = "own-account"  # all who are signed in: the start page, their own password
    USE_DESK = "use-desk"
    SEE_STAFF_ONLY = "see-staff-only"
    CORRECT_LOG = "correct-log"  # inquiries that were closed lately
    FOLLOW_UP = "follow-up"
    SEE_REPORTS = "see-reports"  # rounded, of closed quarters and years
    SEE_LIVE_COUNTS = "see-live-counts"  # exact, for those who handle inquiries or answer for them
    EDIT_RECORDS = "edit-records"
    REVIEW_FEEDBACK = "review-feedback"
    IMPORT_LISTS = "import-lists"
    EXPORT_DIRECTORY = "export-directory"
    MERGE_RECORDS = "merge-records"
    EDIT_VOCABULARY = "edit-vocabulary"
    MANAGE_ACCOUNTS = "manage-accounts"
    CHANGE_SETTINGS = "change-settings"
    READ_AUDIT_LOG = "read-audit-log"


_ALL_STAFF = frozenset({Permission.OWN_ACCOUNT, Permission.SEE_STAFF_ONLY})
ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.DESK: _ALL_STAFF
    | {
        Permission.USE_DESK,
        Permission.CORRECT_LOG,
        Permission.FOLLOW_UP,
        Permission.SEE_REPORTS,
        Permission.SEE_LIVE_COUNTS,
    },
    Role.CURATION: _ALL_STAFF
    | {
        Permission.EDIT_RECORDS,
        Permission.REVIEW_FEEDBACK,
        Permission.IMPORT_LISTS,
        Permission.EXPORT_DIRECTORY,
        Permission.MERGE_RECORDS,
        Permission.EDIT_VOCABULARY,
        Permission.SEE_REPORTS,
    },
    Role.ADMIN: _ALL_STAFF
    | {
        Permission.IMPORT_LISTS,
        Permission.EDIT_VOCABULARY,
        Permission.EXPORT_DIRECTORY,
        Permission.SEE_REPORTS,
        Permission.SEE_LIVE_COUNTS,
        Permission.CORRECT_LOG,
        Permission.MANAGE_ACCOUNTS,
        Permission.CHANGE_SETTINGS,
        Permission.READ_AUDIT_LOG,
    },
    Role.AUDIT: frozenset(
        {Permission.OWN_ACCOUNT, Permission.SEE_REPORTS, Permission.READ_AUDIT_LOG}
    ),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """The author of an entry of the audit log; ``account_id`` is "" for a program."""

    account_id: str
    name: str


COMMAND_LINE = Actor("", "command line")
FOLLOWED_LIST = Actor("", "followed list")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The account of a member of staff, with its roles.

    Attributes:
        email: as typed; compared by ``email_key``.
        by_openid: whether the OpenID provider of the county identifies the user and sets the roles.
        has_password: False until the invitation is accepted.
        has_code_app, passkeys: the second factors: an authenticator app, and the count of passkeys.
        must_add_second_factor: whether the account has no permissions until one is added.
        created_at, signed_in_at: UTC instants; the latter is None before the first sign-in.
    """

    id: str
    email: str
    name: str
    roles: frozenset[Role]
    has_password: bool = True
    by_openid: bool = False
    is_disabled: bool = False
    has_code_app: bool = False
    passkeys: int = 0
    must_add_second_factor: bool = False
    recovery_codes_left: int = 0
    created_at: datetime | None = None
    signed_in_at: datetime | None = None

    @property
    def permissions(self) -> frozenset[Permission]:
        """The permissions of all roles of the account; none while a second factor is missing."""
        return frozenset() if self.must_add_second_factor else permissions_of(self.roles)

    @property
    def has_second_factor(self) -> bool:
        """Return whether signing in by password requires a code or a passkey as well."""
        return self.has_code_app or self.passkeys > 0

    @property
    def actor(self) -> Actor:
        """The account as an author in the audit log."""
        return Actor(self.id, self.name or self.email)

    def may(self, permission: Permission) -> bool:
        """Return whether the account is enabled and has a permission."""
        return not self.is_disabled and permission in self.permissions


class Refusal(StrEnum):
    """The reason why an operation on an account was refused."""

    EMAIL_ODD = "email-odd"
    EMAIL_TAKEN = "email-taken"
    NAME_LONG = "name-long"
    NO_ROLE = "no-role"
    LAST_ADMIN = "last-admin"
    NOT_FOUND = "not-found"
    LINK_GONE = "link-gone"
    PASSWORD_SHORT = "password-short"  # noqa: S105  # a name, no password
    PASSWORD_LONG = "password-long"  # noqa: S105
    PASSWORD_COMMON = "password-common"  # noqa: S105
    WRONG = "wrong"
    WRONG_PASSWORD = "wrong-password"  # noqa: S105
    WRONG_CODE = "wrong-code"
    USE_OPENID = "use-openid"
    NO_CLAIM = "no-claim"
    NOT_SHOWN = "not-shown"
    OPENID_EMAIL = "openid-email"
    TURNED_OFF = "turned-off"
    WRONG_PASSKEY = "wrong-passkey"
    MANY_PASSKEYS = "many-passkeys"
    NO_PASSKEYS = "no-passkeys"
    WAIT = "wait"
    SIGNED_OUT = "signed-out"
    NOTHING_STARTED = "nothing-started"
    DISABLED = "disabled"
    SAMPLE = "sample"


class AccountRefusedError(RefusedError):
    """Raised when an operation on an account is refused; nothing was written.

    Attributes:
        refusal: the reason.
        wait_seconds: how long to wait before trying again; 0 for no wait.
    """

    def __init__(self, refusal: Refusal, wait_seconds: int = 0) -> None:
        super().__init__(Message(refusal.value))
        self.refusal = refusal
        self.wait_seconds = wait_seconds


def lacks_second_factor(account: Account, required: frozenset[str]) -> bool:
    """Return whether an account has a role that requires a second factor, but has none."""
    return not account.has_second_factor and not account.roles.isdisjoint(required)


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """Return the permissions of several roles together."""
    return frozenset(permission for role in roles for permission in ROLE_PERMISSIONS[role])


def printable_line(text: str | None) -> str:
    """Return a text on one line without unprintable characters, some of which databases reject."""
    return " ".join(
        "".join(character if character.isprintable() else " " for character in text or "").split()
    )


def email_key(email: str) -> str:
    """Return the normal form in which e-mail addresses are compared."""
    return printable_line(unicodedata.normalize("NFKC", email)).casefold()


def clean_email(email: str) -> str:
    """Return an e-mail address in Unicode form NFKC, without surrounding spaces.

    Raises:
        AccountRefusedError: the text is no e-mail address.
    """
    email = printable_line(unicodedata.normalize("NFKC", email))
    if len(email) > LONGEST_EMAIL or not _EMAIL.fullmatch(email):
        raise AccountRefusedError(Refusal.EMAIL_ODD)
    return email


def clean_name(name: str) -> str:
    """Return the name of an account on one line.

    Raises:
        AccountRefusedError: the name is too long.
    """
    name = printable_line(name)
    if len(name) > LONGEST_NAME:
        raise AccountRefusedError(Refusal.NAME_LONG)
    return name
