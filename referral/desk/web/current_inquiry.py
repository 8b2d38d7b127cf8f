"""The open inquiry of this browser session."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from flask import g, session

from referral.desk.inquiries import list_open_inquiries, read_inquiry
from referral.desk.records import Inquiry
from referral.errors import NotFoundError
from referral.records.accounts import Permission
from referral.web.current import NO_DATABASE, current_directory
from referral.web.staff.permissions import account_or_none, current_account

_INQUIRY = "inquiry"


def is_at_desk() -> bool:
    """Whether the account may use the desk; False on error pages."""
    account = None if NO_DATABASE in g else account_or_none()
    return account is not None and account.may(Permission.USE_DESK)


def choose_inquiry(inquiry_id: str) -> None:
    """Make this the current inquiry of this browser session."""
    session[_INQUIRY] = inquiry_id
    g.pop("open_inquiries", None)


def open_inquiries() -> tuple[Inquiry, ...]:
    """Open inquiries of the account, the current one first; read once per request."""
    if "open_inquiries" not in g:
        account = account_or_none() if is_at_desk() else None
        found = list_open_inquiries(current_directory(), account.id) if account else ()
        chosen = session.get(_INQUIRY, "") if found else ""
        g.open_inquiries = tuple(sorted(found, key=lambda each: each.id != chosen))
    return cast("tuple[Inquiry, ...]", g.open_inquiries)


def own_inquiry(inquiry_id: UUID) -> Inquiry:
    """An inquiry of which the account is a member; 404 for any other."""
    inquiry = read_inquiry(current_directory(), str(inquiry_id))
    if current_account().id not in inquiry.members:
        raise NotFoundError("There is no such inquiry.")
    return inquiry
