"""Staff accounts: who a person is here, and what each role may do."""

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
    """What a person does here; one person may hold several."""

    DESK = "desk"
    CURATION = "curation"
    ADMIN = "admin"
    AUDIT = "audit"


class Permission(StrEnum):
    """What a page or an operation needs."""

    OWN_ACCOUNT = "own-account"  # whoever is signed in: the start page, one's own password
    USE_DESK = "use-desk"
    SEE_STAFF_ONLY = "see-staff-only"
    CORRECT_LOG = "correct-log"  # inquiries that were closed lately
    FOLLOW_UP = "follow-up"
    SEE_REPORTS = "see-reports"  # rounded, of closed quarters and years
    SEE_LIVE_COUNTS = (
        "see-live-counts"  # exact, of whoever works with inquiries or answers for them
    )
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
    """Who did something, as the audit log keeps it; ``account_id`` is "" for a program."""

    account_id: str
    name: str


COMMAND_LINE = Actor("", "command line")
FOLLOWED_LIST = Actor("", "followed list")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A member of staff.

    Attributes:
        email: as it was typed; see ``email_key`` for how it is compared.
        by_openid: whether the county's service names this person, and gives the roles.
        has_password: no before the invitation was taken.
        has_code_app, passkeys: the second factors: codes of an app, and how many passkeys.
        must_add_second_factor: whether this person may do nothing before adding one.
        created_at, signed_in_at: UTC instants; the last is None before the first time.
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
        """What the roles allow, together; nothing while a second factor is to be added."""
        return frozenset() if self.must_add_second_factor else permissions_of(self.roles)

    @property
    def second_factor(self) -> bool:
        """Whether signing in by password asks for a code or a passkey as well."""
        return self.has_code_app or self.passkeys > 0

    @property
    def actor(self) -> Actor:
        """This person in the audit log."""
        return Actor(self.id, self.name or self.email)

    def may(self, permission: Permission) -> bool:
        """Whether a role of this account allows it."""
        return not self.is_disabled and permission in self.permissions


class Refusal(StrEnum):
    """Why nothing was done; ``web.staff.labels`` says each to a person."""

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
    """Something about accounts was refused, and nothing was written.

    Attributes:
        refusal: why.
        wait_seconds: when trying again makes sense; 0 for at once.
    """

    def __init__(self, refusal: Refusal, wait_seconds: int = 0) -> None:
        super().__init__(Message(refusal.value))
        self.refusal = refusal
        self.wait_seconds = wait_seconds


def lacks_second_factor(account: Account, required: frozenset[str]) -> bool:
    """Whether a role of this account is one of those that need a second factor it has not."""
    return not account.second_factor and not account.roles.isdisjoint(required)


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """What these roles allow, together."""
    return frozenset(permission for role in roles for permission in ROLE_PERMISSIONS[role])


def visible(text: str | None) -> str:
    """The text in one line: databases and pages refuse some of what cannot be seen."""
    return " ".join("".join(each if each.isprintable() else " " for each in text or "").split())


def email_key(email: str) -> str:
    """The form in which two e-mail addresses are compared."""
    return visible(unicodedata.normalize("NFKC", email)).casefold()


def clean_email(email: str) -> str:
    """The address without spaces around it.

    Raises:
        AccountRefusedError: it cannot be an address.
    """
    email = visible(unicodedata.normalize("NFKC", email))
    if len(email) > LONGEST_EMAIL or not _EMAIL.fullmatch(email):
        raise AccountRefusedError(Refusal.EMAIL_ODD)
    return email


def clean_name(name: str) -> str:
    """The name in one line.

    Raises:
        AccountRefusedError: it is too long.
    """
    name = visible(name)
    if len(name) > LONGEST_NAME:
        raise AccountRefusedError(Refusal.NAME_LONG)
    return name
