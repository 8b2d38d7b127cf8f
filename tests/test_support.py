"""Tests reach no other host, a browser reports faults, and the core is what needs nothing."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask, Response
from pytest_socket import SocketConnectBlockedError

from tests.support.browser import Visit, Visitor, accessibility_faults
from tests.support.server import serving

SMALL_SUITE = """import pytest
from tests.support.skips import skip_or_fail
@pytest.fixture
def browsers(request): skip_or_fail(request, "no  browser here")
@pytest.mark.slow
def test_slow(): pass
@pytest.mark.smoke
def test_walk(browsers): pass
@pytest.mark.skip(reason="no  printer")
def test_printer(): pass
def test_other_printer(): pytest.skip("no printer")
"""
PAGE = """<!doctype html><html lang="en"><head><title>Hello</title></head>
<body><main><h1>Hello</h1><p id="js">no script</p>{}</main></body></html>"""


def flask_site(extra: str) -> Flask:
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
    with serving(flask_site('<script src="/site.js"></script>')) as address:
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
    with serving(flask_site(extra)) as address:
        visitor.visit(address)
        with pytest.raises(AssertionError, match=fault):
            visitor.close()


@pytest.mark.browser
def test_axe_finds_a_fault_and_only_where_there_is_one(visit: Visit) -> None:
    with serving(flask_site("<img src='/favicon.ico'>")) as address:
        (fault,) = accessibility_faults(visit(address))
    assert "image-alt" in fault
    with serving(flask_site("")) as address:
        assert accessibility_faults(visit(address)) == []


def run_small_suite(folder: Path, *options: str) -> list[str]:
    """Run the tests of ``SMALL_SUITE`` with our plugin; return the lines of the report."""
    (folder / "pytest.ini").write_text(
        "[pytest]\nmarkers = slow\n  smoke\n  core\n  browser\n  postgresql"
    )
    (folder / "test_small.py").write_text(SMALL_SUITE)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.support.skips"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", "--rootdir", folder, "-c", folder / "pytest.ini",
         folder, *options],
        cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False,
    )  # fmt: skip
    return [line.strip() for line in done.stdout.splitlines()]


@pytest.mark.slow
def test_a_run_ends_with_the_number_of_skipped_tests_by_reason(tmp_path: Path) -> None:
    lines = run_small_suite(tmp_path)[-3:]
    assert lines[:2] == ["2  no printer", "1  no browser here"]
    assert lines[2].startswith("1 passed, 3 skipped in ")


@pytest.mark.slow
def test_the_core_is_what_needs_nothing_and_is_not_slow(tmp_path: Path) -> None:
    lines = run_small_suite(tmp_path, "-m", "core", "--collect-only")
    names = {line.partition("::")[2] for line in lines if "::" in line}
    assert names == {"test_printer", "test_other_printer", "test_walk"}


@pytest.mark.slow
def test_a_complete_run_fails_where_something_is_missing(tmp_path: Path) -> None:
    lines = run_small_suite(tmp_path, "--complete")
    assert any("1 passed, 2 skipped, 1 error" in line for line in lines), lines
