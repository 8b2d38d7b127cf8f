"""A list of terms: one table with a code and a name in each row.

Licensed files and Open Eligibility are like this. The taxonomy has the name of its source. A row
names its parent, or its 2-1-1 code does (``XY-1000.2000`` is narrower than ``XY-1000``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from referral.errors import refused
from referral.fields.text import clean_line
from referral.formats.files.tables import Table, Tables
from referral.formats.reading.derived_fields import join_values
from referral.formats.reading.items import Item
from referral.formats.reading.row_reader import (
    FieldMap,
    RecordBuilder,
    RowReader,
    Values,
    read_rows,
)
from referral.message import Message, message

_CODE_HEADERS = ("code", "taxonomy_code", "term_code", "taxonomy_id", "id")
_NAME_HEADERS = ("name", "term", "taxonomy_term", "term_name", "taxonomy_name", "title")
_FIELDS = {
    "name": _NAME_HEADERS,
    "description": ("description", "definition", "taxonomy_definition", "term_definition"),
    "parent_id": ("parent_id", "parent_code", "parent"),
    "sort": ("sort",),
    "use_references": ("use_references", "use_reference", "use_for", "used_for", "synonyms"),
}
_CODE_211 = re.compile(r"[A-Z](?:[A-Z](?:-\d{4}(?:\.\d{4}(?:-\d{3}(?:\.\d{2})?)?)?)?)?\Z")
_LAST_STEP = re.compile(r"(?:[-.]\d+|(?<=[A-Z])[A-Z])\Z")  # the last step of a 2-1-1 code


def recognize_taxonomy(_tables: Tables) -> Message | None:
    """Return None: a taxonomy is read on request only, since other tables have codes too."""
    return None


def check_taxonomy(tables: Tables) -> None:
    """Refuse a source list without a table of taxonomy terms.

    Raises:
        RefusedError: no table has the required columns; the message names them.
    """
    _table_of(tables)


def read_taxonomy(tables: Tables, source: str) -> Iterator[Item]:
    """Yield a taxonomy and its terms from a list with one term in each row."""
    stem, table = _table_of(tables)
    builder = RecordBuilder(source)
    field_map = FieldMap(
        kind="taxonomy_term",
        file=stem,
        fields=_FIELDS,
        key=_CODE_HEADERS,
        also_read=("facet", "level"),
    )
    codes = {code for row in table.rows if (code := row.get(*_CODE_HEADERS))}
    seen: set[str] = set()
    for reader, values in read_rows(tables, field_map):
        reader.mark_used(*(header for header in _CODE_HEADERS if header in reader.row.cells))
        if not seen:
            yield from builder.items("taxonomy", source, reader, {"name": source}, is_main=False)
        key = _take_term_key(reader, values, seen)
        seen.add(key)
        parent = values.get("parent_id") or _broader_code(reader.row.get(*_CODE_HEADERS), codes)
        values |= {"taxonomy": source, "taxonomy_id": source, "parent_id": parent}
        if values["parent_id"] == key:
            values["parent_id"] = ""
        if "use_references" in values:
            values["use_references"] = join_values(values["use_references"])
        yield from builder.items("taxonomy_term", key, reader, values)


def _take_term_key(reader: RowReader, values: Values, seen: set[str]) -> str:
    """Return the key of a listed taxonomy term: its code, with its name if the code is taken."""
    code = reader.row.get(*_CODE_HEADERS)
    if code and code not in seen:
        values["code"] = code
        return code
    key = f"{code}/{clean_line(values.get('name', ''))}"
    if code:
        reader.warn(
            "code-twice",
            message("The code %(code)s is here twice; this term has none now.", code=code),
        )
    return f"{key}/{reader.row.line}" if key in seen else key


def _broader_code(code: str, codes: set[str]) -> str:
    """Return the closest broader code that a taxonomy list has for a 2-1-1 code."""
    if not _CODE_211.match(code):
        return ""
    while shorter := _LAST_STEP.sub("", code):
        if shorter == code:
            return ""
        if shorter in codes:
            return shorter
        code = shorter
    return ""


def _table_of(tables: Tables) -> tuple[str, Table]:
    for stem, table in tables.by_stem.items():
        if any(map(table.has, _NAME_HEADERS)) and any(map(table.has, _CODE_HEADERS)):
            return stem, table
    raise refused(
        "There is no table of terms in this file. It needs a column code and a column "
        "name. It may have parent_id, description and use_references."
    )
