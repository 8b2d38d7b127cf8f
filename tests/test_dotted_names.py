"""Each dotted name in docstrings and documents is a module, a member, a column or a file."""

import ast
import importlib
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

from referral.formats.spreadsheet.targets import TARGETS
from referral.store.base import Base

ROOT = Path(__file__).resolve().parents[1]
CODE = [
    path
    for folder in ("referral", "bench", "soak", "tests/support")
    for path in sorted((ROOT / folder).rglob("*.py"))
]
# Changes and decisions also speak of what is gone.
DOCUMENTS = [
    path for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")) if path.name != "CHANGELOG.md"
]
DOTTED = re.compile(r"(?<!`)`{1,2}((?:[A-Za-z_]\w*\.)+[A-Za-z_]\w*)(?:\(\))?`{1,2}(?!`)")
FILE_ENDINGS = frozenset(
    [
        "py",
        "md",
        "html",
        "css",
        "js",
        "csv",
        "json",
        "toml",
        "yml",
        "env",
        "txt",
        "lock",
        "npz",
        "png",
        "svg",
        "sqlite3",
    ]
)
# Keys of JSON and of cookies, hosts, files and parts of other software that examples name.
ELSEWHERE = frozenset(
    {
        *("address.street", "services.name", "realm_access.roles"),
        *("es.name", "es.large.high", "help.example.org", "www.x.org", "openstreetmap.org"),
        *("help_lines.csv.before", "instance.after", "keys.sealed"),
        *("app.extensions", "navigator.credentials.create", "navigator.credentials.get"),
    }
)
_NOT_THERE = object()


@cache
def modules() -> dict[str, list[str]]:
    """Return the full names of our modules by each of their endings ("records.hsds")."""
    found: dict[str, list[str]] = {}
    for path in CODE:
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        parts = name.split(".")
        for start in range(len(parts)):
            found.setdefault(".".join(parts[start:]), []).append(name)
    return found


@cache
def classes() -> dict[str, list[tuple[str, str]]]:
    """Return the modules and names of our classes by name."""
    found: dict[str, list[tuple[str, str]]] = {}
    for path in CODE:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, []).append((module, node.name))
    return found


def member(owner: object, name: str) -> object:
    """Return a member of a module, class or field; a field that has only a type is its type."""
    if hasattr(owner, name):
        return getattr(owner, name)
    for base in getattr(owner, "__mro__", ()):
        if name in getattr(base, "__annotations__", {}):
            return None
    return _NOT_THERE


def has_members(owner: object, names: list[str]) -> bool:
    """Return whether a chain of members exists; it ends at values whose type is not known."""
    for name in names:
        owner = member(owner, name)
        if owner is _NOT_THERE:
            return False
        if not isinstance(owner, type | ModuleType):
            return True
    return True


def names_code(parts: list[str]) -> bool:
    """Return whether parts of a name lead to a module of ours or a member of it or of a class."""
    for end in range(len(parts), 0, -1):
        for module in modules().get(".".join(parts[:end]), ()):
            if has_members(importlib.import_module(module), parts[end:]):
                return True
    return any(
        has_members(getattr(importlib.import_module(module), name), parts[1:])
        for module, name in classes().get(parts[0], ())
    )


def names_column(parts: list[str]) -> bool:
    """Return whether a name is a target of spreadsheet columns or a column of a table."""
    table = Base.metadata.tables.get(parts[0])
    return ".".join(parts) in TARGETS or (table is not None and parts[-1] in table.columns)


def names_file(parts: list[str]) -> bool:
    """Return whether a name looks like one of a file; if it is code, the file must exist."""
    if parts[-1] not in FILE_ENDINGS:
        return False
    return parts[-1] not in ("py", "html", "css", "js") or any(files_named(".".join(parts)))


@cache
def files_named(name: str) -> list[Path]:
    """Return the files of the project with a name."""
    return [
        path
        for folder in (".", "referral", "templates", "static", "tests", "bench", "soak", "docs")
        for path in ((ROOT / folder).glob(name) if folder == "." else (ROOT / folder).rglob(name))
    ]


def is_there(name: str) -> bool:
    """Return whether a dotted name names something."""
    parts = name.split(".")
    if name in ELSEWHERE or names_file(parts) or names_column(parts) or names_code(parts):
        return True
    is_ours = parts[0] in modules() or parts[0] in classes()
    return not is_ours and find_spec(parts[0]) is not None


def docstrings(path: Path) -> list[str]:
    """Return the docstrings of a module, also those below attributes."""
    return [
        node.value.value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ]


def test_each_dotted_name_of_a_docstring_is_there():
    named = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in CODE
        for text in docstrings(path)
        for name in DOTTED.findall(text)
    }
    assert len(named) > 100
    assert sorted(pair for pair in named if not is_there(pair[1])) == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_each_dotted_name_of_a_document_is_there(path):
    named = set(DOTTED.findall(path.read_text(encoding="utf-8")))
    assert sorted(name for name in named if not is_there(name)) == []
