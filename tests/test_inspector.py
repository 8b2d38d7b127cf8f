"""The inspecting client bites: each check finds its fault, and a good page has none."""

import pytest
from flask import Flask, Response, redirect

from tests.support.inspector import (
    ALL_CHECKS,
    PAGES_PARSED_PER_KIND,
    FaultyPageError,
    InspectingClient,
    inspecting,
)

GOOD_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self)",
}
GOOD_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Food pantries - Library</title>
<link rel="stylesheet" href="/static/site.css"></head>
<body>
<a href="#main">Skip to content</a>
<main id="main">
<h1>Food pantries</h1>
<form method="get" action="/search">
  <label for="words">What do you need?</label>
  <input id="words" name="words" aria-describedby="hint"><p id="hint">For example: rent &amp; food</p>
  <label>ZIP <input name="zip"></label>
  <button type="submit">Search</button>
</form>
<form method="post" action="/list"><input type="hidden" name="csrf_token" value="x">
  <button aria-label="Remove">×</button></form>
<p><img src="/static/a.png" alt="A pantry"> <a href="/list"><img src="/static/b.png" alt="List"></a></p>
<p><a href="https://example.org/" rel="noopener noreferrer">Their site</a> None of this is free.</p>
<script src="/static/site.js"></script>
</main>
</body>
</html>
"""


@pytest.fixture(autouse=True)
def every_page(monkeypatch):
    """Have every page inspected."""
    monkeypatch.setattr(InspectingClient, "parses_every_page", True)


def client_for(
    body: str, headers: dict[str, str] | None = None, mimetype: str = "text/html"
) -> InspectingClient:
    app = Flask("pages", static_folder=None)

    @app.get("/page")
    def page() -> Response:
        return Response(body, headers={**GOOD_HEADERS, **(headers or {})}, mimetype=mimetype)

    @app.get("/elsewhere")
    def elsewhere() -> Response:
        answer = redirect("/page")
        answer.headers.update(GOOD_HEADERS)
        return answer

    return inspecting(app)


# name of the check, what stands in the good page, what is put in its place
FAULTS = [
    ("valid-html", "<!doctype html>\n", ""),
    ("valid-html", "</main>", "</section>"),
    ("valid-html", "<h1>Food pantries</h1>", "<h1>Food pantries"),
    ("valid-html", "rent &amp; food", "rent &copy food"),
    ("one-h1", "<h1>Food pantries</h1>", ""),
    ("one-h1", "</main>", "<h1>Pantries again</h1></main>"),
    ("one-h1", "<h1>Food pantries</h1>", "<h1> </h1>"),
    ("title", "<title>Food pantries - Library</title>", "<title></title>"),
    ("title", "<title>Food pantries - Library</title>", "<title>Welcome</title>"),
    ("lang", ' lang="en"', ""),
    ("lang", ' lang="en"', ' lang="English, please"'),
    ("unique-ids", 'id="hint"', 'id="main"'),
    ("unique-ids", 'id="hint"', 'id="hint one"'),
    ("labels", '<label for="words">What do you need?</label>', ""),
    ("labels", "<label>ZIP <input name", "<input placeholder"),
    ("labels", "</main>", "<select><option>1</option></select></main>"),
    ("alt", ' alt="A pantry"', ""),
    ("forms", ' action="/search"', ""),
    ("forms", ' method="get"', ""),
    ("forms", 'action="/search"', 'action="https://example.org/"'),
    ("forms", 'name="csrf_token"', 'name="token"'),
    ("inline-code", "</main>", "<script>alert(1)</script></main>"),
    ("inline-code", "</main>", "<style>p {color: red}</style></main>"),
    ("inline-code", "<h1>", '<h1 style="color: red">'),
    ("inline-code", "<h1>", '<h1 onclick="go()">'),
    ("inline-code", 'href="/list"', 'href=" JavaScript:go()"'),
    ("assets", "/static/a.png", "//cdn.example.org/a.png"),
    ("assets", "/static/site.js", "https://example.org/site.js"),
    ("assets", "/static/site.css", "https://fonts.example.org/site.css"),
    ("assets", 'src="/static/a.png"', 'src="/a.png" srcset="/a.png 1x, https://example.org/b.png 2x"'),
    ("external-links", ' rel="noopener noreferrer"', ""),
    ("external-links", "noopener noreferrer", "noopener"),
    ("references", 'id="hint"', ""),
    ("references", 'for="words"', 'for="wrods"'),
    ("references", '"#main"', '"#content"'),
    ("empty-links", "Their site", " "),
    ("empty-links", ' aria-label="Remove">×', ">"),
    ("empty-links", 'alt="List"', 'alt=""'),
    ("empty-links", 'href="/list"', 'href="#"'),
    ("double-escaped", "rent &amp; food", "rent &amp;amp; food"),
    ("double-escaped", "rent &amp; food", "rent&lt;br&gt;food"),
    ("placeholders", "Food pantries</h1>", "Food pantries</h1><p> None </p>"),
    ("placeholders", "Food pantries</h1>", "Food pantries</h1><p>null</p>"),
    ("placeholders", "rent &amp; food", "&lt;Service object at 0x7f&gt;"),
    ("placeholders", "rent &amp; food", "%(count)s places"),
    ("placeholders", 'name="zip"', 'name="zip" value="None"'),
]  # fmt: skip

BAD_HEADERS = [
    ("csp", "Content-Security-Policy", ""),
    ("csp", "Content-Security-Policy", "default-src 'self'"),
    ("csp", "Content-Security-Policy", "script-src 'unsafe-inline'"),
    ("csp", "Content-Security-Policy", "script-src https://cdn.example.org"),
    ("csp", "Content-Security-Policy", "style-src data:"),
    ("security-headers", "X-Content-Type-Options", ""),
    ("security-headers", "Referrer-Policy", "unsafe-url"),
    ("security-headers", "X-Frame-Options", ""),
    ("security-headers", "Permissions-Policy", ""),
    ("cookies", "Set-Cookie", "session=1; HttpOnly"),
    ("cookies", "Set-Cookie", "session=1; SameSite=Lax"),
]


def test_a_good_page_has_no_fault() -> None:
    assert client_for(GOOD_PAGE).get("/page").status_code == 200


@pytest.mark.parametrize(("name", "good", "bad"), FAULTS)
def test_each_check_finds_its_fault(name: str, good: str, bad: str) -> None:
    assert good in GOOD_PAGE
    client = client_for(GOOD_PAGE.replace(good, bad, 1))
    with pytest.raises(FaultyPageError) as caught:
        client.get("/page")
    assert f"[{name}]" in str(caught.value)


@pytest.mark.parametrize(("name", "header", "value"), BAD_HEADERS)
def test_each_header_is_checked(name: str, header: str, value: str) -> None:
    if "-src" in value and not value.startswith("default-src"):
        value = f"{GOOD_HEADERS[header]}; {value}"  # one bad part in a good policy
    client = client_for(GOOD_PAGE, {header: value})
    with pytest.raises(FaultyPageError) as caught:
        client.get("/page")
    assert f"[{name}]" in str(caught.value)
    assert client.get("/page", unchecked={name}).status_code == 200


def test_every_check_is_proved_to_bite() -> None:
    proved = {name for name, _, _ in FAULTS + BAD_HEADERS} | {"forbidden"}
    assert proved == ALL_CHECKS


def test_a_check_is_switched_off_for_one_request_only() -> None:
    client = client_for(GOOD_PAGE.replace(' alt="A pantry"', ""))
    assert client.get("/page", unchecked={"alt"}).status_code == 200
    with pytest.raises(FaultyPageError, match="describe it"):
        client.get("/page")


def test_an_unknown_check_cannot_be_switched_off() -> None:
    with pytest.raises(ValueError, match="No such check"):
        client_for(GOOD_PAGE).get("/page", unchecked={"atl"})


def test_a_followed_redirect_is_inspected_too() -> None:
    client = client_for(GOOD_PAGE.replace(' alt="A pantry"', ""))
    assert client.get("/elsewhere").status_code == 302
    with pytest.raises(FaultyPageError, match=r"/page"):
        client.get("/elsewhere", follow_redirects=True)
    answer = client.get("/elsewhere", follow_redirects=True, unchecked={"alt"})
    assert answer.status_code == 200


@pytest.mark.parametrize("mimetype", ["text/html", "application/json", "text/csv"])
@pytest.mark.parametrize(
    "written",
    ["12 Hidden Lane", "12 hidden  LANE", "12&#32;Hidden Lane", "?q=12%20Hidden+Lane"],
)
def test_a_withheld_text_is_found_in_any_answer(mimetype: str, written: str) -> None:
    client = client_for(GOOD_PAGE.replace("Their site", written), mimetype=mimetype)
    client.get("/page")
    client.forbidden = ("12 Hidden Lane",)
    with pytest.raises(FaultyPageError, match="withheld"):
        client.get("/page")


def test_a_withheld_text_is_found_in_headers() -> None:
    client = client_for("{}", {"Link": "</places/hidden-lane>"}, "application/json")
    client.forbidden = ("hidden-lane",)
    with pytest.raises(FaultyPageError, match="withheld"):
        client.get("/page")


def test_a_short_run_parses_some_pages_of_a_kind_and_looks_at_all_for_forbidden_texts(monkeypatch):
    monkeypatch.setattr(InspectingClient, "parses_every_page", False)
    faulty = client_for(GOOD_PAGE.replace("</h1>", "</h1><h1>Twice</h1>"))
    for _ in range(PAGES_PARSED_PER_KIND):
        with pytest.raises(FaultyPageError, match="one-h1"):
            faulty.get("/page?a=1")
    faulty.get("/page?a=1")
    faulty.forbidden = ("Twice",)
    with pytest.raises(FaultyPageError, match="forbidden"):
        faulty.get("/page?a=1")
