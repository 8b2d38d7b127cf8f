"""Our codec against Whoosh's own, posting for posting and score for score."""

from __future__ import annotations

import ast
import multiprocessing
import random
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from whoosh import query
from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex
from whoosh.qparser import MultifieldParser

from bench.plain_schema import with_words
from referral.search import schema
from referral.search.codec import reader as codec_reader
from referral.search.codec import writer as codec_writer
from referral.search.codec.array_codec import SUFFIX, ArrayCodec
from referral.search.codec.array_file import map_arrays
from referral.search.facts import Facts, SiteFacts
from referral.search.indexing.writer import create_index, open_index, writer_of
from soak.index_kills import run_index_kills
from soak.progress import Progress
from tests.search.plain_whoosh import plain_index

CODEC = Path(codec_writer.__file__).parent
WORDS = ["help", "food", "helps", "comida", "señal", "the", "o'brien", "y.m.c.a", "zoë", "9",
         "食物", "A.A.", "Women's", "K12", "a_b", "x|y", "pantry", "rent", "ﬁne", "a\0b",
         "Ａ｜b", "ABCß"]  # fmt: skip


@st.composite
def documents(draw):
    """Draw some documents, with ids of their own."""
    texts = st.lists(st.sampled_from(WORDS), max_size=300).map(" ".join)
    parts = st.lists(texts, max_size=3).map("|".join)
    return [
        _document(
            f"s{number}",
            {name: text for name in draw(_names) if (text := draw(parts))},
            sort_name=draw(st.sampled_from(["", "a", "b c"])),
            headings=draw(st.sampled_from([(), ("food",), ("food", "legal")])),
            sites=draw(st.sampled_from([(), (SiteFacts(location_id="l", latitude=1.0),)])),
        )
        for number in range(draw(st.integers(0, 5)))
    ]


_TEXTS = [name for name in schema.TEXT_FIELDS if name != schema.WORDS]
_names = st.lists(st.sampled_from(_TEXTS), unique=True)


def _document(service_id, texts, **facts):
    return {
        schema.KEY: service_id,
        schema.FACTS: Facts(service_id=service_id, **facts),
        schema.TITLES: service_id.encode(),
        schema.NAME_KEY: sorted({text.split(" ", maxsplit=1)[0] for text in texts.values()}) or ["a"],
        **texts,
    }  # fmt: skip


def some(count, seed=1):
    """Make so many documents, always the same."""
    drawn = random.Random(seed)
    return [
        _document(
            f"s{seed}-{number}",
            {
                name: " ".join(drawn.choices(WORDS, k=drawn.randrange(1, 40)))
                for name in _TEXTS
                if drawn.random() < 0.6
            },
        )
        for number in range(count)
    ]


def built(folder, *batches):
    """Index these documents, each batch in a segment of its own."""
    folder.mkdir(exist_ok=True)
    index = create_index(folder)
    for batch in batches:
        with writer_of(index) as writer:
            for document in batch:
                writer.add_document(**document)
            writer.commit()
    return index


def contents(index):
    """Return everything a reader can say."""
    with index.reader() as reader:
        texts = list(schema.TEXT_FIELDS)
        return [
            list(reader.all_stored_fields()),
            [
                (name, term, _info(reader.term_info(name, term)), _postings(reader, name, term))
                for name, term in reader.all_terms()
            ],
            {name: reader.field_length(name) for name in reader.schema.names()},
            [
                [reader.doc_field_length(doc, name, 0) or 0 for name in texts]
                for doc in range(reader.doc_count_all())
            ],
        ]


def _info(info):
    return (info.weight(), info.doc_frequency(), info.min_length() or 0, info.max_length(),
            info.max_weight(), info.min_id(), info.max_id())  # fmt: skip


def _postings(reader, name, term):
    matcher, found = reader.postings(name, term), []
    while matcher.is_active():
        found.append((matcher.id(), matcher.weight(), matcher.value() or b""))
        matcher.next()
    return found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(batch=documents())
def test_both_codecs_have_the_same_contents(batch, tmp_path_factory):
    assert contents(built(tmp_path_factory.mktemp("index"), batch)) == contents(
        plain_index([batch])
    )


@pytest.mark.parametrize("words", [1, 1000])
def test_it_does_not_matter_where_a_batch_of_texts_ends(words, tmp_path, monkeypatch):
    monkeypatch.setattr(codec_writer, "_WORDS_IN_A_BATCH", words)
    assert contents(built(tmp_path, some(60))) == contents(plain_index([some(60)]))


def test_a_file_is_mapped_and_checked_once_while_a_reader_is_open(tmp_path, monkeypatch):
    mapped = []
    monkeypatch.setattr(
        codec_reader,
        "map_arrays",
        lambda path, about: mapped.append(path) or map_arrays(path, about),
    )
    index = built(tmp_path, some(3))
    with index.reader(), index.reader():
        assert len(mapped) == 1


QUERIES = [
    "help", "food help", "comida OR rent", '"food help"', "foo*", "pantri~1", "NOT help rent",
    "name:food", "help AND (rent OR 9)",
    query.Phrase("name", ["food", "help"]),
]  # fmt: skip


def test_whoosh_finds_the_same_over_segments_and_deletions(tmp_path):
    batches = [some(40, seed) for seed in range(1, 5)]
    found = []
    for index, codec in ((built(tmp_path, *batches), ArrayCodec()), (plain_index(batches), None)):
        writer = index.writer(codec=codec, compound=False)
        for number in (3, 17, 34):
            writer.delete_by_term(schema.KEY, f"s2-{number}")
        writer.update_document(**with_words({**some(1, 4)[0], "name": "renamed pantry"}))
        writer.commit(merge=False)
        found.append(_answers(index))
    assert found[0] == found[1]


def test_a_merge_by_whoosh_keeps_everything(tmp_path):
    index = built(tmp_path, some(40), some(40, 2))
    writer = index.writer(codec=ArrayCodec())
    writer.delete_by_term(schema.KEY, "s1-3")
    writer.add_document(**some(1, 3)[0])
    writer.commit(optimize=True)
    kept = [document for document in some(40) if document[schema.KEY] != "s1-3"]
    assert contents(index) == contents(plain_index([[*some(1, 3), *kept, *some(40, 2)]]))


def _answers(index):
    with index.searcher(weighting=schema.WEIGHTING) as searcher:
        parser = MultifieldParser(["name", "description"], index.schema)
        answers = []
        for asked in QUERIES:
            wanted = parser.parse(asked) if isinstance(asked, str) else asked
            # With a limit, Whoosh 2.7.4 misses good hits of a conjunction.
            hits = searcher.search(wanted, limit=None)
            answers.append(sorted((hit[schema.KEY], round(hit.score, 6)) for hit in hits))
        return [
            answers,
            sorted(searcher.lexicon("name")),
            (searcher.doc_count(), searcher.doc_count_all()),
            sorted(searcher.reader().terms_within("words", "pantri", 2)),
            searcher.document(service_id="s3-0"),
            sorted(searcher.reader().expand_prefix("words", "f")),
        ]


def _count(folder):
    with FileIndex(FileStorage(folder)).searcher() as searcher:
        return searcher.doc_count(), len(searcher.search(query.Term("words", "food"), limit=None))


@pytest.mark.slow
def test_another_process_reads_it(tmp_path):
    built(tmp_path, some(50))
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(_count, (str(tmp_path),)) == _count(str(tmp_path))


def test_an_open_reader_keeps_what_it_has_while_segments_go(tmp_path):
    index = built(tmp_path, some(50), some(50, 2))
    with index.searcher() as searcher:
        before = len(searcher.search(query.Term("words", "food"), limit=None))
        index.writer(codec=ArrayCodec()).commit(optimize=True)
        assert len(list(tmp_path.glob(f"*{SUFFIX}"))) == 1
        assert len(searcher.search(query.Term("words", "food"), limit=None)) == before > 0
        assert searcher.search(query.Term("name", "food"), limit=None)  # not asked before


def test_a_damaged_file_is_noticed(tmp_path):
    built(tmp_path, some(5))
    (path,) = tmp_path.glob(f"*{SUFFIX}")
    whole = path.read_bytes()
    other_version = whole.replace(b'"index": "', b'"index": "1', 1)
    for damaged in (whole[:-64], whole[:-9] + b"\1" + whole[-8:], whole[:20], b"", other_version):
        path.write_bytes(damaged)
        with pytest.raises(OSError, match="damaged"):
            open_index(tmp_path).reader()
    path.unlink()
    with pytest.raises(FileNotFoundError):
        open_index(tmp_path).reader()


def test_a_cancelled_writer_leaves_nothing(tmp_path):
    index = built(tmp_path, some(5))
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(KeyError), writer_of(index) as writer:
        writer.add_document(**some(1, 9)[0])
        raise KeyError
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert index.doc_count() == 5


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="processes are forked")
def test_a_killed_writer_leaves_the_last_commit_and_nothing_else(tmp_path):
    """``python -m soak index-kills`` does the same 200 times."""
    progress = Progress(tmp_path / "progress.json")
    run_index_kills(progress, 5)
    assert progress.numbers["kills"] == 5


def _private_uses(code: str) -> set[str]:
    """Return the names with one underscore that are used on anything but self and cls."""
    return {
        node.attr
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
        and not (isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"})
    }


def _inherited_uses(code: str) -> set[str]:
    """Return the private names of Whoosh's classes that a subclass has by self, or overrides."""
    tree = ast.parse(code)
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    theirs = {
        name
        for module in ("codec/base.py", "matching/mcore.py", "fields.py")
        for name in _defined_in(Path(query.__file__).parents[1] / module)
    }
    return (used | defined) & theirs


def _defined_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = (node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return {name for name in names if name.startswith("_") and not name.startswith("__")}


@pytest.mark.slow
def test_no_private_member_of_whoosh_is_touched():
    """Modules outside of search import no Whoosh at all; a contract sees to that."""
    for path in sorted(CODEC.parent.rglob("*.py")):
        code = path.read_text(encoding="utf-8")
        if "whoosh" in code:
            assert _private_uses(code) | _inherited_uses(code) <= {"_at"}, path
    assert _private_uses("toc = index._read_toc()") == {"_read_toc"}
    assert _inherited_uses("class Mine(Segment):\n def _random_id(self): ...") == {"_random_id"}
