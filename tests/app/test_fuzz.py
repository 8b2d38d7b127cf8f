"""A short form of ``python -m tests.soak fuzz``, and what is wrong with a request is said by 4xx."""

import pytest

from referral.app import create_app
from tests.soak.fuzz import Progress, field_names, fuzz


@pytest.mark.long
def test_no_odd_request_is_our_fault_or_shows_what_is_withheld(demo, tmp_path):
    progress = Progress(seed=7)
    fuzz(create_app(demo.settings, demo), demo, progress, 2_000, tmp_path / "progress.json")
    assert not progress.faults, "\n".join(progress.faults)
    assert Progress.read(tmp_path / "progress.json") == progress, "it can be continued"
    assert progress.statuses["200"] > 200, progress.statuses


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
