"""Shared parts of the desk's views: blueprint, current inquiry, redirects and confirmation page."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from referral.desk.inquiries import list_open_inquiries, read_inquiry
from referral.desk.records import Inquiry
from referral.errors import NotFoundError
from referral.records.accounts import Permission
from referral.web.current import NO_DATABASE, current_instance
from referral.web.staff.access import account_or_none, current_account, safe_redirect_path

desk = Blueprint("desk", __name__, url_prefix="/desk")
USE = Permission.USE_DESK
_INQUIRY = "inquiry"


def is_at_desk() -> bool:
    """Return whether the signed-in account may use the desk; always False on error pages."""
    account = None if NO_DATABASE in g else account_or_none()
    return account is not None and account.may(Permission.USE_DESK)


def choose_inquiry(inquiry_id: str) -> None:
    """Make a desk inquiry the current one of this browser session."""
    session[_INQUIRY] = inquiry_id
    g.pop("open_inquiries", None)


def open_inquiries() -> tuple[Inquiry, ...]:
    """Return the signed-in account's open inquiries, the current one first; cached per request."""
    if "open_inquiries" not in g:
        account = account_or_none() if is_at_desk() else None
        found = list_open_inquiries(current_instance(), account.id) if account else ()
        chosen = session.get(_INQUIRY, "") if found else ""
        g.open_inquiries = tuple(sorted(found, key=lambda inquiry: inquiry.id != chosen))
    return cast("tuple[Inquiry, ...]", g.open_inquiries)


def own_inquiry(inquiry_id: UUID) -> Inquiry:
    """Return a desk inquiry on which the signed-in account works; 404 for any other."""
    inquiry = read_inquiry(current_instance(), str(inquiry_id))
    if current_account().id not in inquiry.members:
        raise NotFoundError("There is no such inquiry.")
    return inquiry


def return_address() -> str:
    """Return the URL to which forms on the current desk page return."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    if is_quiet():
        return safe_redirect_path(request.form.get("next", ""))
    inquiries = open_inquiries()
    return (
        url_for("desk.inquiry", inquiry_id=inquiries[0].id) if inquiries else url_for("desk.home")
    )


def redirect_back(anchor: str = "desk") -> ResponseReturnValue:
    """Redirect to the desk page from which the form was sent."""
    target = safe_redirect_path(request.form.get("next", "") or url_for("desk.home"))
    return redirect(f"{target.partition('#')[0]}#{anchor}")


def flash_message(text: str, category: str = "desk") -> None:
    """Show a message of the desk once, on the next page in this browser.

    It must not contain anything that a person said.
    """
    flash(text, category)


def is_confirmed() -> bool:
    """Return whether staff answered the confirmation page of a desk action with yes."""
    return request.form.get("confirmed") == "yes"


def confirmation_page(
    question: str, what_happens: str, action: str, back: str = "", *, keeps_form: bool = False
) -> str:
    """Return the page that asks staff to confirm a desk action; its form posts to the same URL.

    Args:
        back: URL for "No"; by default the page with the button.
        keeps_form: whether the form that led here is sent again with the answer.
    """
    return render_template(
        "desk/confirm.html",
        question=question,
        what_happens=what_happens,
        action=action,
        kept=request.form.items() if keeps_form else (),
        back=back or safe_redirect_path(request.form.get("next", "") or url_for("desk.home")),
    )


def is_quiet() -> bool:
    """Return whether the desk's autosave script (``static/desk/desk.js``) sent the request.

    The script does not load a new page.
    """
    return request.headers.get("X-Referral-Quiet") == "1"


def saved_response(anchor: str = "desk") -> ResponseReturnValue:
    """Return the response to a saved desk form: a redirect back, or 204 for the autosave script."""
    if is_quiet():
        return "", 204
    return redirect_back(anchor)
