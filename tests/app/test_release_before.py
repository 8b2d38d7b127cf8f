"""A node of the release before serves on, while one of this release has upgraded the tables."""

import os
import re
import socket
import subprocess
import sys
import tarfile
import time
from contextlib import contextmanager
from http.cookiejar import CookieJar
from io import BytesIO
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from referral.accounts.audit import read_audit_log
from referral.directory.instance import opened_instance
from referral.records.accounts import Role
from referral.records.hsds import Organization
from referral.store import Store
from referral.store.conversion import row_from
from tests.conftest import settings_for
from tests.support.staff import PASSWORD, add_account

ROOT = Path(__file__).parents[2]
VERSIONS = "referral/store/migrations/versions/"
COMMITS_LOOKED_AT = 500
KEY = "k" * 40
START_SECONDS = 120
_KNOWN_THEN = (Role.DESK, Role.CURATION, Role.ADMIN)


def git(*words):
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=True).stdout


def migrations_of(commit):
    """Name and content of each migration, as git has them."""
    lines = git("ls-tree", commit, VERSIONS).decode().splitlines()
    return {tuple(line.split()[2:4]) for line in lines if re.search(r"/\d{4}_\w+\.py$", line)}


def commit_before():
    """The last commit that has all migrations of this one but the newest, which must only add."""
    try:
        now = migrations_of("HEAD")
        commits = git("rev-list", f"-n{COMMITS_LOOKED_AT}", "HEAD").decode().split()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("the history is not here")
    newest = max(now, key=lambda each: each[1])
    if "contracts = True" in (ROOT / newest[1]).read_text(encoding="utf-8"):
        pytest.skip("the newest migration takes away what the release before uses")
    for commit in commits:
        if migrations_of(commit) == now - {newest}:
            return commit
    pytest.skip("the history does not reach back to the migration before")
    return ""


@contextmanager
def old_node(url, folder):
    """Serve the release before, and give its address."""
    with tarfile.open(fileobj=BytesIO(git("archive", commit_before()))) as archive:
        archive.extractall(folder / "code", filter="data")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ, "PYTHONPATH": str(folder / "code"), "DATABASE_URL": url,
        "REFERRAL_SECRET_KEY": KEY, "REFERRAL_CONTACT_KEYS": KEY, "REFERRAL_RUN_JOBS": "no",
    }  # fmt: skip
    command = [sys.executable, "-m", "referral", "--instance", str(folder / "old"), "serve"]
    with subprocess.Popen(
        [*command, "--port", str(port)], cwd=folder / "code", env=environment
    ) as node:
        try:
            wait_for(f"{address}/health/ready", node)
            yield address
        finally:
            node.terminate()


def wait_for(address, node):
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            build_opener().open(address, timeout=10).close()
        except (OSError, URLError):
            assert node.poll() is None, "The release before does not start."
            assert time.monotonic() < end, "The release before is not ready."
            time.sleep(0.2)
        else:
            return


@pytest.mark.release
def test_the_release_before_serves_beside_this_one(postgresql_databases, tmp_path):
    url = postgresql_databases.empty()
    with old_node(url, tmp_path) as address:
        store = Store(url)
        assert not store.is_current(), "the old node has made its own tables"
        store.migrate()
        store.close()
        with opened_instance(settings_for(tmp_path / "new", url)) as instance:
            assert instance.store.is_current()
            account = add_account(instance, _KNOWN_THEN)
            with instance.store.write() as session:
                session.add(row_from(Organization(id="o1", name="Shelf of Hope")))
            browser = build_opener(HTTPCookieProcessor(CookieJar()))
            for page in ("/", "/help-now", "/search?q=food", "/health/ready", "/about"):
                with browser.open(address + page, timeout=30) as answer:
                    assert answer.status == 200
            post(browser, f"{address}/staff/sign-in", email=account.email, password=PASSWORD)
            with browser.open(f"{address}/curation/records?q=hope", timeout=30) as answer:
                assert "Shelf of Hope" in answer.read().decode()
            note = "Closed on Monday."
            post(browser, f"{address}/curation/vocabulary/texts/notice", english=note, spanish=note)
            instance.texts.refresh()
            assert instance.texts.text("notice").english == note
            assert read_audit_log(instance).entries[0].actor_name == account.name


def post(browser, address, **fields):
    with browser.open(address, timeout=30) as answer:
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.read().decode())[1]
    data = urlencode({"csrf_token": token, **fields}).encode()
    with browser.open(address, data, timeout=30) as answer:
        assert answer.status == 200
