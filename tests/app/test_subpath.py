"""In a folder of another site: a little proxy takes the folder off, and every link keeps it."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup

from referral.app import create_app
from referral.records.accounts import Role
from tests.support.server import serving
from tests.support.staff import PASSWORD, add_account

FOLDER = "/help"
LOCAL = (ip_network("127.0.0.0/8"),)


class FolderProxy(BaseHTTPRequestHandler):
    """Hands on what is below the folder, and says so as our files for Caddy and nginx do."""

    behind = ""

    def answer(self):
        if not self.path.startswith(f"{FOLDER}/"):
            self.send_error(404)
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {
            **self.headers,
            "X-Forwarded-For": "192.0.2.7",
            "X-Forwarded-Proto": "http",
            "X-Forwarded-Host": self.headers["Host"],
            "X-Forwarded-Prefix": FOLDER,
        }
        site = HTTPConnection(self.behind)
        site.request(self.command, self.path.removeprefix(FOLDER), body, headers)
        answer = site.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"transfer-encoding", "connection", "content-length"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        site.close()

    do_GET = do_POST = answer  # noqa: N815  # as http.server calls them

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def in_folder(app) -> Iterator[str]:
    """Serve an app behind the proxy; yields the host."""
    with serving(app) as address:
        handler = type("Handler", (FolderProxy,), {"behind": urlsplit(address).netloc})
        proxy = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        thread = threading.Thread(target=proxy.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{proxy.server_port}"
        finally:
            proxy.shutdown()
            proxy.server_close()
            thread.join()


@pytest.fixture
def host(demo):
    add_account(demo, [Role.ADMIN])
    settings = replace(demo.settings, trusted_proxies=LOCAL)
    with in_folder(create_app(settings, demo)) as host:
        yield host


def ask(host, path, *, cookies="", body=None):
    connection = HTTPConnection(host)
    headers = {"Cookie": cookies}
    if body is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request("POST" if body is not None else "GET", path, body, headers)
    answer = connection.getresponse()
    text = answer.read().decode("utf-8", errors="replace")
    connection.close()
    return answer, text


def addresses(text):
    """The addresses of this site on a page."""
    found = re.findall(r'\b(?:href|src|action|data-\w+-address)="([^"]*)"', text)
    return {each.split("#")[0].replace("&amp;", "&") for each in found if each[:1] == "/"}


def test_every_link_of_the_pages_stays_in_the_folder(host):
    waiting, seen = [f"{FOLDER}/", f"{FOLDER}/search?q=food&near=16335", f"{FOLDER}/my-list"], set()
    while waiting and len(seen) < 60:
        path = waiting.pop(0)
        seen.add(path)
        answer, text = ask(host, path)
        assert answer.status in {200, 302, 303, 400, 404, 405}, path
        assert urlsplit(answer.getheader("Location") or FOLDER).path.startswith(FOLDER), path
        found = addresses(text) if "html" in answer.getheader("Content-Type", "") else set()
        outside = {each for each in found if not each.startswith(f"{FOLDER}/")}
        assert not outside, path
        kinds = {re.sub(r"[0-9a-f-]{36}|\?.*", "", each) for each in seen | set(waiting)}
        for each in sorted(found):
            kind = re.sub(r"[0-9a-f-]{36}|\?.*", "", each)
            if kind not in kinds:
                kinds.add(kind)
                waiting.append(each)
    assert len(seen) > 40


def test_addresses_that_are_given_away_have_the_folder_once(host):
    _, text = ask(host, f"{FOLDER}/about")
    shared = re.findall(r'(?:content|href)="(http[^"]*)"', text)
    ours = [each for each in shared if host in each]
    assert ours
    assert all(urlsplit(each).path.count(FOLDER) == 1 for each in ours)


@pytest.mark.slow
def test_staff_sign_in_with_cookies_of_the_folder(host):
    answer, text = ask(host, f"{FOLDER}/staff/sign-in")
    cookies = [value for name, value in answer.getheaders() if name == "Set-Cookie"]
    token = BeautifulSoup(text, "html5lib").select_one("input[name=csrf_token]")["value"]
    sent = "; ".join(each.split(";")[0] for each in cookies)
    body = f"csrf_token={token}&email=pat%40example.org&password={PASSWORD.replace(' ', '+')}"
    answer, _ = ask(host, f"{FOLDER}/staff/sign-in", cookies=sent, body=body)
    assert answer.status == 302
    assert urlsplit(answer.getheader("Location")).path.startswith(FOLDER)
    cookies += [value for name, value in answer.getheaders() if name == "Set-Cookie"]
    assert any(each.startswith("referral_staff=") for each in cookies)
    paths = {re.search(r"Path=([^;]*)", each)[1] for each in cookies}
    assert all(path.startswith(FOLDER) for path in paths), paths
