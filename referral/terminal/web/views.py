"""Pages of shared computers: the end of a visit, leaving quickly, links that mark a terminal.

``end_visit`` clears the browser. Leaving quickly is a plain link to a neutral site, which needs
neither this server nor a script. A separate request clears the browser: ``exit.js`` sends it, or
the browser itself by the link's ``ping``.
"""

from __future__ import annotations

from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from referral.errors import NotFoundError
from referral.records.accounts import Permission, printable_line
from referral.records.terminal_visits import ANSWER_SECONDS
from referral.terminal.devices import (
    LINK_HOURS,
    LONGEST_LABEL,
    list_devices,
    make_link,
    read_link,
    revoke_mark,
    use_link,
)
from referral.terminal.web.sealed_urls import sealed, unsealed
from referral.terminal.web.visit_cookie import (
    VISIT_COOKIE,
    current_visit,
    live_visit,
    site_visits,
)
from referral.web.current import current_instance, current_settings, public_address
from referral.web.display_preferences import delete_cookies
from referral.web.errors import error_page
from referral.web.forms import PressForm
from referral.web.staff.access import (
    account_or_none,
    current_account,
    end_staff_session,
    requires,
)
from referral.web.terminal_device import (
    clear_device_mark,
    current_device,
    is_terminal,
    set_device_mark,
)

terminal = Blueprint("terminal", __name__)
leave = Blueprint("leave", __name__)
terminals = Blueprint("terminals", __name__, url_prefix="/admin/terminals")
CHANGE = Permission.CHANGE_SETTINGS


@terminal.get("/start-over")
def start_over() -> ResponseReturnValue:
    """End the visit at a terminal and redirect to the start page."""
    response = make_response(redirect(url_for("patron.home"), 303))
    end_visit(response)
    return response


@terminal.get("/still-here")
def still_here() -> ResponseReturnValue:
    """Show the question whether a person is still at the terminal, then start over."""
    address = unsealed(request.args.get("back", ""))
    back = sealed(address) if address else url_for("patron.home")
    return render_template("terminal/still_here.html", back=back, seconds=ANSWER_SECONDS)


@terminal.post("/still-here")
def report() -> ResponseReturnValue:
    """Extend the terminal visit of a person who reads without opening pages; 410 if it is over."""
    if _is_cross_site() or not live_visit():
        return Response(status=410)
    current_visit()  # renews its cookie with this response
    account_or_none()  # renews the session of staff
    return Response(status=204)


@terminal.route("/at/<path:token>", methods=["GET", "POST"])
def unread(token: str) -> ResponseReturnValue:  # noqa: ARG001  # it cannot be decrypted any more
    """Redirect a URL that was sealed for an earlier visit to the start page."""
    return redirect(url_for("patron.home"), 303)


def end_visit(response: Response) -> None:
    """End a visit and clear the browser of the terminal, except for the mark of a terminal."""
    if _is_cross_site():
        return  # other sites must not end a visit or sign a librarian out
    if visit := live_visit():
        site_visits().end(visit)
    delete_cookies(response, VISIT_COOKIE)
    end_staff_session(response)
    settings = current_settings()
    if is_terminal() and not settings.terminal:
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        set_device_mark(response, settings, current_device())
    else:
        response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'


def _is_cross_site() -> bool:
    """Return whether another site sent the request. An absent or ``null`` origin is allowed."""
    origin = request.headers.get("Origin", "null")
    is_named_other = origin != "null" and urlsplit(origin).netloc != request.host
    return is_named_other or request.headers.get("Sec-Fetch-Site") == "cross-site"


@terminal.get("/terminal/<string:token>")
def link(token: str) -> ResponseReturnValue:
    """Show what a terminal link does to this device, for the admin to confirm.

    The link is not used up.
    """
    found = read_link(current_instance(), token)
    return render_template("terminal/link.html", found=found), 200 if found else 404


@terminal.post("/terminal/<string:token>")
def mark(token: str) -> ResponseReturnValue:
    """Make this device a terminal, or end that, by a single-use link."""
    device_id = use_link(current_instance(), token, current_device())
    if device_id is None:
        return render_template("terminal/link.html", found=None), 404
    response = make_response(redirect(url_for("patron.home"), 303))
    delete_cookies(response, VISIT_COOKIE)
    if device_id:
        set_device_mark(response, current_settings(), device_id)
    else:
        clear_device_mark(response)
    return response


@leave.post("/exit")
def wipe() -> ResponseReturnValue:
    """Clear the browser of a person who uses the link to leave the site quickly."""
    response = Response(status=204)
    end_visit(response)
    return response


@leave.get("/exit")
def exit_site() -> ResponseReturnValue:
    """Clear the browser of a person who leaves quickly, then redirect to the neutral page.

    Links lead here if the neutral page is on this site.
    """
    response = make_response(redirect(current_settings().exit_address, 303))
    end_visit(response)
    return response


@leave.get("/safety")
def safety() -> ResponseReturnValue:
    """Show what leaving the site quickly does, what it cannot do, and what is safer."""
    return render_template("terminal/safety.html")


def exit_link() -> dict[str, str | bool]:
    """Return the HTML attributes of the link to leave the site quickly.

    A neutral page of this site is reached by ``exit_site``, which clears the browser first: with a
    separate request the cookies would still be sent.
    """
    address = current_settings().exit_address
    attributes: dict[str, str | bool] = {"rel": "nofollow noopener noreferrer", "data-exit": True}
    if address.startswith("/"):
        return {"href": url_for("leave.exit_site"), **attributes}
    return {"href": address, "ping": url_for("leave.wipe"), **attributes}


class DeviceForm(FlaskForm):
    """Form for the name of a device to mark as a terminal."""

    label = StringField(
        lazy_gettext("Name of the device"),
        filters=[printable_line],
        description=lazy_gettext("Such as “Children’s room, by the window”."),
        validators=[
            DataRequired(lazy_gettext("Please fill this in.")),
            Length(max=LONGEST_LABEL, message=lazy_gettext("Type a shorter name, please.")),
        ],
        render_kw={"autocomplete": "off", "maxlength": str(LONGEST_LABEL)},
    )


@terminals.get("")
@requires(CHANGE)
def show() -> ResponseReturnValue:
    """Show the list of terminals, and forms that make links to mark devices."""
    return _terminals_page(DeviceForm(formdata=None))


@terminals.post("")
@requires(CHANGE, confirmed=True)
def add() -> ResponseReturnValue:
    """Make a link that marks one device as a terminal, and show the link once."""
    form = DeviceForm()
    if not form.validate_on_submit():
        return _terminals_page(form), 400
    token = make_link(current_instance(), current_account().actor, str(form.label.data))
    return _terminals_page(DeviceForm(formdata=None), _link_address(token))


@terminals.post("/end-link")
@requires(CHANGE, confirmed=True)
def end_link() -> ResponseReturnValue:
    """Make a link that ends the terminal mark of the device opening it, and show it once."""
    token = make_link(current_instance(), current_account().actor, ends_mark=True)
    return _terminals_page(DeviceForm(formdata=None), _link_address(token), ends_mark=True)


@terminals.post("/<uuid:device_id>/take-back")
@requires(CHANGE)
def take_mark_back(device_id: UUID) -> ResponseReturnValue:
    """Revoke the mark that makes a device a terminal."""
    try:
        revoke_mark(current_instance(), current_account().actor, str(device_id))
    except NotFoundError:
        return error_page(404)
    return redirect(url_for("terminals.show", _anchor="devices"), 303)


def _link_address(token: str) -> str:
    # Unsealed, since it is opened on another device.
    path = url_for("terminal.link", token=token)
    return public_address() + path.removeprefix(request.root_path)


def _terminals_page(form: DeviceForm, link: str = "", *, ends_mark: bool = False) -> str:
    return render_template(
        "terminal/terminals.html",
        form=form,
        press=PressForm(),
        devices=list_devices(current_instance()),
        link=link,
        ends_mark=ends_mark,
        hours=LINK_HOURS,
        settings=current_settings(),
    )
