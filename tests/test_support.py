"""The test infrastructure keeps its promises: real databases, and a browser that stays home."""

import socket

import pytest
from flask import Flask, Response
from pytest_socket import SocketConnectBlockedError
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.pool import NullPool

from tests.support.browser import Visit, Visitor, accessibility_faults
from tests.support.server import serving

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
