"""Responses of the desk: redirects back to the page of the button, flash messages, asking once."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from referral.desk.web.current_inquiry import open_inquiries
from referral.web.staff.permissions import safe_redirect_path


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
