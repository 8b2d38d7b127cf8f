"""Texts with labels taken apart: a cell of ``Phone: …`` and ``Hours: …`` is split into columns.

A label is the beginning of a line, in HTML of a paragraph or list item, or the head of a column
of a table. It is known if it is a known column header. List items below it, if they are indented
deeper, belong to it; text without a known label stays in its cell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

from referral.fields.text import UNREAD_TAGS, without_hidden
from referral.formats.files.tables import Row, Table, fold_header
from referral.formats.spreadsheet.header_matching import target_of

_BLOCKS = frozenset(
    ("blockquote", "br", "dd", "div", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ol", "p",
     "table", "tr", "ul")
)  # fmt: skip
_LISTS = frozenset(("ul", "ol"))
_HTML = re.compile(r"</?(?:p|li|ul|ol|br|div|strong|h\d)\b", re.IGNORECASE)
_LABEL = re.compile(r"([^\W\d_][^:;.,()]{1,40}?)\s*:(?!//)\s*(.*)", re.DOTALL)
_SPACES = re.compile(r"\s+")
_NO_LABELS = (".id", ".name", ".description")
_FEWEST_LABELS = 2  # in a cell
_MIN_LABELED_SHARE = 0.5  # of cells that have so many
_MIN_MEAN_LENGTH = 60
_SAMPLE = 80


def unfold_texts(table: Table) -> Table:
    """Split columns of texts with labels such as ``Phone:``: each label becomes a column.

    ``Phone`` in ``content`` becomes the column "Phone (content)".
    """
    for key in table.headers:
        cells = [row.cells[key] for row in table.rows if key in row.cells]
        if _are_labeled(cells[:_SAMPLE]):
            table = _unfold_column(table, key)
    return table


def _are_labeled(cells: Sequence[str]) -> bool:
    if not cells or sum(map(len, cells)) < _MIN_MEAN_LENGTH * len(cells):
        return False
    labeled = sum(len(_LabeledText.parse(cell).parts) >= _FEWEST_LABELS for cell in cells)
    return labeled >= _MIN_LABELED_SHARE * len(cells)


def _unfold_column(table: Table, key: str) -> Table:
    title = table.shown[key]
    shown = dict(table.shown)
    headers: dict[str, str] = {}  # target → header: "Location" and "Locations" are one column
    rows = []
    for row in table.rows:
        if key not in row.cells:
            rows.append(row)
            continue
        text = _LabeledText.parse(row.cells[key])
        cells = {**row.cells, key: text.rest}
        for label, value in text.parts.items():
            header = headers.setdefault(target_of(label), f"{label} ({title})")
            folded = fold_header(header)
            shown.setdefault(folded, header)
            cells[folded] = "\n".join(filter(None, (cells.get(folded), value)))
        rows.append(
            Row(row.file, row.line, {name: value for name, value in cells.items() if value})
        )
    return replace(table, headers=tuple(shown), shown=shown, rows=rows)


@dataclass(slots=True)
class _LabeledText:
    """A cell's text that was split at its labels, such as ``Phone:`` and ``Hours:``.

    Attributes:
        parts: label → the text after and below it.
        rest: the lines without a label.
    """

    parts: Mapping[str, str]
    rest: str

    @classmethod
    def parse(cls, text: str) -> _LabeledText:
        """Split a cell's text at its labels, such as ``Phone:``."""
        lines, position = _split_lines(text)
        parts: dict[str, list[str]] = {}
        rest: list[str] = []
        label, label_depth = "", -1
        for depth, line in lines:
            match = _LABEL.match(line)
            if label and depth > label_depth:
                parts[label].append(line)
            elif match and _is_label(match[1]):
                label, label_depth = match[1], depth
                parts.setdefault(label, []).append(match[2])
            else:
                label = ""
                rest.append(line)
        found = {
            label: "\n".join(filter(None, values)) for label, values in parts.items()
        } | position
        return cls({label: value for label, value in found.items() if value}, "\n".join(rest))


def _is_label(words: str) -> bool:
    """Return whether words are a known column header, and so a label in a text.

    Headers for names are no labels.
    """
    target = target_of(words)
    return bool(target) and not target.endswith(_NO_LABELS)


def _split_lines(text: str) -> tuple[list[tuple[int, str]], dict[str, str]]:
    """Return the lines of a labeled text with their depth in lists, and its map position.

    It has a position only if just one was found. If it has several, each is put at the end of the
    line of its map link: ``(35.25, -120.66)``.
    """
    if not _HTML.search(text):
        return [(0, line.strip()) for line in text.split("\n") if line.strip()], {}
    parser = _LineParser()
    parser.feed(without_hidden(text))
    lines = [(depth, _SPACES.sub(" ", line).strip()) for depth, line in parser.lines]
    positions = {position for found in parser.positions.values() for position in found}
    if len(positions) == 1:
        ((latitude, longitude),) = positions
        return [(depth, line) for depth, line in lines if line], {
            "Latitude": latitude,
            "Longitude": longitude,
        }
    for number, found in parser.positions.items():
        depth, line = lines[number]
        if len(found) == 1:
            lines[number] = depth, f"{line} ({', '.join(found[0])})"
    return [(depth, line) for depth, line in lines if line], {}


@dataclass
class _Link:
    target: str
    shown: str = ""
    is_map: bool = False


@dataclass
class _LineParser(HTMLParser):
    """Parser of HTML into lines, as (depth in lists, text); links are followed by their address."""

    lines: list[tuple[int, str]] = field(default_factory=lambda: [(0, "")])
    positions: dict[int, list[tuple[str, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._depth = 0
        self._hidden_depth = 0
        self._open_link: _Link | None = None
        self._column_heads: list[str] = []  # of the open table
        self._column_index = 0
        self._is_in_head = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line at an HTML block, and note where a link leads."""
        given = {name: value or "" for name, value in attrs}
        self._hidden_depth += tag in UNREAD_TAGS
        self._depth += tag in _LISTS
        if tag in _BLOCKS:
            self.lines.append((self._depth, ""))
        self._begin_table_part(tag)
        if tag == "a":
            href = given.get("href", "")
            is_map = "data-lat" in given and "data-lon" in given
            if is_map:
                position = given["data-lat"], given["data-lon"]
                self.positions.setdefault(len(self.lines) - 1, []).append(position)
            is_address = href.startswith(("http://", "https://", "mailto:"))
            self._open_link = _Link(
                href.removeprefix("mailto:") if is_address else "", is_map=is_map
            )

    def _begin_table_part(self, tag: str) -> None:
        """Begin a line for each cell of an HTML table, with its column's head as its label."""
        if tag == "table":
            self._column_heads = []
        elif tag == "tr":
            self._column_index = 0
        elif tag == "th":
            self._column_heads.append("")
            self._is_in_head = True
        elif tag == "td":
            head = (
                self._column_heads[self._column_index]
                if self._column_index < len(self._column_heads)
                else ""
            )
            self.lines.append((self._depth + 1, f"{head.strip()}: " if head.strip() else ""))
            self._column_index += 1

    def handle_endtag(self, tag: str) -> None:
        """End a line at an HTML block, and write where a link led."""
        self._hidden_depth -= tag in UNREAD_TAGS and self._hidden_depth > 0
        self._depth -= tag in _LISTS and self._depth > 0
        self._is_in_head &= tag != "th"
        if tag in _BLOCKS:
            self.lines.append((self._depth, ""))
        if tag == "a" and self._open_link is not None:
            link, self._open_link = self._open_link, None
            depth, text = self.lines[-1]
            if link.is_map:  # "Map"
                self.lines[-1] = depth, text.removesuffix(link.shown)
            elif link.target and _bare(link.shown) == _bare(link.target):
                self.lines[-1] = depth, text.removesuffix(link.shown) + link.target
            elif link.target:
                self.lines[-1] = depth, f"{text} ({link.target})"

    def handle_data(self, data: str) -> None:
        """Add a text of the HTML to its line."""
        if self._hidden_depth:
            return
        if self._is_in_head:
            self._column_heads[-1] += data
            return
        if self._open_link is not None:
            self._open_link.shown += data
        depth, before = self.lines[-1]
        self.lines[-1] = depth, before + data


def _bare(address: str) -> str:
    """Return a web address without scheme, "www." and last slash, for comparison."""
    return re.sub(r"^(?:https?://)?(?:www\.)?|/$", "", address.strip()).casefold()
