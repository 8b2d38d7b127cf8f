"""Our documents on Whoosh's own codec: the reference of tests, and of the benchmark."""

from __future__ import annotations

from typing import Any

from whoosh import fields

from referral.search import schema


def plain_schema() -> fields.Schema:
    """Our schema with text fields of Whoosh."""
    made = schema.make_schema().items()
    return fields.Schema(**{name: _plain(name, field) for name, field in made})


def _plain(name: str, field: fields.FieldType) -> fields.FieldType:
    if isinstance(field, schema.BatchText):
        return fields.TEXT(analyzer=field.analyzer, phrase=name != schema.WORDS)
    return field


def with_words(document: dict[str, Any]) -> dict[str, Any]:
    """A document with its whole words, which our codec takes from all other texts."""
    texts = (document.get(name) for name in schema.TEXT_FIELDS)
    return {**document, schema.WORDS: "|".join(filter(None, texts))}
