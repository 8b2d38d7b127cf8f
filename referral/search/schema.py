"""The fields of a document: one document per public service."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from whoosh import columns, fields
from whoosh.scoring import BM25F

from referral.search import weights
from referral.search.analysis import StemAnalyzer, WordAnalyzer
from referral.search.doc_facts import rules_version

# Raise when documents of the same fields are made in another way: every node then makes its
# index anew.
DOCUMENT_VERSION = 3

KEY = "service_id"
FACTS = "facts"
TITLES = "titles"
WORDS = "words"
NAME_KEY = "name_key"
ORGANIZATION_KEY = "organization_key"


@dataclass(frozen=True, slots=True)
class TextField:
    """How a field of words is read.

    Attributes:
        language: whose stems it holds; "" for words as written.
        weight: what a match in it is worth, against the others.
        why: what a result says when its words are found here; "" for nothing.
    """

    language: str
    weight: float
    why: str


# In the order in which a result gives its reasons.
TEXT_FIELDS: Mapping[str, TextField] = {
    "name": TextField("english", 5.0, "name"),
    "name_es": TextField("spanish", 5.0, "name"),
    "alternate_name": TextField("english", 4.0, "name"),
    "organization": TextField("english", 2.5, "organization"),
    "program": TextField("english", 2.0, "program"),
    "terms": TextField("english", 4.0, "topic"),
    "terms_es": TextField("spanish", 4.0, "topic"),
    "topics": TextField("english", 1.5, "topic"),
    "topics_es": TextField("spanish", 1.5, "topic"),
    "keywords": TextField("english", 3.0, "keyword"),
    "description": TextField("english", 1.0, "description"),
    "text_es": TextField("spanish", 1.0, "description"),
    "eligibility": TextField("english", 0.7, "eligibility"),
    "places": TextField("english", 1.5, "place"),
    WORDS: TextField("", 0.3, ""),
}

LANGUAGES = ("english", "spanish")
WEIGHTING = BM25F(B=weights.LENGTH_DILUTES, K1=weights.REPETITION_SATURATES)


def make_schema() -> fields.Schema:
    """The Whoosh schema. ``facts`` is a column of its own, not a stored field: quick to read."""
    texts = {
        name: fields.TEXT(
            analyzer=StemAnalyzer(field.language) if field.language else WordAnalyzer(),
            phrase=name != WORDS,
        )
        for name, field in TEXT_FIELDS.items()
    }
    return fields.Schema(
        **{
            KEY: fields.ID(unique=True, stored=True),
            NAME_KEY: fields.ID(),
            ORGANIZATION_KEY: fields.ID(),
            FACTS: fields.COLUMN(columns.VarBytesColumn()),
            TITLES: fields.COLUMN(columns.VarBytesColumn()),
            **texts,
        }
    )


def schema_hash() -> str:
    """Changes whenever an index made before could answer differently."""
    described = "\n".join(
        [
            f"documents {DOCUMENT_VERSION}",
            f"codes {rules_version()}",
            *sorted(f"{name} {field.language}" for name, field in TEXT_FIELDS.items()),
        ]
    )
    return hashlib.sha256(described.encode()).hexdigest()[:16]
