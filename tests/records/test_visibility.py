"""The rule of who may see which record."""

import pytest

from referral.records.visibility import (
    Audience,
    Visibility,
    may_see,
    sees_other_days,
    statuses_shown_to,
    strictest,
    visible_to,
)

PUBLIC, STAFF, WITHHELD = Visibility


@pytest.mark.parametrize(
    ("audience", "visible", "statuses"),
    [
        (Audience.PUBLIC, {PUBLIC}, {"active", "temporarily closed"}),
        (Audience.STAFF, {PUBLIC, STAFF}, {"active", "temporarily closed", "inactive"}),
        (Audience.CURATION, {PUBLIC, STAFF, WITHHELD},
         {"active", "temporarily closed", "inactive", "defunct"}),
    ],
)  # fmt: skip
def test_each_audience_sees_this_and_no_more(audience, visible, statuses):
    assert visible_to(audience) == visible
    assert statuses_shown_to(audience) == statuses
    assert sees_other_days(audience) is (audience is not Audience.PUBLIC)


def test_a_record_with_a_parent_is_as_strict_as_the_strictest():
    assert strictest("public", "withheld", "staff") is WITHHELD
    assert strictest() is PUBLIC
    assert may_see(Audience.STAFF, PUBLIC, STAFF)
    assert may_see(Audience.CURATION, PUBLIC)
    assert not may_see(Audience.STAFF, PUBLIC, WITHHELD)
