"""Parts of a record: what hangs on it and is made of cells of the same row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from referral.fields.languages import language_code
from referral.fields.text import clean_text
from referral.formats.reading.derived_fields import schedules_in
from referral.formats.reading.items import Item
from referral.formats.reading.row_reader import RecordBuilder, RowReader, Values


@dataclass(slots=True)
class Parts:
    """The parts of one record.

    Attributes:
        builder: makes their records.
        reader: the row.
        owner: begins their keys.
        parents: on what they hang.
    """

    builder: RecordBuilder
    reader: RowReader
    owner: str
    parents: Values

    def add(self, kind: str, key: str, values: Values, header: str) -> Iterator[Item]:
        """Yield a part that a cell gives; parents among its values are instead of the usual."""
        reader = self.reader.part()
        reader.headers.update(dict.fromkeys(values, reader.show(header)))
        yield from self.add_read(kind, key, reader, values)

    def add_read(self, kind: str, key: str, reader: RowReader, values: Values) -> Iterator[Item]:
        """Yield a part whose reader knows which cell gave each value."""
        parents = {} if self.parents.keys() & values.keys() else self.parents
        key = f"{self.owner}/{key}"
        yield from self.builder.items(kind, key, reader, {**parents, **values}, main=False)

    def hours(self, header: str, text: str, key: str = "hours/") -> Iterator[Item]:
        """Yield the hours of a text: rules where it is understood, else its words."""
        for number, part in enumerate(schedules_in(text) or [{"description": clean_text(text)}]):
            yield from self.add("schedule", f"{key}{number}", part, header)

    def languages(self, header: str, names: Iterable[str]) -> Iterator[Item]:
        """Yield the languages of these names."""
        for name in names:
            values: Values = {"name": name, "code": language_code(name)}
            yield from self.add("language", f"language/{name.casefold()}", values, header)
