"""Registry of labels for enumeration codes; each feature adds its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from wtforms.fields.choices import SelectChoice

# One table for each enumeration, since codes of two may have the same value.
_LABELS: dict[type[StrEnum], Mapping[Any, Any]] = {}


def add_code_labels(labels: Mapping[type[StrEnum], Mapping[Any, Any]]) -> None:
    """Add labels (lazy strings) by enumeration and code."""
    _LABELS.update(labels)


def code_label(code: StrEnum) -> str:
    """Return the label of an enumeration code."""
    return str(_LABELS[type(code)][code])


def stored_code_label(kind: type[StrEnum], code: str) -> str:
    """Return the label of a stored code; the code itself if it no longer exists."""
    return str(_LABELS[kind].get(code, code))


def code_choices(codes: Iterable[StrEnum], empty: Any = None) -> list[SelectChoice]:
    """Return select options for codes; ``empty`` is the label of a first option for none."""
    none = [] if empty is None else [SelectChoice("", empty)]
    return [*none, *(SelectChoice(code.value, _LABELS[type(code)][code]) for code in codes)]
