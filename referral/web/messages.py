"""Messages of the layers below the pages, translated into the language of the page."""

from __future__ import annotations

from markupsafe import Markup

from referral.message import TERM, TERM_ID, Message
from referral.web.i18n.catalogs import our_catalogs
from referral.web.i18n.page_language import SOURCE, lang_attr, page_language
from referral.web.record_labels import FIELDS, KINDS

_LABELS = {kind.replace("_", " "): label for kind, label in KINDS.items()} | {
    "street": FIELDS["address_1"],
    "city": FIELDS["city"],
    "state": FIELDS["state_province"],
    "ZIP code": FIELDS["postal_code"],
}


def message_text(message: Message) -> str:
    """Translate a ``Message`` into the page's language.

    All of it stays in English if a part has no translation.
    """
    return message.render(_pattern) if _has_translation(message) else str(message)


def translated_message(message: Message) -> str | Markup:
    """Translate a ``Message`` as HTML, with a ``lang`` attribute if it stays in English."""
    text = message_text(message)
    if not message or page_language() == SOURCE or _has_translation(message):
        return text
    return Markup("<span{}>{}</span>").format(lang_attr(), text)


def message_markup(message: Message, **values: str) -> Markup:
    """Translate a ``Message`` as HTML with replaced values, which may be HTML; text is escaped."""
    pattern = message.filled().render(_pattern)
    return Markup(pattern) % values  # noqa: S704  # of a catalog; values are escaped


def _has_translation(message: Message) -> bool:
    is_known = not message or _pattern(message) != message.msgid
    return is_known and all(map(_has_translation, message.following))


def _pattern(message: Message) -> str:
    if message.context == TERM:
        return _label(message.msgid)
    if not message:
        return ""  # gettext keeps the header of the catalog under ""
    return str(our_catalogs().get_translations().ugettext(message.msgid))


def _label(words: str) -> str:
    name = words.removesuffix(TERM_ID).rstrip()
    if page_language() == SOURCE or name not in _LABELS:
        return words
    label = str(_LABELS[name])
    return label[:1].lower() + label[1:] + words[len(name) :]
