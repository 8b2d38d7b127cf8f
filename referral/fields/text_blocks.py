"""Blocks of plain text as people type it: paragraphs, titles and lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class BlockKind(StrEnum):
    """What a block is."""

    PARAGRAPH = "paragraph"
    TITLE = "title"  # a line that begins with "# "
    LIST = "list"  # lines that begin with "- "


@dataclass(frozen=True, slots=True)
class Block:
    """A block and its lines; a paragraph and a title have one."""

    kind: BlockKind
    lines: tuple[str, ...]


def parse_blocks(text: str) -> Iterator[Block]:
    """The blocks of a text; an empty line parts paragraphs, and nothing else has a meaning."""
    kind, lines = BlockKind.PARAGRAPH, list[str]()
    for line in (*text.splitlines(), ""):
        found, words = _line(line.strip())
        if lines and (not words or found is not kind or found is BlockKind.TITLE):
            yield Block(kind, _settled(kind, lines))
            lines = []
        kind = found
        if words:
            lines.append(words)


def _line(line: str) -> tuple[BlockKind, str]:
    if line.startswith(("- ", "* ")):
        return BlockKind.LIST, line[2:].strip()
    if line.startswith("#"):
        return BlockKind.TITLE, line.lstrip("#").strip()
    return BlockKind.PARAGRAPH, line


def _settled(kind: BlockKind, lines: list[str]) -> tuple[str, ...]:
    return tuple(lines) if kind is BlockKind.LIST else (" ".join(lines),)
