"""Streaming parser of AIRS XML, one agency at a time: the file may be large, one agency is not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, overload
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from referral.errors import refused
from referral.formats.files.tables import Row, has_value

MAX_DEPTH = 60
MAX_ELEMENTS = 500_000
_ROOTS = ("source", "agency")


@dataclass(slots=True, eq=False)
class Element:
    """An element of an AIRS XML file with its text and children; names are without namespace.

    Used texts and attributes are marked (``is_used``: the element with all in it), so that
    ``leftovers`` can return the others.
    """

    tag: str
    file: str
    line: int
    attributes: dict[str, str]
    text: str = ""
    children: list[Element] = field(default_factory=list)
    is_used: bool = False
    is_text_used: bool = False
    used_attributes: set[str] = field(default_factory=set)

    def bare(self) -> Element:
        """Return an empty XML element of the same name, file and line."""
        return Element(self.tag, self.file, self.line, {})

    def all(self, tag: str) -> list[Element]:
        """Return the child elements of an XML element that have a name."""
        folded = tag.casefold()
        return [child for child in self.children if child.tag.casefold() == folded]

    def peek(self, tag: str) -> str:
        """Return the text of an XML element's first child of a name, without marking it as used."""
        return next((child.text for child in self.all(tag) if child.text), "")

    def take(self, *tags: str) -> str:
        """Return the text of an XML element's first child with these names, and mark it as used."""
        for tag in tags:
            for child in self.all(tag):
                if child.text:
                    child.is_text_used = True
                    return child.text
        return ""

    def takes(self, tag: str) -> list[str]:
        """Return the distinct texts of an XML element's children with a name, marked as used."""
        found: dict[str, None] = {}
        for child in self.all(tag):
            if child.text:
                child.is_text_used = True
                found.setdefault(child.text)
        return list(found)

    def attribute(self, name: str) -> str:
        """Return the value of an XML attribute, and mark it as used; "" if it is missing."""
        shown = self.attribute_name(name)
        if not shown:
            return ""
        self.used_attributes.add(shown)
        return self.attributes[shown]

    def attribute_name(self, name: str) -> str:
        """Return the name of an XML attribute as the file spells it, "" if it is missing."""
        folded = name.casefold()
        return next((shown for shown in self.attributes if shown.casefold() == folded), "")

    def leftovers(self) -> dict[str, str]:
        """Return a mapping from path to text of all parts of an XML element that were not used.

        Texts of one path are joined as lines.
        """
        found: dict[str, list[str]] = defaultdict(list)
        for path, text in self.unused(""):
            found[path].append(text)
        return {path: "\n".join(texts) for path, texts in found.items()}

    def unused(self, path: str) -> Iterator[tuple[str, str]]:
        """Yield the path and text of each unused text below an XML element."""
        for name, value in self.attributes.items():
            if name not in self.used_attributes and value:
                yield f"{path}@{name}", value
        for child in self.children:
            if child.is_used:
                continue
            if child.text and not child.is_text_used:
                yield path + child.tag, child.text
            yield from child.unused(f"{path}{child.tag}/")


@dataclass(slots=True)
class AgencyRow(Row):
    """An agency of an AIRS XML file, used like a row of a table."""

    element: Element


@dataclass(frozen=True, slots=True)
class AgencyFile:
    """An AIRS XML file: its name, the attributes of its root, and the number of its agencies."""

    name: str
    about: Mapping[str, str]
    count: int
    chunks: Callable[[], Iterable[bytes]]


class AgencyRows(Sequence[Row]):
    """The agencies of AIRS XML files as rows; each iteration reads the files again."""

    def __init__(self, files: Sequence[AgencyFile]) -> None:
        self.files = tuple(files)

    def __len__(self) -> int:
        return sum(file.count for file in self.files)

    def __iter__(self) -> Iterator[Row]:
        for file in self.files:
            for element in read_agencies(file.name, file.chunks()):
                yield AgencyRow(file.name, element.line, {}, element)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        if isinstance(index, slice):
            return list(self)[index]
        return next(islice(self, index, None))


def inspect_file(name: str, chunks: Callable[[], Iterable[bytes]]) -> AgencyFile:
    """Read a file of AIRS XML to its end to count its agencies, and refuse a damaged file.

    Raises:
        RefusedError: the file is damaged, unsafe, or no AIRS XML.
    """
    builder = _AgencyBuilder(name, keep=False)
    for _ in _parse(name, chunks(), builder):
        pass
    if not builder.count:
        raise refused(
            "%(name)s has no Agency in it. Ask for the export as AIRS XML 3.1.", name=name
        )
    return AgencyFile(name, builder.about, builder.count, chunks)


def read_agencies(name: str, chunks: Iterable[bytes]) -> Iterator[Element]:
    """Yield the Agency elements of an AIRS XML file, one after the other.

    Raises:
        RefusedError: as ``inspect_file``.
    """
    yield from _parse(name, chunks, _AgencyBuilder(name, keep=True))


def _parse(name: str, chunks: Iterable[bytes], builder: _AgencyBuilder) -> Iterator[Element]:
    parser = DefusedXMLParser(target=builder)
    builder.parser = parser
    try:
        for chunk in chunks:
            parser.feed(chunk)
            yield from builder.take_ready()
        parser.close()
    except ParseError as error:
        line = error.position[0]
        raise refused(
            "%(name)s is not whole XML: it breaks off or goes wrong in line %(line)s. Ask "
            "for the file again.",
            name=name,
            line=line,
        ) from error
    except DefusedXmlException as error:
        raise refused(
            "%(name)s defines entities or points at other files. No list does that. "
            "It was not read.",
            name=name,
        ) from error
    except (ValueError, LookupError) as error:
        raise refused(
            "%(name)s is in an encoding that cannot be read. Ask for the file in UTF-8.",
            name=name,
        ) from error
    yield from builder.take_ready()


class _AgencyBuilder:
    """XML parser target that builds AIRS elements, and returns each agency when it is complete."""

    def __init__(self, name: str, *, keep: bool) -> None:
        self.about: dict[str, str] = {}
        self.count = 0
        self.parser: Any = None
        self._name = name
        self._keep = keep
        self._open: list[Element] = []
        self._texts: list[list[str]] = []
        self._elements = 0
        self._ready: list[Element] = []

    def take_ready(self) -> Iterator[Element]:
        """Yield the AIRS agencies that the XML parser completed since the last call."""
        ready, self._ready = self._ready, []
        yield from ready

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Handle the start tag of an XML element (called by the XML parser)."""
        line = self.parser.parser.CurrentLineNumber
        element = Element(_without_namespace(tag), self._name, line, _clean_attributes(attributes))
        if not self._open:
            self._check_root(element)
        self._elements += 1
        if len(self._open) > MAX_DEPTH or (self._keep and self._elements > MAX_ELEMENTS):
            raise refused(
                "%(name)s has an agency that is nested too deep or too large.", name=self._name
            )
        self._open.append(element)
        self._texts.append([])

    def data(self, text: str) -> None:
        """Handle text in an XML element (called by the XML parser)."""
        if self._keep and self._texts:
            self._texts[-1].append(text)

    def end(self, _tag: str) -> None:
        """Handle the end tag of an XML element (called by the XML parser)."""
        element = self._open.pop()
        text = "".join(self._texts.pop()).strip()
        element.text = text if has_value(text) else ""
        is_agency = element.tag.casefold() == "agency"
        if is_agency and self._is_top_level():
            self.count += 1
            self._elements = 0
            if self._keep:
                self._ready.append(element)
        elif self._keep and len(self._open) > self._agency_depth:
            self._open[-1].children.append(element)

    def close(self) -> None:
        """Handle the end of the AIRS XML file (called by the XML parser)."""

    @property
    def _agency_depth(self) -> int:
        """Return the depth of a top-level Agency element in AIRS XML: 1 inside Source, else 0."""
        return 1 if self._open and self._open[0].tag.casefold() == "source" else 0

    def _is_top_level(self) -> bool:
        return len(self._open) == self._agency_depth

    def _check_root(self, root: Element) -> None:
        if root.tag.casefold() not in _ROOTS:
            raise refused(
                "%(name)s is XML of some other kind (%(element)s). Ask for the export as AIRS "
                "XML 3.1.",
                name=self._name,
                element=root.tag[:40],
            )
        self.about = root.attributes
        version = root.attributes.get("SchemaVersion", "").upper().removeprefix("AIRS").strip(" _")
        if version.startswith("4"):
            raise refused(
                "%(name)s is AIRS XML 4, which was never finished. Ask for 3.0 or 3.1.",
                name=self._name,
            )


def _without_namespace(name: str) -> str:
    return name.rsplit("}", 1)[-1].rsplit(":", 1)[-1]


def _clean_attributes(attributes: Mapping[str, str]) -> dict[str, str]:
    return {_without_namespace(name): value.strip() for name, value in attributes.items()}
