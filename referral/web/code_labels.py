"""Registry of labels for enumeration codes; each feature adds its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from wtforms.fields.choices import SelectChoice

# One table for each kind of code: two codes of different kinds may be spelled alike.
_LABELS: dict[type[StrEnum], Mapping[Any, Any]] = {}


def add_code_labels(labels: Mapping[type[StrEnum], Mapping[Any, Any]]) -> None:
    """Add the labels (lazy strings) of enumerations, by enumeration and code."""
    _LABELS.update(labels)


def code_label(code: StrEnum) -> str:
    """What a code is called."""
    return str(_LABELS[type(code)][code])


def stored_code_label(kind: type[StrEnum], kept: str) -> str:
    """What a code is called that was kept as text; itself, if it is none of this kind any more."""
    return str(_LABELS[kind].get(kept, kept))


def code_choices(codes: Iterable[StrEnum], empty: Any = None) -> list[SelectChoice]:
    """The options for codes; with ``empty`` first, for none of them."""
    none = [] if empty is None else [SelectChoice("", empty)]
    return [*none, *(SelectChoice(code.value, _LABELS[type(code)][code]) for code in codes)]
