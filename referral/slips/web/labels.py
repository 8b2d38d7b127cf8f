"""Texts of a slip in the patron's language, and labels of replies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext
from markupsafe import Markup

from referral.directory.view_models import ServicePage
from referral.slips.records import SlipReply
from referral.web.code_labels import add_code_labels
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
