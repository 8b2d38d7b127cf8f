"""What topics are called in another language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import select

from referral.directory.directory import Directory
from referral.store.rows_classification import TranslationRow

TermWords = Mapping[str, Mapping[str, str]]


def read_term_words(directory: Directory, language: str) -> TermWords:
    """Term id → field → text, of the terms that have any in this language."""
    words: dict[str, dict[str, str]] = defaultdict(dict)
    with directory.store.read() as session:
        found = session.execute(
            select(TranslationRow.link_id, TranslationRow.field, TranslationRow.text).where(
                TranslationRow.link_entity == "taxonomy_term", TranslationRow.language == language
            )
        )
        for term_id, field, text in found:
            words[term_id][field] = text
    return dict(words)
