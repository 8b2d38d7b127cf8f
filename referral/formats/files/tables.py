"""Tables of text: bytes decoded, delimiter detected, rows with the line an editor shows."""

from __future__ import annotations

import csv
import io
import re
from codecs import getincrementaldecoder
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, count, islice

from referral.errors import refused
from referral.fields.formulas import unescape_formula
from referral.formats.column_mapping import ColumnMapping, SheetMapping
from referral.formats.files.fates import UNCOUNTED, RowFates, TableFates
from referral.message import Message, message
from referral.records.problems import Problem, Severity

MAX_CELL_CHARACTERS = 2**20
MAX_LINE_CHARACTERS = 4 * 2**20
MAX_COLUMNS = 1000
NumberedRows = Sequence[tuple[int, Sequence[str]]]
FindHeader = Callable[[NumberedRows], int]
"""Returns the index of the header among filled rows, given with their line numbers."""
_DELIMITERS = ",;\t|"
_SAMPLE_ROWS = 20
_ROWS_WITH_HEADER = 1_000  # the header is one of them
_SAMPLE_CHARACTERS = 2**17
_CLEARLY_MORE_EVEN = 1.5
_PLACEHOLDERS = frozenset({"null", "n/a", "#n/a", "nan", "\\n", "(null)"})
_LONGEST_PLACEHOLDER = max(map(len, _PLACEHOLDERS))
_ZERO_SHARE = 0.7
_ROW_TOO_LONG = message(
    "The row has %(cells)s cells under %(headers)s headers; the rest was put aside. Look for a "
    "comma without quotation marks."
)
_FEWEST_ROWS_FOR_SHARES = 10
_UNEVEN_SHARE = 0.2
_UNEVEN = message(
    "Of %(rows)s rows, %(long)s have more cells than there are headers and %(short)s have fewer. "
    "A separator or a quotation mark is probably misread."
)
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# The apostrophe of the old Macintosh, which is Õ in Windows-1252, in an English word.
_MAC_QUOTES = re.compile(rb"[A-Za-z]\xd5(?:s|t|re|ve|ll|d|m)(?![A-Za-z\x80-\xff])")
_ENCODING_NAMES = {"cp1252": "Windows-1252", "mac_roman": "Mac Roman"}
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACES = re.compile(r"[\s_-]+")


@dataclass(slots=True)
class Row:
    """One row of a list's table: its filled cells by header, its file and line, and cell fates.

    Empty cells and placeholders (``null``, ``N/A``) are left out. Cells beyond the last header
    are under ``column 38`` and the like.
    """

    file: str
    line: int
    cells: Mapping[str, str]
    fates: RowFates = field(default=UNCOUNTED, kw_only=True, repr=False, compare=False)

    def get(self, *headers: str) -> str:
        """Return the first filled cell of a table row under any of the headers, "" if none."""
        return next((self.cells[header] for header in headers if header in self.cells), "")


@dataclass(slots=True)
class Table:
    """A table of a source list: the rows of one file or sheet.

    Attributes:
        name: the file's base name.
        headers: folded header by position.
        shown: folded header → header as the file has it.
        rows: the rows with a filled cell.
        problems: problems of the file as a whole.
        header_line: line of the header.
        short_rows: number of rows with fewer cells, empty ones counted, than there are headers.
        is_text: whether it is a text file, which has a separator and an encoding.
        broken: rows with letters that cannot be stored; they are in no other attribute.
    """

    name: str
    headers: tuple[str, ...]
    shown: Mapping[str, str]
    rows: Sequence[Row]
    problems: tuple[Problem, ...] = ()
    encoding: str = "utf-8"
    header_line: int = 1
    short_rows: int = 0
    is_text: bool = False
    broken: Sequence[Row] = ()

    def has(self, *headers: str) -> bool:
        """Return whether a list's table has all these headers."""
        return all(header in self.shown for header in headers)

    def uneven_rows(self) -> Iterator[Problem]:
        """Yield a doubt if many rows of a table have more or fewer cells than headers."""
        long = sum(problem.code == "row-too-long" for problem in self.problems)
        rows = len(self.rows)
        if rows >= _FEWEST_ROWS_FOR_SHARES and long + self.short_rows > _UNEVEN_SHARE * rows:
            detail = _UNEVEN.filled(rows=rows, long=long, short=self.short_rows)
            yield Problem(
                code="rows-uneven", severity=Severity.DOUBT, message=detail, file=self.name
            )

    def follow_cells(self) -> TableFates | None:
        """Begin to count the fates of a table's cells; None if rows are made one by one."""
        if not isinstance(self.rows, list):
            return None
        fates = TableFates(self.name, self.shown, [(row.line, row.cells) for row in self.rows])
        for row, own in zip(self.rows, fates.of_rows(), strict=False):
            row.fates = own
        return fates


def set_broken_aside(table: Table) -> Table:
    """Set aside a JSON table's rows with lone surrogates, which cannot be stored.

    JSON escapes a character beyond 16 bits as two surrogates. One alone cannot be stored in a
    database or sent to another process.
    """
    if not any(map(_is_broken, table.rows)):
        return table
    shown = {header: name for header, name in table.shown.items() if not _SURROGATE.search(name)}
    return replace(
        table,
        headers=tuple(header for header in table.headers if header in shown),
        shown=shown,
        rows=[row for row in table.rows if not _is_broken(row)],
        broken=[row for row in table.rows if _is_broken(row)],
    )


def _is_broken(row: Row) -> bool:
    return any(
        not text.isascii() and _SURROGATE.search(text)
        for cell in row.cells.items()
        for text in cell
    )


@dataclass(slots=True)
class Tables:
    """The tables of a source list by stem: ``services`` for ``services.csv``.

    ``form`` is the format of files that are not tables (``json``), ``mapping`` the column mapping
    of a spreadsheet, None to propose one. With ``is_read_once``, rows are freed when they were read
    for the last time.
    """

    by_stem: Mapping[str, Table]
    on_row: Callable[[int], None] | None = None
    form: str = ""
    mapping: ColumnMapping | None = None
    is_read_once: bool = False
    _counted: set[str] = field(default_factory=set)
    _count: int = 0

    def get(self, stem: str) -> Table | None:
        """Return the table of a source list with a stem, None if the list lacks it."""
        return self.by_stem.get(stem)

    def has(self, stem: str, *headers: str) -> bool:
        """Return whether the source list has a table of a stem with all these headers."""
        table = self.get(stem)
        return table is not None and table.has(*headers)

    def rows(self, stem: str, *, is_last: bool = False) -> Iterator[Row]:
        """Yield the rows of a source list's table, none if it is missing.

        The first pass counts as progress.

        Args:
            is_last: whether they are read for the last time.
        """
        table = self.get(stem)
        if table is None:
            return
        first_pass = stem not in self._counted
        self._counted.add(stem)
        rows: Iterable[Row] = table.rows
        if is_last and self.is_read_once and isinstance(table.rows, list):
            rows = _pop_rows(table.rows)
        for row in rows:
            if first_pass and self.on_row is not None:
                self._count += 1
                self.on_row(self._count)
            yield row


def _pop_rows(rows: list[Row]) -> Iterator[Row]:
    """Yield the rows of a table, freeing each before the next one."""
    rows.reverse()
    while rows:
        yield rows.pop()


def decode(content: bytes) -> tuple[str, str]:
    """Decode bytes as UTF-8, UTF-16, Mac Roman or Windows-1252, and name the encoding."""
    codec, encoding = _codec_of(content)
    return content.decode(codec, errors="replace"), encoding


def _codec_of(content: bytes) -> tuple[str, str]:
    """Return the detected encoding of a file's bytes: codec of Python, and name for people."""
    if content.startswith(_UTF16_MARKS):
        return "utf-16", "utf-16"
    for codec, high in (("utf-16-le", 1), ("utf-16-be", 0)):
        # UTF-16 without a byte order mark: every other byte is zero, as in no other text.
        sample = content[high:_SAMPLE_CHARACTERS:2]
        if len(sample) > 1 and sample.count(0) > _ZERO_SHARE * len(sample):
            return codec, "utf-16"
    reader = getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(content), _SAMPLE_CHARACTERS):
            reader.decode(content[start : start + _SAMPLE_CHARACTERS])
        reader.decode(b"", final=True)
    except UnicodeDecodeError:
        encoding = "mac_roman" if _MAC_QUOTES.search(content) else "cp1252"
        return encoding, encoding
    return "utf-8-sig", "utf-8"


def read_table(
    name: str,
    content: bytes,
    *,
    find_header: FindHeader | None = None,
    form: SheetMapping | None = None,
    on_line: Callable[[], None] | None = None,
) -> Table:
    """Read the table in a CSV file of a source list.

    Args:
        name: base name of the file.
        content: its bytes.
        find_header: finds the header if rows may stand above it (a title, a date).
        form: separator, quotation mark and encoding, if they were set by a user.
        on_line: called for each line that is read.

    Raises:
        RefusedError: the file has no header, or an endless cell.
    """
    codec, encoding = _codec_of(content)
    if form and form.encoding:
        encoding = form.encoding
        codec = "utf-8-sig" if encoding == "utf-8" else encoding
    lines = _Lines(name, content, codec, on_line)
    table = table_of(name, _numbered_rows(lines, form), find_header=find_header)
    problems = []
    if lines.has_nul:
        detail = message("The file has NUL bytes; they were left out.")
        problems.append(_warning(name, "nul-bytes", detail))
    if encoding in {"cp1252", "mac_roman"} and not (form and form.encoding):
        detail = message(
            "The file is not in UTF-8; it was read as %(encoding)s. Check accented letters.",
            encoding=_ENCODING_NAMES[encoding],
        )
        problems.append(_warning(name, "encoding-guessed", detail))
    table.problems = (*problems, *table.problems)
    table.encoding, table.is_text = encoding, True
    return table


def table_of(
    name: str,
    numbered: Iterable[tuple[int, Sequence[str]]],
    *,
    find_header: FindHeader | None = None,
) -> Table:
    """Build a list's table from (line, cells) pairs, the first of which is the header.

    Raises:
        RefusedError: there is no header row.
    """
    filled = ((line, cells) for line, cells in numbered if any(map(str.strip, cells)))
    first_rows = list(islice(filled, _ROWS_WITH_HEADER))
    if not first_rows:
        raise refused("%(name)s is empty: there is not even a header row.", name=name)
    header_index = find_header(first_rows) if find_header else 0
    header_line, header = first_rows[header_index]
    if len(header) > MAX_COLUMNS:
        raise refused(
            "%(name)s has %(count)s columns; a list has at most %(most)s. Delete the empty "
            "ones, or save only those of the list.",
            name=name,
            count=len(header),
            most=MAX_COLUMNS,
        )
    keys, shown, problems = _headers(name, header_line, header)
    rows = []
    short_rows = 0
    for line, cells in chain(first_rows[header_index + 1 :], filled):
        short_rows += len(cells) < len(keys)
        row = Row(name, line, _filled_cells(keys, cells))
        if len(cells) > len(keys) and any(cell.strip() for cell in cells[len(keys) :]):
            problems.append(_row_too_long_problem(name, line, len(cells), len(keys)))
        if row.cells:
            rows.append(row)
    return Table(
        name, keys, shown, rows, tuple(problems), header_line=header_line, short_rows=short_rows
    )


def has_value(text: str) -> bool:
    """Return whether a table cell has a value other than a placeholder such as ``null``."""
    return bool(text) and (len(text) > _LONGEST_PLACEHOLDER or text.lower() not in _PLACEHOLDERS)


def fold_header(header: str) -> str:
    """Normalize a column header: lower case, ``_`` for spaces and hyphens, no byte order mark."""
    return _SPACES.sub("_", header.strip().strip("\ufeff").strip().lower()).strip("_")


@dataclass(slots=True)
class _Lines:
    """The lines of a CSV file, decoded one by one: a file may be large."""

    name: str
    content: bytes
    codec: str
    on_line: Callable[[], None] | None = None
    has_nul: bool = False

    def sample(self) -> str:
        """Return the beginning of the text of a CSV file."""
        return self._open().read(_SAMPLE_CHARACTERS).replace("\0", "")

    def __iter__(self) -> Iterator[str]:
        """Yield the lines of a CSV file, refusing one too long to be parsed."""
        stream = self._open()
        for number in count(1):
            line = stream.readline(MAX_LINE_CHARACTERS + 1)
            if not line:
                return
            if len(line) > MAX_LINE_CHARACTERS:
                raise refused(
                    "Line %(line)s of %(name)s is longer than %(megabytes)s MB. No row of a list "
                    "is. Save the list again as CSV, one row a line.",
                    line=number,
                    name=self.name,
                    megabytes=MAX_LINE_CHARACTERS // 2**20,
                )
            if "\0" in line:
                self.has_nul = True
                line = line.replace("\0", "")
            if self.on_line is not None:
                self.on_line()
            yield line

    def _open(self) -> io.TextIOWrapper:
        return io.TextIOWrapper(
            io.BytesIO(self.content), encoding=self.codec, errors="replace", newline=""
        )


def _numbered_rows(
    lines: _Lines, form: SheetMapping | None = None
) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(MAX_CELL_CHARACTERS)  # process-wide: another library may have set it
    detected, has_spaces = _dialect_of(lines.sample())
    delimiter, quotation = (form.separator, form.quotation) if form else ("", "")
    reader = csv.reader(
        lines,
        delimiter=delimiter or detected,
        skipinitialspace=has_spaces,
        quotechar=quotation if quotation in {'"', "'"} else '"',
        quoting=csv.QUOTE_NONE if quotation == "none" else csv.QUOTE_MINIMAL,
    )
    start = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise refused(
                "%(name)s cannot be read from line %(line)s on: a cell there is longer than 1 "
                "MB. A quotation mark is probably not closed.",
                name=lines.name,
                line=start,
            ) from error
        yield start, cells
        start = reader.line_num + 1


def _dialect_of(sample: str) -> tuple[str, bool]:
    """Detect the delimiter of a CSV file, and whether spaces follow it before quotes."""
    # csv.Sniffer looks at quotation marks first and is misled by those in prose. The delimiter is
    # the one that splits most of the first rows into the same number of cells, the more the better.
    delimiter = max(_DELIMITERS, key=lambda candidate: _evenness(sample, candidate))
    space_then_quote = re.compile(rf"{re.escape(delimiter)} +\"")
    if not space_then_quote.search(sample):
        return delimiter, False
    as_prose = _evenness(sample, delimiter)
    as_quotes = _evenness(sample, delimiter, spaced=True)
    if space_then_quote.search(sample.lstrip().split("\n", 1)[0]):
        return delimiter, as_quotes >= as_prose
    return delimiter, as_quotes > _CLEARLY_MORE_EVEN * as_prose


def _evenness(sample: str, delimiter: str, *, spaced: bool = False) -> float:
    """Score a CSV delimiter: the squared share of rows with the usual number of cells, times it."""
    reader = csv.reader(
        io.StringIO(sample, newline=""), delimiter=delimiter, skipinitialspace=spaced
    )
    try:
        widths = Counter(len(cells) for cells, _ in zip(reader, range(_SAMPLE_ROWS), strict=False))
    except csv.Error:
        return 0
    return max(
        ((rows / widths.total()) ** 2 * width for width, rows in widths.items() if width > 1),
        default=0,
    )


def _headers(
    name: str, line: int, header: Sequence[str]
) -> tuple[tuple[str, ...], dict[str, str], list[Problem]]:
    seen: Counter[str] = Counter()
    keys: list[str] = []
    shown: dict[str, str] = {}
    problems: list[Problem] = []
    for position, given in enumerate(_without_trailing_blanks(header), start=1):
        key = fold_header(given) or f"column {position}"
        title = given.strip().strip("\ufeff").strip() or key
        seen[key] += 1
        if seen[key] > 1:
            title = f"{title} ({seen[key]})"
            detail = message(
                "Another column has this name; this one is called %(name)s here.", name=title
            )
            problems.append(_warning(name, "duplicate-header", detail, line, title))
            key = f"{key} ({seen[key]})"
        keys.append(key)
        shown[key] = title
    return tuple(keys), shown, problems


def _without_trailing_blanks(header: Sequence[str]) -> Sequence[str]:
    width = max(position for position, title in enumerate(header, start=1) if title.strip())
    return header[:width]


def _filled_cells(keys: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    found = {}
    for key, cell in zip(keys, cells, strict=False):
        if cell and has_value(text := unescape_formula(cell.strip())):
            found[key] = text
    for position in range(len(keys), len(cells)):
        if has_value(text := unescape_formula(cells[position].strip())):
            found[f"column {position + 1}"] = text
    return found


def _row_too_long_problem(name: str, line: int, found: int, expected: int) -> Problem:
    detail = _ROW_TOO_LONG.filled(cells=found, headers=expected)
    return _warning(name, "row-too-long", detail, line)


def _warning(file: str, code: str, detail: Message, line: int = 0, column: str = "") -> Problem:
    return Problem(
        code=code, severity=Severity.WARNING, message=detail, file=file, line=line, column=column
    )
