"""A short form of ``python -m tests.soak fuzz``, and what is wrong with a request is said by 4xx."""

import pytest

from referral.app import create_app
from tests.soak.fuzz import field_names, fuzz
from tests.soak.progress import Progress


@pytest.mark.long
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
