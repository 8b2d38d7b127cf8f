"""Pages of a slip: code entry, and its list of services."""

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
from referral.web.current import current_directory
from referral.web.i18n.page_language import SOURCE, lang_attr

REPLY_LABELS: Mapping[SlipReply, Any] = {
    SlipReply.GOT_HELP: lazy_gettext("Got help"),
    SlipReply.FULL: lazy_gettext("It is full"),
    SlipReply.NOT_ELIGIBLE: lazy_gettext("Not eligible"),
    SlipReply.WRONG_NUMBER: lazy_gettext("Wrong number"),
}


add_code_labels({SlipReply: REPLY_LABELS})


def lang_attr_in(listing: ServicePage, field: str, language: str) -> Markup:
    """The attributes that say in which language ``text_in`` says it."""
    is_translated = listing.translations.get(language, {}).get(field)
    return lang_attr(language if is_translated else SOURCE)


def text_in(listing: ServicePage, field: str, language: str) -> str:
    """A text of a service in a language; in the list's own where it was not translated."""
    translated = listing.translations.get(language, {}).get(field, "")
    return translated or str(getattr(listing.service, field, "") or "")


def phone_script(listing: ServicePage, name: str, need: str = "") -> str:
    """What to say on the phone, for who does not know how to begin.

    Args:
        name: of the service, where no need is known.
        need: topic that the service was given for, in the language of the page.
    """
    hello = (
        _need_said(need)
        if need
        else gettext("Hello. The library told me about you. I need help with: %(name)s.", name=name)
    )
    person = listing.contacts[0].name if listing.contacts else ""
    ask = gettext("May I speak with %(name)s?", name=person) if person else ""
    return f"“{hello} {ask}".rstrip() + "”"


_HELP = ("help ", "ayuda ")


def _need_said(need: str) -> str:
    """A sentence with the topic: "Help paying rent" goes on from "I am looking for"."""
    if need.casefold().startswith(_HELP):
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


slips = Blueprint("slips", __name__, url_prefix="/l")


@slips.get("")
def ask() -> ResponseReturnValue:
    """Ask for the code that stands on a slip."""
    return render_template("slips/ask.html")


@slips.post("")
def take_code() -> ResponseReturnValue:
    """Lead to the list of a code."""
    code = normalize_code(request.form.get("code", ""))
    if not code:
        return _gone()
    return redirect(url_for("slips.show", code=code))


@slips.get("/<string:code>")
def show(code: str) -> ResponseReturnValue:
    """Show the list."""
    slip = read_slip(current_directory(), code)
    with force_locale(slip.language):
        return render_template("slips/list.html", slip=slip, replies=tuple(SlipReply))


@slips.errorhandler(NotFoundError)
def _not_found(_: NotFoundError) -> ResponseReturnValue:
    return _gone()


def _gone() -> ResponseReturnValue:
    words = gettext("There is no list with this code, or its time is over.")
    return render_template("slips/ask.html", problem=words), 404
