"""Error pages say what happened and what to do, keep the help lines, and need no database."""

import pytest

from referral.app import create_app
from referral.errors import IndexUnavailableError
from tests.support.inspector import inspecting, soup_of


@pytest.fixture
def broken_app(instance):
    """Give a site with views that fail in each way, on a directory that is closed."""
    app = create_app(instance.settings, instance)
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False

    @app.get("/abort/<int:code>")
    def fail(code):
        from werkzeug.exceptions import abort

        abort(code)

    @app.get("/crash")
    def crash():
        raise RuntimeError("private words")

    @app.get("/no-index")
    def no_index():
        raise IndexUnavailableError("later")

    @app.post("/take")
    def take():
        from flask import request

        return str(len(request.get_data()))

    return app


def check_page(response, code):
    soup = soup_of(response)
    assert response.status_code == code
    assert soup.select_one(".crisis-strip a[href='tel:988']")
    assert soup.select_one(".crisis-strip a[href='tel:911']")
    assert soup.select_one("main a[href='/']")
    assert "Ask a librarian" in soup.get_text()
    assert str(code) not in soup.h1.get_text()


@pytest.mark.parametrize("code", [400, 404, 405, 413, 418, 429, 500, 502, 503])
def test_each_error_is_a_page(broken_app, code):
    check_page(inspecting(broken_app).get(f"/abort/{code}"), code)


def test_a_crash_is_a_page_and_tells_nothing(broken_app):
    response = inspecting(broken_app, "private words", "RuntimeError").get("/crash")
    check_page(response, 500)


def test_an_index_in_the_making_is_a_page(broken_app):
    response = inspecting(broken_app).get("/no-index")
    check_page(response, 503)
    assert response.headers["Retry-After"]


def test_a_wrong_method_says_which_are_right(broken_app):
    response = inspecting(broken_app).get("/take")
    check_page(response, 405)
    assert "POST" in response.headers["Allow"]


def test_too_much_is_a_page(broken_app):
    broken_app.config["WTF_CSRF_ENABLED"] = False
    response = inspecting(broken_app).post("/take", data=b"x" * (3 * 1024 * 1024))
    check_page(response, 413)


def test_a_form_without_its_token_is_refused(broken_app):
    check_page(inspecting(broken_app).post("/take", data={"a": "b"}), 400)


@pytest.mark.parametrize("path", ["/", "/search?q=food", "/organizations", "/headings/health"])
def test_with_the_database_gone_the_help_lines_stay(broken_app, instance, path):
    with instance.store.write() as session:
        from sqlalchemy import text

        session.connection().execute(text("DROP TABLE service_heading"))
        session.connection().execute(text("ALTER TABLE heading RENAME TO heading_gone"))
        session.connection().execute(text("ALTER TABLE organization RENAME TO organization_gone"))
    response = inspecting(broken_app).get(path)
    assert response.status_code in {500, 503}
    check_page(response, response.status_code)


def test_the_help_page_needs_no_database(broken_app, instance):
    instance.store.close()
    assert inspecting(broken_app).get("/help-now").status_code == 200
