"""Who asks, behind proxies that are named and peers that are not."""

import logging
from dataclasses import replace
from ipaddress import ip_network

import pytest
from flask import request

from referral.app import create_app
from referral.web.client_address import client_address

NAMED = tuple(map(ip_network, ("10.0.3.0/24", "127.0.0.1", "fd00::/8")))


@pytest.fixture
def seen(instance):
    """Ask as a peer with headers; gives what a view sees."""
    found = []

    def ask(peer, headers=(), trusted=NAMED, path="/health/live"):
        app = create_app(replace(instance.settings, trusted_proxies=trusted), instance)
        app.before_request_funcs.setdefault(None, []).insert(0, lambda: found.append(look()))
        app.test_client().get(path, headers=dict(headers), environ_base={"REMOTE_ADDR": peer})
        return found[-1]

    def look():
        return client_address(), request.scheme, request.host, request.root_path

    return ask


def forwarded(for_, **more):
    return {"X-Forwarded-For": for_} | {f"X-Forwarded-{k.title()}": v for k, v in more.items()}


def test_a_named_proxy_says_for_whom_it_asks(seen):
    headers = forwarded("203.0.113.9", proto="https", host="help.example.org", prefix="/find")
    wanted = ("203.0.113.9", "https", "help.example.org", "/find")
    assert seen("10.0.3.2", headers) == wanted


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("1.1.1.1, 203.0.113.9", "203.0.113.9"),  # the first is what a browser made up
        ("1.1.1.1, 203.0.113.9, 10.0.3.7", "203.0.113.9"),  # two proxies of ours
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2f3:3:4:5:6", "2001:db8:1:200::/56"),
        ("203.0.113.9, garbage", ""),
        ("10.0.3.7", ""),
        ("127.0.0.1", ""),
        ("", ""),
        ("," * 5000, ""),
    ],
)
def test_the_address_is_the_last_that_no_proxy_of_ours_has(seen, header, address):
    assert seen("10.0.3.2", forwarded(header))[0] == address


def test_headers_of_others_are_not_believed(seen):
    headers = forwarded("1.1.1.1", proto="https", host="evil.example", prefix="/x")
    assert seen("203.0.113.9", headers) == ("203.0.113.9", "http", "localhost", "")


def test_without_the_setting_no_proxy_and_no_loopback_is_an_address(seen, caplog):
    for peer in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "", "0.0.0.0"):
        assert seen(peer, trusted=())[0] == ""
    with caplog.at_level(logging.WARNING, logger="referral.requests"):
        for proxy in ("10.0.3.2", "127.0.0.1", "::1", "fd00::2", "100.64.0.2", ""):
            assert seen(proxy, forwarded("203.0.113.9"), trusted=())[0] == "", proxy
    assert "REFERRAL_TRUSTED_PROXIES" in caplog.text
    assert "203.0.113.9" not in caplog.text


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_without_the_setting_no_header_of_a_public_peer_counts(seen, instance, name):
    assert seen("9.9.9.9", {name: "203.0.113.9"}, trusted=())[0] == "9.9.9.9"
    assert seen("2620:fe:0:12f::9", {name: "x"}, trusted=())[0] == "2620:fe:0:100::/56"
    assert not instance.unnamed_proxy.is_set()


@pytest.mark.slow
def test_the_site_answers_under_its_own_names_only(instance):
    public = {"public_url": "https://help.example.org:8443/find"}
    settings = replace(instance.settings, hosts=("desk.example.org",), **public)
    app = create_app(settings, instance)
    client = app.test_client()

    def status(host, path="/help-now"):
        return client.get(path, headers={"Host": host}).status_code

    for good in ("help.example.org", "HELP.example.org:8443", "desk.example.org", "localhost:1",
                 "127.0.0.1:8211", "[::1]:8211"):  # fmt: skip
        assert status(good) == 200, good
    for bad in (
        "evil.example",
        "help.example.org.evil.example",
        "192.0.2.5",
        "a b",
        "x@y",
        "",
        ":",
    ):
        assert status(bad) == 400, bad
    assert status("192.0.2.5:8211", "/health/live") == 200, "monitors ask machines"


def test_without_names_the_site_answers_under_addresses_and_its_machine_s_name(
    instance, monkeypatch
):
    monkeypatch.setattr("socket.gethostname", lambda: "Library-PC")
    client = create_app(instance.settings, instance).test_client()
    found = {
        host: client.get("/help-now", headers={"Host": host}).status_code
        for host in ("library-pc:8211", "library-pc.local", "192.0.2.5", "[fd00::5]:8211", "x.test")
    }
    assert list(found.values()) == [200, 200, 200, 200, 400], found
