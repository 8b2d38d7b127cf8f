"""Finds the sentences for people in the layers that know no language but English, for Babel.

``pyproject.toml`` names it as the way to read those packages. A string, or an f-string with its
values as ``{1}``, ``{2}``, is a sentence when it begins and ends as one.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import IO, Any

from referral.web.i18n.sentences import CONTEXT

_HOLE = "\0"
_SENTENCE = re.compile(r"[A-Z“\0][^\n]* [^\n]*\.(?: ?\0)?")
_WORD = re.compile(r"\b[A-Za-z]{2,}\b")
_FEWEST_WORDS = 2
# What is said with these is for programmers and for who runs the site.
_NOT_ON_PAGES = frozenset(
    {"ValueError", "TypeError", "RuntimeError", "LookupError", "KeyError", "SettingsError",
     "NotFoundError", "DirectoryError", "IndexUnavailableError", "OperationalError"}
)  # fmt: skip


def extract_sentences(
    fileobj: IO[bytes], keywords: Any, comment_tags: Any, options: Any
) -> Iterator[tuple[int, str, tuple[str, str], list[str]]]:
    """Yield what Babel wants of each sentence: line, function, (context, text), comments."""
    del keywords, comment_tags, options
    for node in _spoken(ast.parse(fileobj.read())):
        text = (_text_of(node) or "").strip()  # a space before it joins it to another
        if _SENTENCE.fullmatch(text) and not _is_program_text(text):
            yield node.lineno, "pgettext", (CONTEXT, _numbered(text)), []


def _spoken(node: ast.AST) -> Iterator[ast.expr]:
    """Strings below a node that may be sentences, without docstrings."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in _NOT_ON_PAGES:
        return
    if isinstance(node, ast.expr) and _text_of(node) is not None:
        yield node
        return
    for child in ast.iter_child_nodes(node):
        yield from _spoken(child)


def _text_of(node: ast.expr) -> str | None:
    """The text of a string; each value in it is a hole."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value.replace("{}", _HOLE)
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else _HOLE for part in node.values
        )
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _text_of(node.left), _text_of(node.right)
        if left is None and right is None:
            return None
        return (_HOLE if left is None else left) + (_HOLE if right is None else right)
    return None


def _is_program_text(text: str) -> bool:
    return len(_WORD.findall(text)) < _FEWEST_WORDS or "{" in text


def _numbered(text: str) -> str:
    first, *others = text.split(_HOLE)
    return first + "".join(f"{{{number}}}{part}" for number, part in enumerate(others, start=1))
