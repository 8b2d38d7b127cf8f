"""When a followed source is looked at again."""

from datetime import timedelta

import pytest

from referral.following.pulls import pause_after


@pytest.mark.parametrize(
    ("failures", "every_hours", "hours"),
    [
        (0, 24, 24), (0, 1, 1), (1, 24, 0.25), (2, 24, 0.5), (3, 24, 1), (8, 24, 32), (9, 24, 48),
        (40, 24, 48), (9, 60, 60), (40, 60, 60), (8, 60, 32),
    ],
)  # fmt: skip
def test_each_failure_doubles_the_pause_up_to_two_days_or_the_usual_one(
    failures, every_hours, hours
):
    assert pause_after(failures, every_hours) == timedelta(hours=hours)
