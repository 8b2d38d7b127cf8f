"""Two nodes that are processes, behind a balancer that gives each connection to the next."""

import io
import re
import time
import zipfile
from contextlib import ExitStack
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from referral.directory.instance import opened_instance
from referral.records.accounts import Role
from soak.failover import served
from tests.conftest import settings_for
from tests.support.balancer import balancing
from tests.support.provider_lists import pantry_list, zipped
from tests.support.staff import PASSWORD, add_account

SECONDS = 180

pytestmark = pytest.mark.release


class Browser:
    """Asks with cookies, each time by a new connection, so each time another node."""

    def __init__(self, address):
        self.address = address
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()))

    def ask(self, path, data=None, **headers):
        """Give the address that was led to, and what it answers."""
        request = Request(self.address + path, data, headers)
        with self.opener.open(request, timeout=60) as answer:
            return answer.url.removeprefix(self.address), answer.read()

    def text(self, path):
        return self.ask(path)[1].decode()

    def post(self, path, page, **fields):
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.text(page))[1]
        fields = {"csrf_token": token, **fields}
        if not any(isinstance(value, FileStorage) for value in fields.values()):
            return self.ask(path, urlencode(fields).encode())[0]
        boundary, body = encode_multipart(fields)
        kind = {"Content-Type": f'multipart/form-data; boundary="{boundary}"'}
        return self.ask(path, body, **kind)[0]

    def wait_for(self, path, pattern):
        """Give what the pattern finds, once both nodes have said it, one after the other."""
        end = time.monotonic() + SECONDS
        while True:
            found = [re.search(pattern, self.text(path)) for _node in range(2)]
            if all(found):
                return found[0]
            assert time.monotonic() < end, f"{path} does not say {pattern}."
            time.sleep(0.2)


def test_sign_in_import_and_export_through_a_balancer(postgresql_databases, tmp_path):
    url = postgresql_databases.migrated()
    with opened_instance(settings_for(tmp_path / "first", url)) as instance:
        add_account(instance, [Role.ADMIN])
    with ExitStack() as stack:
        nodes = []
        for name in ("one", "two"):
            (tmp_path / name).mkdir(mode=0o700)
            node = served(tmp_path / name, url, REFERRAL_RUN_JOBS="yes")
            nodes.append(stack.enter_context(node))
        address, asked = stack.enter_context(balancing(nodes))
        browser = Browser(address)
        signed_in = browser.post(
            "/staff/sign-in", "/staff/sign-in", email="pat@example.org", password=PASSWORD
        )
        assert signed_in == "/staff"
        content = io.BytesIO(zipped(pantry_list(tmp_path / "list")).read_bytes())
        new = "/admin/imports/new"
        page = browser.post(
            new, new, source="pantries", format="auto", list=FileStorage(content, "list.zip")
        )
        browser.wait_for(page, "Apply what is accepted")
        browser.post(f"{page}/apply", page)
        browser.wait_for(page, r"Applied\.")
        browser.wait_for("/search?q=groceries", "Food pantry")
        browser.post("/admin/exports", "/admin/exports", form="hsds-csv", source="")
        link = browser.wait_for("/admin/exports", r'href="(/admin/exports/[0-9a-f-]+/file)"')
        for _node in range(2):
            with zipfile.ZipFile(io.BytesIO(browser.ask(link[1])[1])) as exported:
                assert b"Food pantry" in exported.read("services.csv")
        assert set(asked) == set(nodes)
        assert abs(asked.count(nodes[0]) - asked.count(nodes[1])) <= 1
