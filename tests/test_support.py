"""The test infrastructure keeps its promises: real databases, and a browser that stays home."""

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response
from pytest_socket import SocketConnectBlockedError
from sqlalchemy import create_engine, inspect, literal, select, text
from sqlalchemy.pool import NullPool
from sqlalchemy.sql.compiler import SQLCompiler

from referral.store import Store
from tests.support.browser import Visit, Visitor, accessibility_faults
from tests.support.quick_files import keep_files_in_memory
from tests.support.server import serving

SKIPPING = """import pytest
@pytest.mark.long
def test_long(): pass
@pytest.mark.skip(reason="no  printer")
def test_one(): pass
def test_two(): pytest.skip("no printer")
"""
PAGE = """<!doctype html><html lang="en"><head><title>Hello</title></head>
<body><main><h1>Hello</h1><p id="js">no script</p>{}</main></body></html>"""


def site(extra: str) -> Flask:
    app = Flask("site", static_folder=None)

    @app.get("/")
    def home() -> Response:
        policy = {"Content-Security-Policy": "default-src 'self'; img-src 'self' http:"}
        return Response(PAGE.format(extra), headers=policy)

    @app.get("/favicon.ico")
    def icon() -> Response:
        return Response(status=204)

    @app.get("/site.js")
    def script() -> Response:
        return Response(
            "document.getElementById('js').textContent = 'script'", mimetype="text/javascript"
        )

    return app


@pytest.mark.parametrize("_again", [1, 2])
def test_each_test_starts_with_an_empty_database(empty_database_url: str, _again: int) -> None:
    engine = create_engine(empty_database_url, poolclass=NullPool)
    with engine.begin() as connection:
        assert inspect(connection).get_table_names() == []
        connection.execute(text("CREATE TABLE left_over (id INTEGER)"))


@pytest.mark.parametrize("_again", [1, 2])
def test_each_test_starts_with_a_migrated_database(database_url: str, _again: int) -> None:
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.begin() as connection:
        tables = inspect(connection).get_table_names()
        assert "alembic_version" in tables
        assert "left_over" not in tables
        connection.execute(text("CREATE TABLE left_over (id INTEGER)"))


def test_no_test_reaches_another_host() -> None:
    # The address is one that is reserved for examples, should this ever fail to be refused.
    with pytest.warns(UserWarning, match="A test tried"), socket.socket() as connection:
        with pytest.raises(SocketConnectBlockedError):
            connection.connect(("192.0.2.1", 80))


@pytest.mark.browser
@pytest.mark.parametrize(("javascript", "shown"), [(True, "script"), (False, "no script")])
def test_the_browser_opens_a_page_with_and_without_scripts(
    visit: Visit, javascript: bool, shown: str
) -> None:
    with serving(site('<script src="/site.js"></script>')) as address:
        page = visit(address, javascript=javascript)
        assert page.locator("#js").text_content() == shown


@pytest.mark.browser
@pytest.mark.parametrize(
    ("extra", "fault"),
    [
        ('<img src="http://cdn.example.org/a.png" alt="">', "asked another host"),
        ("<script>document.title = 'x'</script>", "blocked by the policy"),
    ],
)
def test_the_browser_reports_what_no_page_may_do(chromium, extra: str, fault: str) -> None:
    visitor = Visitor(chromium)
    with serving(site(extra)) as address:
        visitor.visit(address)
        with pytest.raises(AssertionError, match=fault):
            visitor.close()


@pytest.mark.browser
def test_axe_finds_a_fault_and_only_where_there_is_one(visit: Visit) -> None:
    with serving(site("<img src='/favicon.ico'>")) as address:
        (fault,) = accessibility_faults(visit(address))
    assert "image-alt" in fault
    with serving(site("")) as address:
        assert accessibility_faults(visit(address)) == []


def test_files_lie_in_memory_unless_a_place_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    named, memory = tmp_path / "named", tmp_path / "memory"
    named.mkdir()
    memory.mkdir()
    monkeypatch.setenv("TMPDIR", str(named))
    keep_files_in_memory(memory, least=0)
    assert tempfile.gettempdir() == str(named)
    monkeypatch.delenv("TMPDIR")
    keep_files_in_memory(tmp_path / "nowhere", least=0)
    keep_files_in_memory(memory, least=2**62)
    assert "TMPDIR" not in os.environ
    keep_files_in_memory(memory, least=0)
    assert os.environ["TMPDIR"] == tempfile.gettempdir() == str(memory)


def test_a_statement_is_compiled_once_for_all_databases_of_a_kind(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    compiled: list[object] = []
    compile_select = SQLCompiler.visit_select

    def noted(compiler: SQLCompiler, statement: object, *more: Any, **options: Any) -> str:
        compiled.append(statement)
        return compile_select(compiler, statement, *more, **options)

    monkeypatch.setattr(SQLCompiler, "visit_select", noted)
    for name in ("one", "other"):
        store = Store(f"sqlite:///{tmp_path / name}.sqlite3")
        with store.read() as session:
            assert session.scalar(select(literal(7).label("only_here"))) == 7
        store.close()
    assert len(compiled) == 1


@pytest.mark.parametrize(
    ("options", "counts"),
    [
        ([], ["2  no printer", "1  long: go.py test --long runs it", "3 skipped"]),
        (["--long"], ["2  no printer", "1 passed, 2 skipped"]),
    ],
)
def test_a_run_ends_by_saying_how_many_tests_were_skipped_and_why(
    options: list[str], counts: list[str], tmp_path: Path
) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = long")
    (tmp_path / "test_skipping.py").write_text(SKIPPING)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "tests.support.skips",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(
        [*command, "--rootdir", tmp_path, "-c", tmp_path / "pytest.ini", tmp_path, *options],
        cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = [line.strip() for line in done.stdout.splitlines()[-len(counts) :]]
    assert [line.partition(" in ")[0] for line in lines] == counts
