"""Checking one listing after the other: which is next, how far somebody is, taking one back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from referral.accounts.audit import record_audit
from referral.directory.context import Directory
from referral.errors import NotFoundError
from referral.records.accounts import Account
from referral.records.edits import Author, MadeBy
from referral.store.rows import ServiceRow
from referral.store.undo import undo
from referral.verification.check_queue import lines_to_check
from referral.verification.records import ContactMethod, ContactResult, ReportStatus
from referral.verification.rows import ProblemReportRow, VerificationTryRow

_SITTING = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class LastCheck:
    """What somebody found right last."""

    service_id: str
    name: str
    how: ContactMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckProgress:
    """Where a listing stands in the queue; ``place`` is 0, and ``following`` the first, if nowhere.

    Attributes:
        following: the id of the service after it, "" when there is none.
        last: what this person found right last in this sitting.
    """

    place: int
    total: int
    following: str
    last: LastCheck | None = None


def first_check(directory: Directory) -> str:
    """The service to check first, "" when there is none."""
    return next((line.service_id for line in lines_to_check(directory)), "")


def read_check_progress(directory: Directory, account: Account, service_id: str) -> CheckProgress:
    """How far this person is, who looks at a service."""
    ids = [line.service_id for line in lines_to_check(directory)]
    place = ids.index(service_id) + 1 if service_id in ids else 0
    with directory.store.read() as session:
        found = session.execute(_last_of(directory, account)).first()
    return CheckProgress(
        place=place,
        total=len(ids),
        following=ids[place] if place < len(ids) else "",
        last=LastCheck(found.service_id, found.name, ContactMethod(found.how)) if found else None,
    )


def undo_last_check(directory: Directory, account: Account) -> str:
    """Take back what this person found right last: day, name, try; its reports wait again.

    The words of these reports stay deleted.

    Returns:
        The id of the service.

    Raises:
        NotFoundError: this person found nothing right in this sitting.
    """
    author = Author(made_by=MadeBy.UNDO, account_id=account.id)
    with directory.store.write(author) as session:
        found = session.execute(_last_of(directory, account)).first()
        if found is None:
            raise NotFoundError("Nothing was checked.")
        row = ProblemReportRow
        session.execute(
            update(row)
            .where(row.service_id == found.service_id, row.handled_at == found.tried_at)
            .values(status=ReportStatus.OPEN.value, handled_at=None, handled_by="")
        )
        session.delete(session.get_one(VerificationTryRow, found.id))
        session.flush()
        undo(session, found.id, lambda _done, _total: None)
        record_audit(session, account.actor, "check-undone", "service", found.service_id)
        return str(found.service_id)


def _last_of(directory: Directory, account: Account) -> Any:
    row = VerificationTryRow
    return (
        select(row.id, row.service_id, row.how, row.tried_at, ServiceRow.name)
        .join(ServiceRow, ServiceRow.id == row.service_id)
        .where(
            row.account_id == account.id,
            row.result == ContactResult.RIGHT.value,
            row.tried_at >= directory.now() - _SITTING,
        )
        .order_by(row.tried_at.desc(), row.id)
        .limit(1)
    )
