"""Messages for people: a text that the catalogs translate, and the values in it.

The layers below the pages know no language but English. They say ``message("%(name)s is empty.",
name=path.name)``: Babel extracts the first argument, a page translates it when it is shown, and
``str`` gives the English text for the command line, files and JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

TERM = "term"
TERM_ID = "%(id)s"  # at the end of a term that says which record

Value: TypeAlias = "str | int | Message | tuple[Message, ...]"


@dataclass(frozen=True, slots=True)
class Message:
    """A text to translate with its values; ``str`` is the English text.

    Code that says something uses ``message`` and ``term``, whose texts are in the catalogs. A
    bare ``Message(text)`` is for a text that no catalog has: pages mark it as English.

    Attributes:
        msgid: English pattern with ``%(name)s`` for each value; a ``%`` of its own is doubled where
            there are values, as gettext has it.
        params: values by name. Several in one place are joined by commas.
        context: ``TERM`` for a word that the pages have a label for.
        following: messages said after this one, each a sentence of its own.
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
        """The whole text, with the pattern of this message and of each one in it looked up."""
        pattern = pattern_of(self)
        if self.params:
            pattern %= {name: _text(value, pattern_of) for name, value in self.params.items()}
        return " ".join((pattern, *(each.render(pattern_of) for each in self.following)))

    def filled(self, **params: Value) -> Message:
        """This message with these values."""
        return replace(self, params=params)

    def then(self, *messages: Message) -> Message:
        """This message, followed by others."""
        return replace(self, following=(*self.following, *messages))


NOTHING = Message()


def message(msgid: str, /, **params: Value) -> Message:
    """A message whose text is in the catalogs; this name is Babel's keyword."""
    return Message(msgid, params)


def term(name: str, record_id: str = "") -> Message:
    """A kind of record or a part of an address, which a page calls by its label.

    Args:
        name: ``service_at_location``, ``ZIP code``.
        record_id: which one, said after it.
    """
    words = name.replace("_", " ")
    if not record_id:
        return Message(words, context=TERM)
    return Message(f"{words} {TERM_ID}", {"id": record_id}, TERM)


def _text(value: Value, pattern_of: Callable[[Message], str]) -> str:
    if isinstance(value, Message):
        return value.render(pattern_of)
    if isinstance(value, tuple):
        return ", ".join(each.render(pattern_of) for each in value)
    return str(value)
