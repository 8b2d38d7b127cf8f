"""Pages for the slips of an inquiry: creation, printed sheet, QR code, replies from patrons."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext
from markupsafe import Markup

from referral.desk.referrals import reply_to_slip, slip_items
from referral.desk.web.blueprint import USE, desk, flash_message, own_inquiry, redirect_back
from referral.slips.records import SLIP_LANGUAGES, SlipReply
from referral.slips.slips import MOST_ON_A_SLIP, make_slip, read_slip
from referral.web.current import current_instance, path_below, public_address
from referral.web.errors import error_page
from referral.web.qr import bare_qr_code
from referral.web.staff.access import requires


@desk.post("/inquiries/<uuid:inquiry_id>/slip")
@requires(USE)
def take_slip(inquiry_id: UUID) -> ResponseReturnValue:
    """Create a printed slip with the services given in an inquiry, in the person's language."""
    items = slip_items(own_inquiry(inquiry_id))
    language = request.form.get("language", "")
    if not items or len(items) > MOST_ON_A_SLIP:
        flash_message(gettext("A slip holds 1 to %(num)s services.", num=MOST_ON_A_SLIP))
        return redirect_back("desk-assist")
    code = make_slip(
        current_instance(), items, language if language in SLIP_LANGUAGES else SLIP_LANGUAGES[0]
    )
    return redirect(url_for("desk.slip", code=code))


@desk.get("/slips/<string:code>")
@requires(USE)
def slip(code: str) -> ResponseReturnValue:
    """Show the printable sheet of a slip with referred services."""
    return _slip_page("slips/sheet.html", code)


@desk.get("/slips/<string:code>/picture")
@requires(USE)
def slip_picture(code: str) -> ResponseReturnValue:
    """Show the QR code of a slip, large enough for a phone to scan across the desk."""
    return _slip_page("slips/picture.html", code)


def _slip_page(template: str, code: str) -> str:
    shown = read_slip(current_instance(), code)
    address = public_address() + path_below(url_for("slips.show", code=shown.code))
    nav = Markup(render_template("desk/slip_navigation.html", slip=shown, address=address))  # noqa: S704  # staff read this part, so it is not in the slip's language
    picture = bare_qr_code(address)
    with force_locale(shown.language):
        return render_template(template, slip=shown, address=address, picture=picture, nav=nav)


def take_reply(code: str) -> ResponseReturnValue:
    """Store a patron's reply about a service on a slip."""
    instance = current_instance()
    slip = read_slip(instance, code)
    service_id = request.form.get("service", "")
    try:
        reply = SlipReply(request.form.get("reply", ""))
    except ValueError:
        return error_page(400)
    reply_to_slip(instance, slip.code, service_id, reply)
    place = request.form.get("place", type=int)
    anchor = f"place-{place}" if place else None
    return redirect(url_for("slips.show", code=slip.code, _anchor=anchor))
