"""Translated fields of records, the status of a translation, and rows for translators."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

# What pages show in the language of the page, by kind of record.
TRANSLATED_FIELDS: Mapping[str, tuple[str, ...]] = {
    "service": (
        "name", "alternate_name", "description", "eligibility_description",
        "application_process", "fees_description", "alert",
    ),
    "taxonomy_term": ("name", "description"),
}  # fmt: skip


class TranslationStatus(StrEnum):
    """Who stands for a translation."""

    NONE = "none"
    DRAFT = "draft"  # written by somebody, checked by nobody
    MACHINE = "machine"
    CHECKED = "person-checked"


LOCAL_TRANSLATION = "local"
"""In the place of a ``TranslationStatus``: the library says it on top of a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslationLine:
    """A text and its translation, as a file for translators has them.

    Attributes:
        original_hash: of the text when the file was written; tells whether it changed since.
        status: a value of ``TranslationStatus``, or whatever a list brought.
    """

    kind: str
    id: str
    field: str
    language: str
    original: str
    original_hash: str
    translation: str = ""
    status: str = TranslationStatus.NONE.value

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What it is the translation of, and into which language."""
        return self.kind, self.id, self.field, self.language


def text_hash(text: str) -> str:
    """Twelve letters that change when the text does."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
