"""Texts with labels taken apart: a cell of ``Phone: …`` and ``Hours: …`` is a table in a cell.

A label is the beginning of a line, in HTML of a paragraph or list item, or the head of a column
of a table. It is known if a column could be called so. What stands deeper in the list below belongs
to it; what no known label names stays where it was.
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
_MOST = 0.5  # of cells that have so many
_LONG = 60
_SAMPLE = 80


def unfold_texts(table: Table) -> Table:
    """Split columns of labelled texts: each label becomes a column of the table.

    ``Phone`` in ``content`` becomes the column "Phone (content)".
    """
    for key in table.headers:
        cells = [row.cells[key] for row in table.rows if key in row.cells]
        if _are_labelled(cells[:_SAMPLE]):
            table = _unfolded(table, key)
    return table


def _are_labelled(cells: Sequence[str]) -> bool:
    if not cells or sum(map(len, cells)) < _LONG * len(cells):
        return False
    labelled = sum(len(_Labelled.of(cell).parts) >= _FEWEST_LABELS for cell in cells)
    return labelled >= _MOST * len(cells)


def _unfolded(table: Table, key: str) -> Table:
    title = table.shown[key]
    shown = dict(table.shown)
    headers: dict[str, str] = {}  # target → header: "Location" and "Locations" are one column
    rows = []
    for row in table.rows:
        if key not in row.cells:
            rows.append(row)
            continue
        text = _Labelled.of(row.cells[key])
        cells = {**row.cells, key: text.rest}
        for label, said in text.parts.items():
            header = headers.setdefault(target_of(label), f"{label} ({title})")
            folded = fold_header(header)
            shown.setdefault(folded, header)
            cells[folded] = "\n".join(filter(None, (cells.get(folded), said)))
        rows.append(Row(row.file, row.line, {name: said for name, said in cells.items() if said}))
    return replace(table, headers=tuple(shown), shown=shown, rows=rows)


@dataclass(slots=True)
class _Labelled:
    """A text taken apart.

    Attributes:
        parts: label → what stands after it and below it.
        rest: the other lines.
    """

    parts: Mapping[str, str]
    rest: str

    @classmethod
    def of(cls, text: str) -> _Labelled:
        """Take a text apart."""
        lines, position = _lines_of(text)
        parts: dict[str, list[str]] = {}
        rest: list[str] = []
        label, under = "", -1
        for depth, line in lines:
            match = _LABEL.match(line)
            if label and depth > under:
                parts[label].append(line)
            elif match and _is_label(match[1]):
                label, under = match[1], depth
                parts.setdefault(label, []).append(match[2])
            else:
                label = ""
                rest.append(line)
        found = {label: "\n".join(filter(None, said)) for label, said in parts.items()} | position
        return cls({label: said for label, said in found.items() if said}, "\n".join(rest))


def _is_label(words: str) -> bool:
    """Return whether words are a known column header, other than one for names."""
    target = target_of(words)
    return bool(target) and not target.endswith(_NO_LABELS)


def _lines_of(text: str) -> tuple[list[tuple[int, str]], dict[str, str]]:
    """Return the lines of a text with their depth in lists, and its position if it has just one.

    Of several positions each stands at the end of the line of its map link: ``(35.25, -120.66)``.
    """
    if not _HTML.search(text):
        return [(0, line.strip()) for line in text.split("\n") if line.strip()], {}
    parser = _Lines()
    parser.feed(without_hidden(text))
    lines = [(depth, _SPACES.sub(" ", line).strip()) for depth, line in parser.lines]
    positions = {where for found in parser.positions.values() for where in found}
    if len(positions) == 1:
        ((latitude, longitude),) = positions
        return [each for each in lines if each[1]], {"Latitude": latitude, "Longitude": longitude}
    for number, found in parser.positions.items():
        depth, line = lines[number]
        if len(found) == 1:
            lines[number] = depth, f"{line} ({', '.join(found[0])})"
    return [each for each in lines if each[1]], {}


@dataclass
class _Link:
    target: str
    shown: str = ""
    is_map: bool = False


@dataclass
class _Lines(HTMLParser):
    """The lines of HTML as (depth of its list, text); a link that shows other words says where."""

    lines: list[tuple[int, str]] = field(default_factory=lambda: [(0, "")])
    positions: dict[int, list[tuple[str, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._depth = 0
        self._unseen = 0
        self._link: _Link | None = None
        self._heads: list[str] = []  # of the columns of the table that is open
        self._cell = 0
        self._is_head = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line at a block, and note where a link leads."""
        given = {name: value or "" for name, value in attrs}
        self._unseen += tag in UNREAD_TAGS
        self._depth += tag in _LISTS
        if tag in _BLOCKS:
            self.lines.append((self._depth, ""))
        self._begin_of_table(tag)
        if tag == "a":
            href = given.get("href", "")
            is_map = "data-lat" in given and "data-lon" in given
            if is_map:
                where = given["data-lat"], given["data-lon"]
                self.positions.setdefault(len(self.lines) - 1, []).append(where)
            leads = href.startswith(("http://", "https://", "mailto:"))
            self._link = _Link(href.removeprefix("mailto:") if leads else "", is_map=is_map)

    def _begin_of_table(self, tag: str) -> None:
        """Let each cell of a table begin a line with the head of its column."""
        if tag == "table":
            self._heads = []
        elif tag == "tr":
            self._cell = 0
        elif tag == "th":
            self._heads.append("")
            self._is_head = True
        elif tag == "td":
            head = self._heads[self._cell] if self._cell < len(self._heads) else ""
            self.lines.append((self._depth + 1, f"{head.strip()}: " if head.strip() else ""))
            self._cell += 1

    def handle_endtag(self, tag: str) -> None:
        """End a line at a block, and write where a link led."""
        self._unseen -= tag in UNREAD_TAGS and self._unseen > 0
        self._depth -= tag in _LISTS and self._depth > 0
        self._is_head &= tag != "th"
        if tag in _BLOCKS:
            self.lines.append((self._depth, ""))
        if tag == "a" and self._link is not None:
            link, self._link = self._link, None
            depth, text = self.lines[-1]
            if link.is_map:  # "Map"
                self.lines[-1] = depth, text.removesuffix(link.shown)
            elif link.target and _bare(link.shown) == _bare(link.target):
                self.lines[-1] = depth, text.removesuffix(link.shown) + link.target
            elif link.target:
                self.lines[-1] = depth, f"{text} ({link.target})"

    def handle_data(self, data: str) -> None:
        """Add a text to the line."""
        if self._unseen:
            return
        if self._is_head:
            self._heads[-1] += data
            return
        if self._link is not None:
            self._link.shown += data
        depth, before = self.lines[-1]
        self.lines[-1] = depth, before + data


def _bare(address: str) -> str:
    """Return a web address without scheme, "www." and last slash, for comparison."""
    return re.sub(r"^(?:https?://)?(?:www\.)?|/$", "", address.strip()).casefold()
