"""Pages of my list: change, order, print, phone, mail."""

from __future__ import annotations

from urllib.parse import quote, urlsplit
from uuid import UUID

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length, Regexp
from wtforms.widgets import EmailInput

from referral.accounts.mail import Mail, MailError
from referral.directory.listings import read_services
from referral.directory.view_models import ServicePage
from referral.patron.my_list import MOST_CHOSEN, MyList, mail_list, save_list
from referral.patron.web.my_list_session import my_list as chosen_list
from referral.patron.web.my_list_session import save_code, save_list_in_session, saved_code
from referral.patron.web.take_along import take_list
from referral.records.accounts import AccountRefusedError
from referral.records.visibility import Audience
from referral.slips.records import SLIP_LANGUAGES
from referral.web.client_address import client_address
from referral.web.current import current_instance, current_settings, public_address
from referral.web.errors import error_page
from referral.web.i18n.page_language import page_language
from referral.web.maps.map_view import map_request
from referral.web.search_form import without_controls
from referral.web.terminal_device import is_terminal
from referral.web.translated_text import translated

my_list = Blueprint("my_list", __name__, url_prefix="/my-list")


class MailForm(FlaskForm):
    """Form for the email address to send a patron's list to, which is used once, not stored."""

    to = StringField(
        lazy_gettext("E-mail address"),
        filters=[without_controls],
        description=lazy_gettext("We use it once and do not keep it."),
        validators=[
            InputRequired(lazy_gettext("Please fill this in.")),
            Length(max=254),
            Regexp(
                r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+\Z",
                message=lazy_gettext("Type a whole e-mail address, like name@example.org."),
            ),
        ],
        widget=EmailInput(),
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )


@my_list.get("")
def show() -> ResponseReturnValue:
    """Show the patron's list of chosen services, with buttons to change its order."""
    listings = _listings()

    def map_address(view: str) -> str:
        return url_for(".show", map=view or None, _anchor="places-map" if view else None)

    return render_template(
        "patron/my_list.html",
        listings=listings,
        take=take_list(listings, _short_address()),
        map_request=map_request(map_address),
    )


@my_list.post("/change")
def change() -> ResponseReturnValue:
    """Add, remove or move services in the patron's list or clear it, then redirect back.

    It requires no form token: only this browser's session changes, and requests of other sites are
    refused.
    """
    if not _is_same_site():
        return error_page(400)
    for verb in ("add", "out", "up", "down", "clear"):
        if value := request.form.get(verb, ""):
            chosen = chosen_list()
            for button_value in request.form.getlist(verb)[:MOST_CHOSEN]:
                chosen = _apply_button(chosen, verb, button_value)
            save_list_in_session(chosen)
            if request.accept_mimetypes.best == "application/json":
                return jsonify(_button_state(value))
            return redirect(_return_address(verb), 303)
    return error_page(400)


@my_list.get("/print")
def sheet() -> ResponseReturnValue:
    """Show the patron's list as one or two sheets of paper."""
    listings = _listings()
    if not listings:
        return redirect(url_for("my_list.show"), 303)
    return render_template("patron/my_list_print.html", listings=listings, address=_short_address())


@my_list.post("/print")
def take_sheet() -> ResponseReturnValue:
    """Save the patron's list under a code to print, and redirect to the sheet of paper."""
    return _save_and_show("my_list.sheet")


@my_list.get("/phone")
def phone() -> ResponseReturnValue:
    """Show how to open the patron's list on a phone: QR code, short link, message or mail."""
    if not saved_code():
        return redirect(url_for("my_list.show"), 303)
    return _phone_page(MailForm())


@my_list.post("/phone")
def take_phone() -> ResponseReturnValue:
    """Save the patron's list under a code, and redirect to the page for phones."""
    return _save_and_show("my_list.phone")


@my_list.post("/mail")
def take_mail() -> ResponseReturnValue:
    """Mail the patron's list to an email address, if the library can send mail."""
    form, listings = MailForm(), _listings()
    if not current_settings().sends_mail or not saved_code() or not listings:
        return redirect(url_for("my_list.show"), 303)
    if not form.validate_on_submit():
        return _phone_page(form), 400
    mail = _build_mail(str(form.to.data), listings)
    try:
        mail_list(current_instance(), mail, client_address())
    except AccountRefusedError:
        return error_page(429)
    except MailError:
        if is_terminal():  # its browser stores the typed address with a page that answers a POST
            return redirect(url_for("my_list.phone", failed="yes"), 303)
        return _phone_page(form, failed=True)
    return redirect(url_for("my_list.phone", sent="yes"), 303)


def _save_and_show(endpoint: str) -> ResponseReturnValue:
    if not _listings() or not FlaskForm().validate_on_submit():
        return redirect(url_for("my_list.show"), 303)
    if not saved_code():
        language = page_language()
        try:
            code = save_list(
                current_instance(),
                chosen_list(),
                language if language in SLIP_LANGUAGES else SLIP_LANGUAGES[0],
                client_address(),
            )
        except AccountRefusedError:
            if endpoint == "my_list.sheet":  # a sheet can be printed without a code
                return redirect(url_for(endpoint), 303)
            return error_page(429)
        save_code(code)
    return redirect(url_for(endpoint), 303)


def _phone_page(form: MailForm, *, failed: bool = False) -> str:
    address = _short_address()
    return render_template(
        "patron/my_list_phone.html",
        address=address,
        text_message=f"sms:?&body={quote(address)}",
        form=form if current_settings().sends_mail else None,
        failed=failed or request.args.get("failed") == "yes",
        sent=request.args.get("sent") == "yes",
    )


def _listings() -> tuple[ServicePage, ...]:
    """Return the listings of the patron's list, and remove those that the public may not see."""
    chosen = chosen_list()
    if not chosen.ids:
        return ()
    listings = read_services(current_instance(), chosen.ids, Audience.PUBLIC, chosen.places)
    save_list_in_session(chosen.only(listing.service.id for listing in listings))
    return listings


def _apply_button(chosen: MyList, verb: str, value: str) -> MyList:
    """Return the patron's list after a button that adds, removes, moves or clears services.

    ``value`` is the id of the service; that of a location may follow after a space.
    """
    if verb == "clear":
        return MyList()
    try:
        service_id, *location_ids = (str(UUID(part)) for part in value.split())
    except ValueError:
        return chosen
    if verb == "add":
        return chosen.with_added(service_id, *location_ids[:1])
    if verb == "out":
        return chosen.without(service_id)
    return chosen.moved(service_id, -1 if verb == "up" else 1)


def _button_state(value: str) -> dict[str, object]:
    """Return the state of a service's "add to my list" button as JSON values.

    They are for its script and for screen readers.
    """
    chosen = chosen_list()
    count, is_listed = len(chosen.ids), value.partition(" ")[0] in chosen.ids
    if is_listed:
        text = ngettext("On your list. %(num)s place is on it.",
                         "On your list. %(num)s places are on it.", count)  # fmt: skip
    elif chosen.is_full:
        text = gettext("Your list is full.")
    else:
        text = ngettext("Taken out. %(num)s place is on your list.",
                         "Taken out. %(num)s places are on your list.", count)  # fmt: skip
    return {"listed": is_listed, "count": count, "words": str(text)}


def _return_address(verb: str) -> str:
    """Return the URL of the page with the pressed "my list" button, at the changed service."""
    back = request.form.get("back", "")
    is_path = back.startswith("/") and not back.startswith("//") and back.isprintable()
    address = back if is_path and "\\" not in back else url_for("my_list.show")
    place = request.args.get("place", type=int)
    anchor = f"#place-{place}" if verb != "clear" and place else ""
    return f"{address.partition('#')[0]}{anchor}"


def _is_same_site() -> bool:
    """Return whether a page of this site sent the request, by Sec-Fetch-Site or Origin."""
    if site := request.headers.get("Sec-Fetch-Site"):
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def _short_address() -> str:
    """Return the short URL of the patron's saved list for a phone, "" if it is not saved."""
    # Built without ``url_for``, since terminals seal those addresses; this is for another device.
    code = saved_code()
    return f"{public_address()}/l/{code}" if code else ""


def _build_mail(to: str, listings: tuple[ServicePage, ...]) -> Mail:
    count = len(listings)
    lines = [ngettext("%(num)s place that helps:", "%(num)s places that help:", count)]
    for listing in listings:
        name, phone = translated(listing, "name").text, listing.phone
        lines.append(f"{name}\n{phone.number}" if phone else name)
    lines += [
        gettext("Hours, addresses and what to bring:"),
        _short_address(),
        gettext("The link ends by itself. It does not say who you are."),
    ]
    return Mail(
        to,
        gettext("Your list from %(library)s", library=current_settings().library_name),
        "\n\n".join(lines) + "\n",
    )
