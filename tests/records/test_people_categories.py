"""Categories that name a group of people are told from kinds of help."""

import pytest

from referral.records.people_categories import names_only_people


@pytest.mark.parametrize(
    "name",
    [
        "Families", "Seniors (55+)", "Women/Girls", "Low Income", "Low-income", "Pregnant Women",
        "African American Community", "At Risk Youth", "Ages 18+", "Young Children (3-5)",
        "Personas mayores", "Parents of Infants/Toddlers", "Older Adults",
    ],
)  # fmt: skip
def test_a_group_of_people(name):
    assert names_only_people(name)


@pytest.mark.parametrize(
    "name",
    [
        "", "Food", "Senior centers", "Women's Health", "Family Planning", "Preschool", "English",
        "Community", "Income", "Child care and children services", "Youth Employment Programs",
        "Disability", "Veterans", "Community support services", "High School", "12345",
    ],
)  # fmt: skip
def test_a_kind_of_help(name):
    assert not names_only_people(name)
