"""Requests of a pull: what is refused, and which answers are none."""

import re
import socket
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from referral.errors import RefusedError
from referral.following.changes_feed import feed_base
from referral.following.downloads import Downloads
from referral.following.fetched_list import FetchedList
from referral.following.hsds_api import fetch_from_api
from referral.formats.sandbox.parent import ReadingLimits
from referral.outgoing_requests import Network, require_safe
from referral.settings import Settings

ROOT = Path(__file__).resolve().parents[2]

LIST = b"id,name\n1,Food pantry\n"


def downloads(partner, *, named=True, largest=1 << 20, seconds=60.0, patience=30.0):
    hosts = frozenset({partner.host} if named else ())
    network = Network(partner_hosts=hosts, head_seconds=patience)
    return Downloads(network, "Referral", largest, seconds, slow_seconds=patience)


def test_a_list_comes_whole_with_its_digest_and_nothing_of_ours_is_sent(partner, tmp_path):
    partner.files["/list.csv"] = LIST
    partner.redirects["/old.csv"] = "/list.csv"
    answer = downloads(partner).file(partner.url("/old.csv"), tmp_path / "list")
    assert (tmp_path / "list").read_bytes() == LIST
    assert answer.url == partner.url("/list.csv")
    sent = {name.lower() for headers in partner.headers for name in headers}
    assert sent == {"host", "user-agent", "accept", "accept-encoding", "connection"}


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("half", "cut short"), ("half a chunk", "cut short"), ("no length", "how long it is"),
        ("reset", "cut short"), ("500", "500"), ("403", "403"),
    ],
)  # fmt: skip
def test_a_bad_answer_is_none(partner, fault, says):
    partner.fault = fault
    with pytest.raises(RefusedError, match=says):
        downloads(partner).page(partner.url("/list.csv"))


@pytest.mark.parametrize("end", ["", "/", "/hsds/3.1", "/hsds/3.1/", "/hsds/3.1/changes"])
def test_another_referral_is_found_by_each_of_its_addresses(end):
    assert feed_base(f"https://help.example.org{end}") == "https://help.example.org/hsds/3.1"


def test_a_server_that_is_off_does_not_answer(partner):
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    partners = Network(partner_hosts=frozenset({f"127.0.0.1:{port}"}))
    with pytest.raises(RefusedError, match="does not answer"):
        Downloads(partners, "Referral", 1000).page(f"http://127.0.0.1:{port}/list.csv")


def test_limits_of_size_and_time_hold(partner):
    partner.files["/list.csv"] = LIST
    with pytest.raises(RefusedError, match="megabytes"):
        downloads(partner, largest=10).page(partner.url("/list.csv"))
    with pytest.raises(RefusedError, match="cut short"):
        downloads(partner, seconds=0).page(partner.url("/list.csv"))


@pytest.mark.parametrize(
    ("fault", "says"),
    [("slow head", "cut short"), ("slow headers", "cut short"), ("slow body", "too slow")],
)
def test_an_answer_that_drips_is_not_waited_for(partner, fault, says):
    partner.fault = fault
    with pytest.raises(RefusedError, match=says):
        downloads(partner, patience=0.2).page(partner.url("/list.csv"))


def test_a_page_that_would_need_much_memory_is_not_taken_apart(partner):
    partner.files["/list.json"] = b"[" + b"{}," * 3_000_000 + b"{}]"
    with pytest.raises(RefusedError, match="A page has more than 8 megabytes"):
        downloads(partner, largest=1 << 30).page(partner.url("/list.json"))


def test_a_page_of_an_api_is_read_with_the_limits_of_files(partner, tmp_path):
    partner.about["/hsds/services"] = {"contents": [{}] * 1_900_000, "last_page": True}
    asked = downloads(partner, largest=1 << 30)
    asked.reading = ReadingLimits(memory_bytes=200 * 2**20)
    with pytest.raises(RefusedError, match="more memory than a list may take"):
        fetch_from_api(
            asked, partner.url("/hsds"), tmp_path, FetchedList(path=None), None, datetime.now(UTC)
        )


def test_a_private_host_is_refused_also_where_a_redirect_leads_there(partner):
    with pytest.raises(RefusedError, match="may not be asked"):
        downloads(partner, named=False).page(partner.url("/list.csv"))
    for inside in ("http://169.254.169.254/latest", "https://10.0.0.1/", "file:///etc/passwd"):
        partner.redirects["/list.csv"] = inside
        with pytest.raises(RefusedError, match="may not be asked"):
            downloads(partner).page(partner.url("/list.csv"))


def test_the_settings_of_the_document_can_be_used(tmp_path):
    text = (ROOT / "docs" / "following.md").read_text(encoding="utf-8")
    environ = dict(re.findall(r"^ {6}(REFERRAL_\w+)=(\S+)$", text, re.MULTILINE))
    settings = Settings.from_environment(environ, instance_path=tmp_path)
    assert settings.drop_folder == "partner-lists"
    network = Network(partner_hosts=frozenset(settings.partner_hosts))
    require_safe("http://lists.county.example:8080/all.zip", network)
