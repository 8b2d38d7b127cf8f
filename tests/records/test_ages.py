"""Groups of ages, and who takes somebody of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.records.facets import AgeGroup, age_groups_of

LIMITS = st.one_of(st.none(), st.integers(0, 250).map(lambda halves: halves / 2))


def test_the_groups_follow_one_another_and_leave_nobody_out():
    groups = list(AgeGroup)
    assert groups[0].youngest == 0
    assert groups[-1].oldest is None
    assert [each.oldest + 1 for each in groups[:-1]] == [each.youngest for each in groups[1:]]


@pytest.mark.parametrize(
    ("minimum", "maximum", "groups"),
    [
        (None, None, "0-12 13-17 18-24 25-64 65+"),
        (18, None, "18-24 25-64 65+"),
        (None, 17, "0-12 13-17"),
        (12.5, 12.9, "0-12"),
        (60, None, "25-64 65+"),
        (65, 65, "65+"),
        (None, 0, "0-12"),
    ],
)
def test_groups_by_hand(minimum, maximum, groups):
    assert " ".join(age_groups_of(minimum, maximum)) == groups


@given(LIMITS, LIMITS, st.integers(0, 125))
def test_who_takes_an_age_takes_its_group(minimum, maximum, age):
    [group] = (each for each in AgeGroup if each.oldest is None or age <= each.oldest
               if age >= each.youngest)  # fmt: skip
    if (minimum is None or minimum < age + 1) and (maximum is None or maximum >= age):
        assert group in age_groups_of(minimum, maximum)


@given(LIMITS, LIMITS)
def test_every_service_with_limits_in_order_takes_somebody(minimum, maximum):
    if minimum is None or maximum is None or minimum <= maximum:
        assert age_groups_of(minimum, maximum)
