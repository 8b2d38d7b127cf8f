"""Our schema and documents for Whoosh's own codec, the reference of tests and the benchmark."""

from __future__ import annotations

from typing import Any

from whoosh import fields

from referral.search import schema


def plain_schema() -> fields.Schema:
    """Return our schema with Whoosh's own text fields."""
    ours = schema.make_schema().items()
    return fields.Schema(**{name: _plain_field(name, field) for name, field in ours})


def _plain_field(name: str, field: fields.FieldType) -> fields.FieldType:
    if isinstance(field, schema.BatchText):
        return fields.TEXT(analyzer=field.analyzer, phrase=name != schema.WORDS)
    return field


def with_words(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document with a field of all its words, which our codec derives from other texts."""
    texts = (document.get(name) for name in schema.TEXT_FIELDS)
    return {**document, schema.WORDS: "|".join(filter(None, texts))}
