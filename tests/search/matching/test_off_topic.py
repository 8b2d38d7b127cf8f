"""Words of another sense, on a list that nobody tagged: a sleep center is no place to sleep."""

import pytest

from referral.search.query import SearchQuery
from referral.store.rows import ServiceRow
from tests.support.untagged_list import fill_untagged, suggest

SHELTERS = {
    f"shelter {number}": (f"{name} House", "Overnight shelter with beds for homeless people.")
    for number, name in enumerate(("Elm", "Oak", "Ash", "Fir", "Yew", "Bay", "Fig"))
}
CENTER = "Sleep Center"
PLACES = {
    **SHELTERS,
    "center": (CENTER, "Sleep studies: a night in our sleep laboratory, a sleep clinic."),
    **{f"class {number}": (f"Quilt class {number}", "Sewing on Mondays.") for number in range(60)},
}


@pytest.fixture
def directory_url(databases):
    return databases.filled(shelters_and_a_center)


def shelters_and_a_center(directory):
    fill_untagged(directory, PLACES)
    suggest(directory)


def test_what_the_words_mean_comes_before_what_has_the_words(directory):
    directory.index.sync()
    answer = directory.index.search(SearchQuery(words="place to sleep", limit=20))
    with directory.store.read() as session:
        names = [session.get_one(ServiceRow, hit.service_id).name for hit in answer.hits]
    assert CENTER in names
    assert names.index(CENTER) > max(names.index(name) for name, _ in SHELTERS.values())
