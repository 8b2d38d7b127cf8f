"""Which page an address asks for: one rule for all lists."""

import pytest
from flask import Flask

from referral.app import create_app
from referral.records.accounts import Role
from referral.web.current import LARGEST_PAGE, page_number
from tests.support.inspector import soup_of
from tests.support.staff import add_account, signed_in_client

FIRST = ["", "page=", "page=0", "page=000", "page=-2", "page=+2", "page=2.5", "page=two",
         "page=%202", "page=2%00", "page=%D9%A2", "page=%C2%B2", "page=0x2"]  # fmt: skip
PAST = "page=999999"
ODD = ("", "page=0", "page=-1", "page=two")
LONG_LISTS = ("/curation/records", "/curation/unreached", "/curation/verification",
              "/curation/vocabulary/words", "/curation/vocabulary/rules",
              "/curation/vocabulary/danger")  # fmt: skip
SHORT_LISTS = ("/curation/duplicates", "/curation/proposals", "/curation/suggestions", "/curation/suggestions/services",
               "/curation/suggestions/decided", "/curation/quality/no-hours",
               "/admin/audit-log")  # fmt: skip


@pytest.mark.parametrize(
    ("query", "number"),
    [
        *((each, 1) for each in FIRST),
        ("page=2", 2),
        ("page=0002", 2),
        ("page=2&page=5", 2),
        ("page=999999", LARGEST_PAGE),
        ("page=1000000", LARGEST_PAGE),
        ("page=" + "9" * 5000, LARGEST_PAGE),
    ],
)
def test_what_is_no_page_is_the_first_one(query, number):
    with Flask(__name__).test_request_context(f"/?{query}"):
        assert page_number() == number


@pytest.mark.slow
def test_each_list_shows_its_first_page_for_what_is_none_and_its_last_past_the_end(demo):
    add_account(demo, [Role.ADMIN, Role.CURATION])
    staff = signed_in_client(create_app(demo.settings, demo))
    for path in LONG_LISTS:
        places = {query: _place(staff, f"{path}?{query}") for query in (*ODD, PAST)}
        last = places.pop(PAST)
        pages = last.rsplit(" ", 1)[1]
        assert int(pages) > 1, path
        assert last == f"Page {pages} of {pages}", path
        assert set(places.values()) == {f"Page 1 of {pages}"}, path
    for path in SHORT_LISTS:
        assert all(staff.get(f"{path}?{query}").status_code == 200 for query in (*ODD, PAST)), path


def _place(client, address):
    return soup_of(client.get(address)).select_one("nav.pager .gap").get_text()
