"""What all views of the desk use: their blueprint, the open inquiry of this browser, responses."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from referral.desk.inquiries import list_open_inquiries, read_inquiry
from referral.desk.records import Inquiry
from referral.errors import NotFoundError
from referral.records.accounts import Permission
from referral.web.current import NO_DATABASE, current_directory
from referral.web.staff.access import account_or_none, current_account, safe_redirect_path

desk = Blueprint("desk", __name__, url_prefix="/desk")
USE = Permission.USE_DESK
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


def return_address() -> str:
    """Address of the current page, to return to after a form is sent from it."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    if is_quiet():
        return safe_redirect_path(request.form.get("next", ""))
    inquiries = open_inquiries()
    return (
        url_for("desk.inquiry", inquiry_id=inquiries[0].id) if inquiries else url_for("desk.home")
    )


def redirect_back(anchor: str = "desk") -> ResponseReturnValue:
    """Redirect to the page from which the form was sent."""
    target = safe_redirect_path(request.form.get("next", "") or url_for("desk.home"))
    return redirect(f"{target.partition('#')[0]}#{anchor}")


def flash_message(text: str, category: str = "desk") -> None:
    """Show a message once, on the next page of this browser; never what a person said."""
    flash(text, category)


def is_confirmed() -> bool:
    """Whether the page that asks once has been answered with yes."""
    return request.form.get("confirmed") == "yes"


def confirmation_page(
    question: str, what_happens: str, action: str, back: str = "", *, keeps_form: bool = False
) -> str:
    """The page that asks once before something is done; its form comes to the same address.

    Args:
        back: where "No" leads; without it to the page of the button.
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
    """Whether the script of the desk asks (``static/desk.js``), which loads no page."""
    return request.headers.get("X-Referral-Quiet") == "1"


def saved_response(anchor: str = "desk") -> ResponseReturnValue:
    """Response to a saved step: a redirect back, or 204 for the autosave script."""
    if is_quiet():
        return "", 204
    return redirect_back(anchor)
