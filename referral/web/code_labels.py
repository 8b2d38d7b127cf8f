"""Registry of labels for enumeration codes; each feature adds its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from wtforms.fields.choices import SelectChoice

# One table for each enumeration, since codes of two may have the same value.
_LABELS: dict[type[StrEnum], Mapping[Any, Any]] = {}


def add_code_labels(labels: Mapping[type[StrEnum], Mapping[Any, Any]]) -> None:
    """Register the display labels (lazy strings) of a feature's enumeration codes."""
    _LABELS.update(labels)


def code_label(code: StrEnum) -> str:
    """Return the display label that was registered for a member of an enumeration."""
    return str(_LABELS[type(code)][code])


def stored_code_label(kind: type[StrEnum], code: str) -> str:
    """Return the display label of a code from the database, or the code if it is unknown."""
    return str(_LABELS[kind].get(code, code))


def code_choices(codes: Iterable[StrEnum], empty: Any = None) -> list[SelectChoice]:
    """Return the options of a select field for enumeration codes.

    ``empty`` is the label of a first option for none.
    """
    none = [] if empty is None else [SelectChoice("", empty)]
    return [*none, *(SelectChoice(code.value, _LABELS[type(code)][code]) for code in codes)]
