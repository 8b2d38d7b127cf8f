"""Parts of a record, such as its hours and languages, made of cells of the same row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from referral.fields.languages import language_code
from referral.fields.text import clean_text
from referral.formats.reading.derived_fields import schedules_in
from referral.formats.reading.items import Item
from referral.formats.reading.row_reader import RecordBuilder, RowReader, Values
from referral.records.kinds import PARENT_FIELDS


@dataclass(slots=True)
class Parts:
    """Builder of a record's hours, languages and other parts from cells of its row.

    Attributes:
        builder: makes their records.
        reader: the row.
        owner: begin of their keys.
        parents: ``*_id`` fields of their parents.
    """

    builder: RecordBuilder
    reader: RowReader
    owner: str
    parents: Values

    def add(self, kind: str, key: str, values: Values, header: str) -> Iterator[Item]:
        """Yield a part of a record made of a cell.

        Parents in its values replace those of this builder.
        """
        reader = self.reader.part()
        reader.headers.update(dict.fromkeys(values, reader.show(header)))
        yield from self.add_read(kind, key, reader, values)

    def add_read(self, kind: str, key: str, reader: RowReader, values: Values) -> Iterator[Item]:
        """Yield a part of a record from values whose column headers the row reader has noted."""
        names_parents = not PARENT_FIELDS.keys().isdisjoint(values)
        values = values if names_parents else {**self.parents, **values}
        yield from self.builder.items(kind, f"{self.owner}/{key}", reader, values, is_main=False)

    def hours(self, header: str, text: str, key: str, parents: Values) -> Iterator[Item]:
        """Yield the schedules of a text of hours: parsed if possible, else one with its words.

        Args:
            header: the header of the cell.
            text: the text of the cell.
            key: part of their keys before their number.
            parents: parents instead of those of this builder; empty to keep these.
        """
        for number, part in enumerate(schedules_in(text) or [{"description": clean_text(text)}]):
            yield from self.add("schedule", f"{key}{number}", {**parents, **part}, header)

    def languages(
        self, header: str, names: Iterable[str], fold: Callable[[str], str] = str.casefold
    ) -> Iterator[Item]:
        """Yield languages of a record by name.

        ``fold`` makes the end of a key from a name.
        """
        for name in names:
            values: Values = {"name": name, "code": language_code(name)}
            yield from self.add("language", f"language/{fold(name)}", values, header)
