"""Taxonomy terms that a list names only by code: of the 2-1-1 taxonomy, or local ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

from referral.fields.text import clean_line
from referral.formats.files.tables import Row
from referral.formats.reading.items import Item
from referral.formats.reading.row_reader import RecordBuilder, RowReader, Values

_CODE = re.compile(r"[A-Z](?:[A-Z](?:-\d{4}(?:\.\d{4}(?:-\d{3}(?:\.\d{2})?)?)?)?)?(?:-L)?\Z")
_OPEN_ELIGIBILITY = re.compile(r"\d{3}(?:-\d{2})+\Z")
_FACETS = re.compile(r"(what|why|who)\s*:\s*'([^']*)'")
_TAXONOMY_211 = "211"
_LOCAL = "local"
CODE_TAXONOMIES = {
    _TAXONOMY_211: "2-1-1 taxonomy: the codes in this list",
    _LOCAL: "Terms of the list's own",
}
_PLACEHOLDERS = frozenset({"Z", "z"})
LONGEST_CODE = 255


class ListedTerm(NamedTuple):
    """A taxonomy term as a list names it: code, name ("" if not given) and line."""

    code: str
    name: str
    line: int


@dataclass(slots=True)
class ListTerms:
    """Builder of the taxonomy terms of one source list: each is yielded with its first link."""

    builder: RecordBuilder
    _made: set[str] = field(default_factory=set)

    def attribute_items(
        self, file: str, kind: str, record: str, listed: Sequence[ListedTerm]
    ) -> Iterator[Item]:
        """Yield the links between a record and its taxonomy terms, and the terms when first met.

        Args:
            file: name of the file.
            kind: kind of the record.
            record: key of the record.
            listed: the terms; several mean one combined topic and stay linked.
        """
        terms = [(plain, name, line) for code, name, line in listed if (plain := code_of(code))]
        linked = " * ".join(code for code, _, _ in terms) if len(terms) > 1 else ""
        for code, name, line in terms:
            key = _term_key(code)
            yield from self._term_items(file, line, code, name)
            if f"{kind}/{record}/{key}" in self._made:
                continue
            self._made.add(f"{kind}/{record}/{key}")
            values: Values = {
                "link_entity": kind,
                "link_id": record,
                "taxonomy_term_id": key,
                "value": linked,
            }
            yield from self._items("attribute", f"{record}/{key}", file, line, values)

    def _term_items(self, file: str, line: int, code: str, name: str) -> Iterator[Item]:
        key = _term_key(code)
        if key in self._made:
            return
        self._made.add(key)
        taxonomy = _TAXONOMY_211 if _CODE.match(code) else _LOCAL
        if taxonomy not in self._made:
            self._made.add(taxonomy)
            yield from self._items(
                "taxonomy", taxonomy, file, line, {"name": CODE_TAXONOMIES[taxonomy]}
            )
        values: Values = {
            "name": clean_line(name) or _name_from_facets(code),
            "code": code if len(code) <= LONGEST_CODE else "",
            "taxonomy": CODE_TAXONOMIES[taxonomy],
            "taxonomy_id": taxonomy,
        }
        yield from self._items("taxonomy_term", key, file, line, values)

    def _items(self, kind: str, key: str, file: str, line: int, values: Values) -> Iterator[Item]:
        reader = RowReader(Row(file, line, {}), {})
        reader.headers.update(dict.fromkeys(values, "Taxonomy/Code"))
        yield from self.builder.items(kind, key, reader, values)


def is_code(category: str) -> bool:
    """Return whether a category is a code of the 2-1-1 taxonomy or of Open Eligibility."""
    return taxonomy_of_code(category) is not None or is_open_eligibility(category)


def is_open_eligibility(code: str) -> bool:
    """Return whether a code looks like an Open Eligibility code below the top level."""
    return _OPEN_ELIGIBILITY.match(code) is not None


def taxonomy_of_code(code: str) -> str | None:
    """Return the key of the taxonomy that a code's form means; None for a local code."""
    return _TAXONOMY_211 if _CODE.match(code) and "-" in code else None


def code_of(text: str) -> str:
    """Normalize a taxonomy code for comparison; "" for placeholders of exporters."""
    line = clean_line(text)
    upper = line.upper().rstrip(".")
    if _CODE.match(upper) and " " not in line:
        return "" if upper in _PLACEHOLDERS else upper
    return line


def _term_key(code: str) -> str:
    return code if len(code) <= 60 else sha256(code.encode()).hexdigest()[:24]


def _name_from_facets(code: str) -> str:
    facets = [value.strip() for _, value in _FACETS.findall(code) if value.strip()]
    return ", ".join(dict.fromkeys(facets)) or code
