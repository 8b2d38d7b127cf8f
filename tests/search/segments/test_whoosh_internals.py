"""The private members of Whoosh that we use are where they were, and used in one module only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from whoosh.filedb.filestore import RamStorage
from whoosh.index import TOC
from whoosh.writing import NO_MERGE, SegmentWriter

from referral.search import schema
from referral.search.segments import whoosh_internals
from referral.search.segments.whoosh_internals import LENGTH_OF_BYTE, PRIVATE_MEMBERS, read_commit

ROOT = Path(__file__).resolve().parents[3]
ADAPTER = "referral/search/segments/whoosh_internals.py"
MOVED = "Whoosh no longer has {}: mend whoosh_internals.py, or stay with whoosh 2.7.4"

# Parts of Whoosh that its manual does not describe: codecs, packing, the table of contents.
UNDOCUMENTED = ("whoosh.codec", "whoosh.system", "whoosh.util")
UNDOCUMENTED_NAMES = {"TOC", "NO_MERGE"}
# Public names, but of the codec, not of the manual.
WRITER_ATTRIBUTES = (
    "docnum", "fieldwriter", "is_closed", "newsegment", "perdocwriter", "schema", "segments",
)  # fmt: skip
SEGMENT_METHODS = (
    "deleted_count", "deleted_docs", "doc_count", "doc_count_all", "is_deleted", "segment_id",
)  # fmt: skip
PER_DOCUMENT_METHODS = ("add_column_value", "add_field", "close", "finish_doc", "start_doc")
FIELD_METHODS = ("close", "finish_field", "finish_term", "start_field", "start_term")


@pytest.fixture
def writer() -> Iterator[SegmentWriter]:
    """Give a writer of Whoosh's own, in the middle of a term."""
    index = RamStorage().create_index(schema.make_schema())
    writer = index.writer(compound=False)
    writer.fieldwriter.start_field("name", writer.schema["name"])
    writer.fieldwriter.start_term(b"help")
    yield writer
    writer.cancel()


def missing(thing: object, names: frozenset[str] | tuple[str, ...]) -> list[str]:
    return [f"{type(thing).__name__}.{name}" for name in names if not hasattr(thing, name)]


def test_every_private_member_is_where_it_was(writer) -> None:
    fields = writer.fieldwriter
    inside = [writer, fields, getattr(fields, "_postwriter", None)]
    found = {type(thing): thing for thing in inside}
    assert found.keys() == PRIVATE_MEMBERS.keys(), MOVED.format(
        f"{[kind.__name__ for kind in PRIVATE_MEMBERS.keys() - found.keys()]} in its writer"
    )
    gone = [name for kind, names in PRIVATE_MEMBERS.items() for name in missing(found[kind], names)]
    assert not gone, MOVED.format(", ".join(gone))


def test_every_undocumented_member_is_where_it_was(writer) -> None:
    gone = [
        *missing(writer, WRITER_ATTRIBUTES),
        *missing(writer.newsegment, SEGMENT_METHODS),
        *missing(writer.perdocwriter, PER_DOCUMENT_METHODS),
        *missing(writer.fieldwriter, FIELD_METHODS),
    ]
    assert not gone, MOVED.format(", ".join(gone))


def test_a_commit_calls_what_we_override() -> None:
    called = []

    class Writer(SegmentWriter):
        def _flush_segment(self):
            called.append("_flush_segment")
            super()._flush_segment()

    index = RamStorage().create_index(schema.make_schema())
    for adds in (True, False):
        writer = Writer(index, compound=False)
        writer._added = adds
        writer.commit(mergetype=NO_MERGE)
        assert called == ["_flush_segment"], MOVED.format("_flush_segment or _added in a commit")


def test_a_commit_is_read_from_its_table_of_contents() -> None:
    index = RamStorage().create_index(schema.make_schema())
    with index.writer() as writer:
        writer.add_document(**{schema.KEY: "a"})
    commit, segments = read_commit(index)
    assert (commit, [segment.doc_count_all() for segment in segments]) == (1, [1])
    assert TOC._filename(index.indexname, commit) == "_MAIN_1.toc", MOVED.format("this file name")


def test_a_byte_stands_for_the_length_it_stood_for() -> None:
    """Index files hold these bytes, so that other numbers would be other scores."""
    assert LENGTH_OF_BYTE[:6] == [0, 1, 2, 3, 4, 5]
    assert len(LENGTH_OF_BYTE) == 256
    assert (LENGTH_OF_BYTE[100], LENGTH_OF_BYTE[200]) == (667, 17814)


def private_uses(tree: ast.Module) -> set[str]:
    """Return the names with one underscore that are read or set on anything but self and cls."""
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
        and not (isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"})
    }


def whoosh_imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield module and name of each import from Whoosh."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "whoosh":
            yield from ((node.module or "", alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((a.name, "") for a in node.names if a.name.split(".")[0] == "whoosh")


def inherited_uses(tree: ast.Module) -> set[str]:
    """Return the private names of Whoosh's writer that a subclass overrides, or has by self."""
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    return (used | defined) & PRIVATE_MEMBERS[SegmentWriter]


def test_the_list_of_private_members_is_whole() -> None:
    """Those that we use are those that are watched, no more and no fewer."""
    tree = ast.parse((ROOT / ADAPTER).read_text(encoding="utf-8"))
    listed = set().union(*PRIVATE_MEMBERS.values())
    assert private_uses(tree) | inherited_uses(tree) == listed
    assert whoosh_internals.__doc__
    assert "PRIVATE_MEMBERS" in whoosh_internals.__doc__


def hidden_uses(tree: ast.Module) -> Iterator[str]:
    """Yield what a module imports of Whoosh's inside, and the private names that it touches."""
    for module, name in whoosh_imports(tree):
        parts = (*module.split("."), name)
        is_private = any(part.startswith("_") for part in parts)
        if is_private or module.startswith(UNDOCUMENTED) or name in UNDOCUMENTED_NAMES:
            yield f"{module}.{name}"
    yield from sorted(private_uses(tree) | inherited_uses(tree))


@pytest.mark.slow
def test_no_other_module_touches_private_members_of_whoosh() -> None:
    """Modules outside of search import no Whoosh at all; a contract sees to that."""
    wrong = [
        f"{name}: {use}: put it into {ADAPTER}, behind a function"
        for path in sorted((ROOT / "referral" / "search").rglob("*.py"))
        if (name := path.relative_to(ROOT).as_posix()) != ADAPTER
        for use in hidden_uses(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("code", "use"),
    [
        ("from whoosh.codec.whoosh3 import W3Codec", "whoosh.codec.whoosh3.W3Codec"),
        ("from whoosh.index import _DEF_INDEX_NAME", "whoosh.index._DEF_INDEX_NAME"),
        ("import whoosh.util", "whoosh.util."),
        ("toc = index._read_toc()", "_read_toc"),
        ("self._writer._ids = ids", "_ids"),
        ("class Writer(SegmentWriter):\n    def _flush_segment(self): ...", "_flush_segment"),
    ],
)
def test_each_way_to_touch_them_is_seen(code, use) -> None:
    assert list(hidden_uses(ast.parse(code))) == [use]
