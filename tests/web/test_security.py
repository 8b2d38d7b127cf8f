"""What browsers are told, what is remembered, and what is written down."""

import logging
import re

import pytest
from flask import session
from flask_wtf.csrf import generate_csrf

from referral.app import create_app
from referral.settings import Settings
from referral.web import security
from referral.web.listing_labels import web_link

PAGES = ("/", "/search?q=food&near=16335", "/help-now", "/about", "/nowhere", "/health/live")


def policy_of(response):
    parts = (part.split() for part in response.headers["Content-Security-Policy"].split(";"))
    return {name: sources for name, *sources in parts}


@pytest.mark.parametrize("path", PAGES)
def test_policy_allows_only_what_is_ours(sample_client, path):
    policy = policy_of(sample_client.get(path))
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == ["'self'"]
    assert policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    assert not any("unsafe" in source for sources in policy.values() for source in sources)


@pytest.mark.parametrize("path", PAGES)
def test_headers_are_on_every_answer(sample_client, path):
    headers = sample_client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "geolocation=()" in headers["Permissions-Policy"]
    assert headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("path", PAGES)
def test_a_terminal_keeps_no_page_and_no_cookie(sample_client, path):
    response = sample_client.get(path)
    assert response.headers["Cache-Control"] == "no-store"
    assert not response.headers.getlist("Set-Cookie")


def test_styles_may_be_kept_because_their_address_changes(sample_client):
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', sample_client.get("/").text)
    assert len(addresses) >= 3
    for address in addresses:
        with sample_client.get(address) as response:
            assert response.status_code == 200
            assert "max-age=31536000" in response.headers["Cache-Control"]
        assert "v=" in address


def test_cookies_are_locked(instance):
    app = create_app(instance.settings, instance)

    @app.get("/remember")
    def remember():
        session["a"] = "b"
        return generate_csrf()

    cookie = app.test_client().get("/remember").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_secure_cookies_on_a_secure_site(instance, tmp_path):
    settings = Settings.from_environment(
        {}, instance_path=tmp_path, secret_key="x", secure_cookies=True
    )
    app = create_app(settings, instance)

    @app.get("/remember")
    def remember():
        session["a"] = "b"
        return ""

    @app.get("/recall")
    def recall():
        return session.get("a", "nothing")

    client = app.test_client()
    response = client.get("/remember", base_url="https://localhost")
    assert response.headers["Set-Cookie"].startswith("__Host-referral=")
    assert "Secure" in response.headers["Set-Cookie"]
    assert response.headers["Strict-Transport-Security"]
    assert client.get("/recall", base_url="https://localhost").text == "b"
    value = response.headers["Set-Cookie"].partition("=")[2].partition(";")[0]
    stranger = app.test_client(use_cookies=False)  # set by another host of the domain
    sent = {"Cookie": f"referral={value}"}
    assert stranger.get("/recall", headers=sent, base_url="https://localhost").text == "nothing"
    folder = stranger.get("/remember", base_url="https://localhost/help")
    assert folder.headers["Set-Cookie"].startswith("referral=")


def test_a_page_with_a_form_token_is_not_compressed(instance):
    app = create_app(instance.settings, instance)
    pad = "<p>" + "words " * 400

    app.add_url_rule("/token", "token", lambda: generate_csrf() + pad)
    app.add_url_rule("/plain", "plain", lambda: pad)
    client = app.test_client()
    asked = {"Accept-Encoding": "gzip"}
    assert "Content-Encoding" not in client.get("/token", headers=asked).headers
    assert client.get("/plain", headers=asked).headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in client.get("/plain").headers


def test_results_are_light(plain_client):
    """For a slow line: the page, the styles and the icon of one search, as sent.

    A browser takes the first icon that it can show, which is the SVG.
    """
    asked = {"Accept-Encoding": "gzip"}
    page = plain_client.get("/search?q=food&near=16335").text
    page = re.sub(r"<link[^>]*icon[^>]*\.png[^>]*>", "", page)
    addresses = {"/search?q=food&near=16335", *re.findall(r'(?:href|src)="(/static/[^"]+)"', page)}
    total = 0
    for address in addresses:
        with plain_client.get(address, headers=asked) as response:
            total += len(response.data)
    assert total < 36_000


def test_uploads_are_limited(sample_app):
    assert sample_app.config["MAX_CONTENT_LENGTH"] <= 2 * security.MEBIBYTE


@pytest.mark.parametrize("path", ["/search?q=sekrit&near=16335", "/nowhere/sekrit?x=16335"])
def test_the_log_never_has_what_was_asked(plain_client, caplog, path):
    with caplog.at_level(logging.DEBUG):
        plain_client.get(path)
    lines = [record.getMessage() for record in caplog.records if record.name == "referral.requests"]
    assert len(lines) == 1
    assert re.fullmatch(r"GET (/search|\(no such page\)) (200|404) \d+ ms", lines[0])
    assert "sekrit" not in caplog.text
    assert "16335" not in caplog.text


def test_the_log_of_a_crash_has_no_message(instance, caplog):
    app = create_app(instance.settings, instance)
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False

    @app.get("/crash/<word>")
    def crash(word):
        raise ValueError(f"could not read {word}")

    with caplog.at_level(logging.DEBUG):
        app.test_client().get("/crash/sekrit?q=sekrit")
    assert "GET /crash/<word> failed with ValueError" in caplog.text
    assert "in crash" in caplog.text
    assert "sekrit" not in caplog.text


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://example.org/a", "https://example.org/a"),
        ("www.example.org", "https://www.example.org"),
        ("javascript:alert(1)", ""),
        ("javascript://example.org/%0aalert(1)", ""),
        ("data:text/html,x", ""),
        ("http://[", ""),
        ("see our page", ""),
        ("", ""),
    ],
)
def test_only_web_addresses_become_links(address, link):
    assert web_link(address) == link


def test_static_folders_do_not_lead_out(plain_client):
    for path in ("/static/../pyproject.toml", "/static/leaflet/../../__init__.py",
                 "/static/%2e%2e/pyproject.toml"):  # fmt: skip
        assert plain_client.get(path).status_code == 404
