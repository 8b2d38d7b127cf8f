"""A short form of ``python -m soak fuzz``, and what is wrong with a request is said by 4xx."""

import pytest

from referral.app import create_app
from referral.records.accounts import Role
from soak.fuzz import field_names, fuzz
from soak.progress import Progress
from tests.support.staff import add_account, signed_in_client


@pytest.mark.release
def test_no_odd_request_is_our_fault_or_shows_what_is_withheld(demo, tmp_path):
    progress = Progress(tmp_path / "progress.json")
    fuzz(create_app(demo.settings, demo), demo, progress, 2_000, seed=7)
    assert not progress.numbers["faults"], "\n".join(progress.numbers["faults"])
    assert progress.numbers["status 200"] > 200, progress.numbers


def test_names_of_fields_are_found():
    assert {"q", "near", "email", "password", "code", "words", "page"} <= set(field_names())


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("BREW", "/", 405),
        ("PUT", "/search", 405),
        ("GET", "/search?page=99999999999999999999999", 302),
        ("GET", "/services/99999999999999999999", 404),
        ("GET", "/search?q=%ff%fe&near=%c3%28", 200),
        ("GET", "/%ff", 404),
        ("GET", "/l/%00", 404),
        ("POST", "/curation/vocabulary/words/9999999999999999999/remove", 404),
        ("GET", "/staff/passkey/options/sign-in", 400),
    ],
)
def test_what_cannot_be_meant_is_not_our_fault(sample_app, method, path, status):
    assert sample_app.test_client().open(path, method=method).status_code == status


def test_a_page_about_an_error_does_not_read_what_was_sent(instance, app):
    """What is no JSON, for an address that is none, of somebody who may send there."""
    add_account(instance, Role)
    client = signed_in_client(app)
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    path = "/curation/vocabulary/taxonomies/notice"
    answer = client.post(path, data=b"{", content_type="application/json")
    assert answer.status_code in {400, 404}
