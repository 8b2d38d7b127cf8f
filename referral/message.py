"""Messages for users: a text that is translated by the catalogs, and the values in it.

The layers below the pages are independent of the language. They call ``message("%(name)s is
empty.", name=path.name)``: Babel extracts the first argument, a page translates it when it is
shown, and ``str`` returns the English text for the command line, files and JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

TERM = "term"
TERM_ID = "%(id)s"  # at the end of a term that names one record

Value: TypeAlias = "str | int | Message | tuple[Message, ...]"


@dataclass(frozen=True, slots=True)
class Message:
    """A message for users: a text to translate, with its values. ``str`` returns the English text.

    Code creates messages by ``message`` and ``term``, whose texts are in the catalogs. A bare
    ``Message(text)`` is for a text that is in no catalog: pages mark it as English.

    Attributes:
        msgid: English pattern with ``%(name)s`` for each value. If there are values, a literal
            ``%`` is doubled, as in gettext.
        params: values by name. A tuple of messages is joined by commas.
        context: ``TERM`` for a word that pages have a label for.
        following: messages appended to this one, each a sentence of its own.
    """

    msgid: str = ""
    params: Mapping[str, Value] = field(default_factory=dict)
    context: str = ""
    following: tuple[Message, ...] = ()

    def __str__(self) -> str:
        return self.render(lambda each: each.msgid)

    def __bool__(self) -> bool:
        return bool(self.msgid)

    def __hash__(self) -> int:
        return hash(self.msgid)  # params may be a dict

    def render(self, pattern_of: Callable[[Message], str]) -> str:
        """Return a message's whole text, with ``pattern_of`` looking up each part's pattern."""
        pattern = pattern_of(self)
        if self.params:
            pattern %= {name: _rendered(value, pattern_of) for name, value in self.params.items()}
        return " ".join((pattern, *(each.render(pattern_of) for each in self.following)))

    def filled(self, **params: Value) -> Message:
        """Return a copy of a message for users with other values."""
        return replace(self, params=params)

    def then(self, *messages: Message) -> Message:
        """Return a copy of a message for users that is followed by others."""
        return replace(self, following=(*self.following, *messages))


NOTHING = Message()


def message(msgid: str, /, **params: Value) -> Message:
    """Return a message for users that catalogs translate.

    Babel extracts the text from calls of this name.
    """
    return Message(msgid, params)


def term(name: str, record_id: str = "") -> Message:
    """Return the message for a kind of record or a part of a street address, which pages label.

    Args:
        name: such as ``service_at_location`` or ``ZIP code``.
        record_id: the id of a record, put after the name.
    """
    words = name.replace("_", " ")
    if not record_id:
        return Message(words, context=TERM)
    return Message(f"{words} {TERM_ID}", {"id": record_id}, TERM)


def _rendered(value: Value, pattern_of: Callable[[Message], str]) -> str:
    if isinstance(value, Message):
        return value.render(pattern_of)
    if isinstance(value, tuple):
        return ", ".join(each.render(pattern_of) for each in value)
    return str(value)
