"""Translated fields of records, the status of a translation, and rows for translators."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

# Kind of record → fields that pages show in the language of the user.
TRANSLATED_FIELDS: Mapping[str, tuple[str, ...]] = {
    "service": (
        "name", "alternate_name", "description", "eligibility_description",
        "application_process", "fees_description", "alert",
    ),
    "taxonomy_term": ("name", "description"),
}  # fmt: skip
LOCAL_TRANSLATION = "local"
"""Used instead of a ``TranslationStatus`` for a translation that the library set locally."""


class TranslationStatus(StrEnum):
    """The state of a translation: by whom it was made or checked."""

    NONE = "none"
    DRAFT = "draft"  # written by a person, not checked
    MACHINE = "machine"
    CHECKED = "person-checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslationLine:
    """A line of a file for translators: a text and its translation.

    Attributes:
        original_hash: hash of the text when the file was written, to detect later changes.
        status: a value of ``TranslationStatus``, or any other word of a list.
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
        """The key of the translation: kind and id of the record, field, and language."""
        return self.kind, self.id, self.field, self.language


def text_hash(text: str) -> str:
    """Return a short hash of a text: the first 12 hex digits of its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
