"""One website is asked: real servers of this machine, and the addresses that are refused."""

import socket
import ssl
import time
from dataclasses import replace

import pytest

from referral.outgoing_requests import (
    Network,
    RefusedAddressError,
    is_public_address,
    require_safe,
    response_to,
)
from referral.verification.records import WebsiteResult
from referral.verification.website_checks import ask_website
from tests.support.websites import website_server

AGENT = "Referral website check"


@pytest.fixture(scope="module")
def server():
    with website_server() as server:
        yield server


@pytest.mark.parametrize(
    ("path", "result", "methods"),
    [
        ("200", WebsiteResult.ANSWERS, ["HEAD"]),
        ("403", WebsiteResult.ANSWERS, ["HEAD"]),
        ("get-only", WebsiteResult.ANSWERS, ["HEAD"]),
        ("no-head", WebsiteResult.ANSWERS, ["HEAD", "GET"]),
        ("404", WebsiteResult.GONE, ["HEAD", "GET"]),
        ("410", WebsiteResult.GONE, ["HEAD", "GET"]),
        ("500", WebsiteResult.FAULT, ["HEAD", "GET"]),
    ],
)
def test_what_a_website_says(server, path, result, methods):
    server.requests.clear()
    assert ask_website(server.url("pantry.example", path), AGENT, server.network()) is result
    assert [each[0] for each in server.requests] == methods
    assert server.requests[0][1] == f"pantry.example:{server.port}"


def test_a_redirect_is_followed_and_a_circle_ends(server):
    server.requests.clear()
    onward = server.url("pantry.example", "to?" + server.url("other.example"))
    assert ask_website(onward, AGENT, server.network()) is WebsiteResult.ANSWERS
    assert [each[1] for each in server.requests] == [
        f"pantry.example:{server.port}",
        f"other.example:{server.port}",
    ]
    server.requests.clear()
    circle = server.url("pantry.example", "circle")
    assert ask_website(circle, AGENT, server.network()) is WebsiteResult.NO_ANSWER
    assert len(server.requests) == 12  # six with HEAD, six with GET


def test_a_private_host_is_asked_only_where_an_admin_named_it(server):
    def status(*named):
        network = Network(partner_hosts=frozenset(named))
        url = f"http://127.0.0.1:{server.port}/404"
        with response_to("GET", url, network, time.monotonic() + 5, {}) as response:
            return response.status

    assert status("127.0.0.1") == 404
    assert status(f"127.0.0.1:{server.port}") == 404
    for named in ((), ("127.0.0.1:1",), ("localhost",)):
        with pytest.raises(RefusedAddressError):
            status(*named)


def test_lists_come_over_https_but_from_hosts_that_an_admin_named():
    network = Network(partner_hosts=frozenset({"lists.county.internal:8080"}))
    require_safe("https://lists.example.org/all.zip", network)
    require_safe("http://lists.county.internal:8080/all.zip", network)
    for url in ("http://lists.example.org/", "http://lists.county.internal/", "ftp://a.org/", "x"):
        with pytest.raises(RefusedAddressError):
            require_safe(url, network)


@pytest.mark.parametrize(
    "where",
    [
        "http://inside.example/",  # a name that leads into a private network
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://localhost/",
        "http://2130706433/",
        "file:///etc/passwd",
        "http://pantry.example:22/",
    ],
)
def test_no_redirect_leads_into_a_private_network(server, where):
    server.requests.clear()
    network = server.network(inside_example="10.0.0.7")
    url = server.url("pantry.example", f"to?{where}")
    assert ask_website(url, AGENT, network) is WebsiteResult.NOT_ASKED
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "0.0.0.0", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "::1",
        "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1",
        "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public(address):
    assert not is_public_address(address)

    def resolve(_host, _port):
        return ("93.184.215.14", address)  # one good address does not make the other good

    assert ask_website("http://pantry.example/", AGENT, Network(resolve)) is WebsiteResult.NOT_ASKED


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "2606:2800:21f:cb07::1", "64:ff9b::5db8:d70e"]
)
def test_addresses_that_are_public(address):
    assert is_public_address(address)


def test_this_machine_is_refused_unless_a_test_allows_the_very_port(server):
    url = server.url("pantry.example")
    refusing = replace(server.network(), allowed=frozenset())
    assert ask_website(url, AGENT, refusing) is WebsiteResult.NOT_ASKED
    other = replace(server.network(), allowed=frozenset({("127.0.0.1", server.port + 1)}))
    assert ask_website(url, AGENT, other) is WebsiteResult.NOT_ASKED


def test_a_name_is_looked_up_once_for_each_request(server):
    """A name that leads elsewhere at the second look must not be asked there."""
    seen = []

    def resolve(host, _port):
        seen.append(host)
        return ("127.0.0.1",) if len(seen) == 1 else ("10.0.0.7",)

    network = replace(server.network(), resolve=resolve)
    assert ask_website(server.url("pantry.example"), AGENT, network) is WebsiteResult.ANSWERS
    assert seen == ["pantry.example"]


def test_a_website_that_sends_a_byte_now_and_then_is_left(server):
    url = server.url("pantry.example", "slow")
    assert ask_website(url, AGENT, server.network(seconds=0.4)) is WebsiteResult.NO_ANSWER


def test_no_name_and_no_server():
    def unknown(_host, _port):
        raise socket.gaierror

    assert ask_website("www.pantry.example", AGENT, Network(unknown)) is WebsiteResult.NO_NAME
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    network = Network(lambda *_: ("127.0.0.1",), allowed=frozenset({("127.0.0.1", port)}))
    url = f"http://pantry.example:{port}/"
    assert ask_website(url, AGENT, network) is WebsiteResult.NO_ANSWER


def test_certificates(tmp_path):
    file = tmp_path / "server.pem"
    with website_server(file) as server:
        url = server.url("pantry.example", scheme="https")
        network = server.network()
        assert ask_website(url, AGENT, network) is WebsiteResult.BAD_CERTIFICATE
        trusting = replace(network, tls=lambda: ssl.create_default_context(cafile=file))
        assert ask_website(url, AGENT, trusting) is WebsiteResult.ANSWERS
        other = server.url("other.example", scheme="https")  # the certificate is for another name
        assert ask_website(other, AGENT, trusting) is WebsiteResult.BAD_CERTIFICATE
