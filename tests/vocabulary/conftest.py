"""A short search exam, as a library writes one about its own listings."""

import pytest

from referral.resources import resource_path
from referral.vocabulary.search_exam import FILE

EVERY = 20  # the whole exam is sat in tests/search/evaluation


@pytest.fixture
def short_exam(demo):
    """Put some phrases of our own exam into the demo; gives how many."""
    with (resource_path("seed_data") / FILE).open(encoding="utf-8") as file:
        head, *phrases = file
    some = phrases[::EVERY]
    (demo.settings.instance_path / FILE).write_text("".join([head, *some]), encoding="utf-8")
    return len(some)
