"""Texts that the library wrote itself, in the language of the page: notice, policy, taxonomies."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Flask
from flask_babel import force_locale, gettext

from referral.directory.instance import local_today
from referral.directory.site_texts import NOTICE, POLICY, SiteText
from referral.fields.text_blocks import parse_blocks
from referral.records.classification import TaxonomyTerm
from referral.web.current import current_instance
from referral.web.i18n.page_language import page_language
from referral.web.translated_text import TranslatedText

_SPANISH = "es"


def init_app(app: Flask) -> None:
    """Register the template globals for texts that the library wrote: notice and policy.

    They are read from memory.
    """
    app.jinja_env.globals.update(
        all_taxonomy_notices=_all_taxonomy_notices,
        site_notice=_site_notice,
        taxonomy_notices=_taxonomy_notices,
    )
    app.jinja_env.filters["text_blocks"] = parse_blocks


def policy_text() -> TranslatedText:
    """Return the inclusion policy that the library wrote, or else the default policy."""
    language = page_language()
    own_text = _in_page_language(current_instance().texts.text(POLICY))
    return own_text if own_text.text else TranslatedText(usual_policy(language), language)


def usual_policy(language: str) -> str:
    """Return the default inclusion policy, for a library that has not written its own."""
    with force_locale(language):
        return "\n\n".join((
            gettext("We list help for people who live near here."),
            "# " + gettext("Who can be listed"),
            "\n".join((
                "- " + gettext("Groups that serve the public for free or for a low price."),
                "- " + gettext("Government offices that help people."),
                "- " + gettext("Businesses only where nobody else gives that help."),
            )),
            "# " + gettext("Who is not listed"),
            "\n".join((
                "- " + gettext("Those who turn people away for who they are, against the law."),
                "- " + gettext("Those who sell something and call it help."),
                "- " + gettext("Those we cannot reach to check what they do."),
            )),
            "# " + gettext("How we decide"),
            gettext("The same rules are for everybody. Nobody can pay to be listed."),
            gettext("A listing does not mean that we say a group is good."),
            "# " + gettext("When we take a listing off"),
            gettext("When a group closes, asks us to, or does not answer for a year."),
            gettext("Do you think we are wrong? Ask at the desk. Somebody else looks at it again."),
        ))  # fmt: skip


def _site_notice() -> TranslatedText:
    """Return the library's notice for all pages if it is shown today, else an empty text."""
    instance = current_instance()
    text = instance.texts.text(NOTICE)
    is_shown = text.shows_on(local_today(instance))
    return _in_page_language(text) if is_shown else TranslatedText("")


def _in_page_language(text: SiteText) -> TranslatedText:
    """Return a text that the library wrote, in the page's language or else the other one."""
    if page_language() == _SPANISH and text.spanish:
        return TranslatedText(text.spanish, _SPANISH)
    return TranslatedText(text.english) if text.english else TranslatedText(text.spanish, _SPANISH)


def _taxonomy_notices(terms: Iterable[TaxonomyTerm]) -> list[str]:
    """Return the license notices of the taxonomies that terms on a page come from, each once."""
    notices = current_instance().texts.taxonomy_notices()
    if not notices:
        return []
    names = dict.fromkeys(term.taxonomy for term in terms)
    notice_texts = (notices[name].notice for name in names if name in notices)
    return list(dict.fromkeys(filter(None, notice_texts)))


def _all_taxonomy_notices() -> list[str]:
    notices = current_instance().texts.taxonomy_notices()
    return [notice.notice for _, notice in sorted(notices.items()) if notice.notice]
