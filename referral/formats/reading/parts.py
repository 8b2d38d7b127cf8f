"""Parts of a record: what hangs on it and is made of cells of the same row."""

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
        """Yield a part that a cell gives; where its values name parents, it hangs on these only."""
        reader = self.reader.part()
        reader.headers.update(dict.fromkeys(values, reader.show(header)))
        yield from self.add_read(kind, key, reader, values)

    def add_read(self, kind: str, key: str, reader: RowReader, values: Values) -> Iterator[Item]:
        """Yield a part whose reader knows which cell gave each value."""
        names_parents = not PARENT_FIELDS.keys().isdisjoint(values)
        values = values if names_parents else {**self.parents, **values}
        yield from self.builder.items(kind, f"{self.owner}/{key}", reader, values, main=False)

    def hours(self, header: str, text: str, key: str, parents: Values) -> Iterator[Item]:
        """Yield the hours of a text: rules where it is understood, else its words.

        Args:
            header: of the cell.
            text: of the cell.
            key: begins the end of their keys, before their number.
            parents: on what they hang instead of the usual; empty for that.
        """
        for number, part in enumerate(schedules_in(text) or [{"description": clean_text(text)}]):
            yield from self.add("schedule", f"{key}{number}", {**parents, **part}, header)

    def languages(
        self, header: str, names: Iterable[str], fold: Callable[[str], str] = str.casefold
    ) -> Iterator[Item]:
        """Yield the languages of these names; ``fold`` makes the ends of their keys of them."""
        for name in names:
            values: Values = {"name": name, "code": language_code(name)}
            yield from self.add("language", f"language/{fold(name)}", values, header)
