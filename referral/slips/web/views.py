"""Pages of slips: code entry, and the list of services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext, lazy_gettext
from markupsafe import Markup

from referral.directory.view_models import ServicePage
from referral.errors import NotFoundError
from referral.fields.short_codes import normalize_code
from referral.slips.records import SlipReply
from referral.slips.slips import read_slip
from referral.web.code_labels import add_code_labels
from referral.web.current import current_instance
from referral.web.i18n.page_language import SOURCE, lang_attr

REPLY_LABELS: Mapping[SlipReply, Any] = {
    SlipReply.GOT_HELP: lazy_gettext("Got help"),
    SlipReply.FULL: lazy_gettext("It is full"),
    SlipReply.NOT_ELIGIBLE: lazy_gettext("Not eligible"),
    SlipReply.WRONG_NUMBER: lazy_gettext("Wrong number"),
}


add_code_labels({SlipReply: REPLY_LABELS})

_HELP_PREFIXES = ("help ", "ayuda ")
slips = Blueprint("slips", __name__, url_prefix="/l")


def lang_attr_in(listing: ServicePage, field: str, language: str) -> Markup:
    """Return HTML attributes for the language of a service's text on a slip."""
    is_translated = listing.translations.get(language, {}).get(field)
    return lang_attr(language if is_translated else SOURCE)


def text_in(listing: ServicePage, field: str, language: str) -> str:
    """Return a service's text in the language of a slip, or untranslated if there is none."""
    translated = listing.translations.get(language, {}).get(field, "")
    return translated or str(getattr(listing.service, field, "") or "")


def phone_script(listing: ServicePage, name: str, need: str = "") -> str:
    """Return sentences that a person with a slip can say on the phone to a service.

    Args:
        name: the name of the service, used if no need is known.
        need: the topic for which the service was given, in the language of the page.
    """
    greeting = (
        _need_sentence(need)
        if need
        else gettext("Hello. The library told me about you. I need help with: %(name)s.", name=name)
    )
    contact_name = listing.contacts[0].name if listing.contacts else ""
    question = gettext("May I speak with %(name)s?", name=contact_name) if contact_name else ""
    return f"“{greeting} {question}".rstrip() + "”"


def _need_sentence(need: str) -> str:
    """Return the sentence of a phone script that names the needed topic.

    A topic such as "Help ..." follows "I am looking for" directly.
    """
    if need.casefold().startswith(_HELP_PREFIXES):
        topic = need[0].lower() + need[1:]
        return str(
            gettext(
                "Hello. The library told me about you. I am looking for %(topic)s.", topic=topic
            )
        )
    return str(
        gettext(
            "Hello. The library told me about you. I am looking for help with this: %(topic)s.",
            topic=need,
        )
    )


@slips.get("")
def ask() -> ResponseReturnValue:
    """Show the form for the code of a slip."""
    return render_template("slips/ask.html")


@slips.post("")
def take_code() -> ResponseReturnValue:
    """Redirect to the slip with the entered code."""
    code = normalize_code(request.form.get("code", ""))
    if not code:
        return _no_slip_page()
    return redirect(url_for("slips.show", code=code))


@slips.get("/<string:code>")
def show(code: str) -> ResponseReturnValue:
    """Show the list of services on a slip."""
    slip = read_slip(current_instance(), code)
    with force_locale(slip.language):
        return render_template("slips/list.html", slip=slip, replies=tuple(SlipReply))


@slips.errorhandler(NotFoundError)
def _not_found(_: NotFoundError) -> ResponseReturnValue:
    return _no_slip_page()


def _no_slip_page() -> ResponseReturnValue:
    problem = gettext("There is no list with this code, or its time is over.")
    return render_template("slips/ask.html", problem=problem), 404
