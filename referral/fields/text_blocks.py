"""Parser of a small subset of CommonMark, for texts that a library writes itself.

Paragraphs, titles (``# ``), lists (``- ``, ``1. ``), links and emphasis become blocks. All else,
HTML included, is text, which templates escape.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from markdown_it import MarkdownIt
from markdown_it.token import Token

_MARKDOWN = MarkdownIt("zero").enable(["heading", "list", "link", "emphasis", "escape"])
_TITLE_WITHOUT_SPACE = re.compile(r"^( *#{1,6})(?=[^#\s])", re.MULTILINE)
_ADDRESS = re.compile(r"https?://[^\s/]+\S*|mailto:\S+@\S+|tel:[+\d][\d().,;-]*|/(?![/\\])\S*")


class BlockKind(StrEnum):
    """The kind of a block of text, such as a paragraph or a list."""

    PARAGRAPH = "paragraph"
    TITLE = "title"
    LIST = "list"
    NUMBERED = "numbered"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line of text with one format, perhaps a link.

    ``tag`` is ``strong``, ``em`` or ""; ``target`` is the URL of a link or "".
    """

    text: str
    tag: str = ""
    target: str = ""

    @property
    def is_link(self) -> bool:
        """Return whether the target is a web, mail or phone URL, or a path of this site."""
        return bool(_ADDRESS.fullmatch(self.target))

    @property
    def address(self) -> str:
        """The target of a link for display, without ``https://`` or ``tel:``."""
        return re.sub(r"^(https?://(www\.)?|mailto:|tel:)", "", self.target)


Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, title or list with its lines; paragraphs and titles have one line."""

    kind: BlockKind
    lines: tuple[Line, ...]


def parse_blocks(text: str) -> Iterator[Block]:
    """Parse a text into blocks; a nested list becomes part of the outer list."""
    lines = _iter_lines(_MARKDOWN.parse(_TITLE_WITHOUT_SPACE.sub(r"\1 ", text)))
    for (_, kind), block_lines in groupby(lines, key=lambda line: line[:2]):
        yield Block(kind, tuple(line for *_, line in block_lines))


def unusable_targets(text: str) -> tuple[str, ...]:
    """Return the targets of links in a text that are not usable URLs, as typed."""
    spans = (span for block in parse_blocks(text) for line in block.lines for span in line)
    return tuple(dict.fromkeys(span.target for span in spans if span.target and not span.is_link))


def _iter_lines(tokens: Sequence[Token]) -> Iterator[tuple[int, BlockKind, Line]]:
    """Yield each line with the number and the kind of its block."""
    block_number, kinds, is_title = 0, list[BlockKind](), False
    for token in tokens:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                block_number += not kinds
                is_bullet = token.type == "bullet_list_open"
                kinds.append(BlockKind.LIST if is_bullet else BlockKind.NUMBERED)
            case "bullet_list_close" | "ordered_list_close":
                kinds.pop()
            case "heading_open" | "heading_close":
                is_title = token.type == "heading_open"
            case "inline":
                block_number += not kinds
                kind = BlockKind.TITLE if is_title else BlockKind.PARAGRAPH
                if line := tuple(_iter_spans(token.children or [])):
                    yield block_number, kinds[0] if kinds else kind, line


def _iter_spans(tokens: Sequence[Token]) -> Iterator[Span]:
    tags, target = list[str](), ""
    for token in tokens:
        match token.type:
            case "strong_open" | "em_open":
                tags.append(token.type.removesuffix("_open"))
            case "strong_close" | "em_close":
                tags.pop()
            case "link_open" | "link_close":
                target = str(token.attrs.get("href", ""))
            case _ if token.content:
                yield Span(" ".join(token.content.split("\n")), tags[-1] if tags else "", target)
