"""Whoosh schema: the fields of an index document, of which each public service has one.

The weights of the fields are in ``weights.py``, with all other ranking weights.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from whoosh import fields
from whoosh.scoring import BM25F

from referral.search import weights
from referral.search.analysis import StemAnalyzer, WordAnalyzer
from referral.search.facts import rules_version

# Increase when the contents of fields or the arrays of a segment are made in another way:
# every node then rebuilds its index.
DOCUMENT_VERSION = 25

KEY = "service_id"
FACTS = "facts"
TITLES = "titles"
WORDS = "words"
NAME_KEY = "name_key"
ORGANIZATION_KEY = "organization_key"
_TEXT_FIELDS = {
    "name": ("english", "name"),
    "name_es": ("spanish", "name"),
    "alternate_name": ("english", "name"),
    "organization": ("english", "organization"),
    "program": ("english", "program"),
    "terms": ("english", "topic"),
    "terms_es": ("spanish", "topic"),
    "topics": ("english", "topic"),
    "topics_es": ("spanish", "topic"),
    "keywords": ("english", "keyword"),
    "description": ("english", "description"),
    "text_es": ("spanish", "description"),
    "eligibility": ("english", "eligibility"),
    "places": ("english", "place"),
    "about": ("english", ""),
    WORDS: ("", ""),
}
LANGUAGES = ("english", "spanish")
WEIGHTING = BM25F(B=weights.LENGTH_DILUTES, K1=weights.REPETITION_SATURATES)


@dataclass(frozen=True, slots=True)
class TextField:
    """A full-text field of an index document.

    Attributes:
        language: of the stemmer; "" for unstemmed words.
        why: kind of field that a result shows as its reason; "" to show none.
        weight: of a match, relative to other fields.
    """

    language: str
    why: str
    weight: float


# In the order in which the reasons of a result are listed.
TEXT_FIELDS: Mapping[str, TextField] = {
    name: TextField(language, why, weights.FIELD_WEIGHTS[name])
    for name, (language, why) in _TEXT_FIELDS.items()
}


class BatchText(fields.TEXT):
    """Text field that is passed to the codec unanalyzed, which analyzes many texts at once.

    ``WORDS`` needs no text: the codec adds the words of all others to it. The class is pickled into
    index files by this module's name: do not move or rename it.
    """

    def __init__(self, name: str) -> None:
        language = TEXT_FIELDS[name].language
        super().__init__(
            analyzer=StemAnalyzer(language) if language else WordAnalyzer(),
            phrase=name != WORDS,
            stored=True,
        )

    def index(self, _value: str, **_options: object) -> Iterator[tuple[bytes, int, float, bytes]]:
        """Return no postings: the codec makes them."""
        return iter(())


def make_schema() -> fields.Schema:
    """Return the Whoosh schema of the index."""
    return fields.Schema(
        **{
            KEY: fields.ID(unique=True, stored=True),
            NAME_KEY: fields.ID(),
            ORGANIZATION_KEY: fields.ID(),
            FACTS: fields.STORED(),
            TITLES: fields.STORED(),
            **{name: BatchText(name) for name in TEXT_FIELDS},
        }
    )


def schema_hash() -> str:
    """Return a hash that changes whenever existing indexes no longer match this code."""
    described = "\n".join(
        [
            f"documents {DOCUMENT_VERSION}",
            f"codes {rules_version()}",
            *sorted(f"{name} {field.language}" for name, field in TEXT_FIELDS.items()),
        ]
    )
    return hashlib.sha256(described.encode()).hexdigest()[:16]
