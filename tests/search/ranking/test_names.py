"""Names that are typed in part."""

from referral.directory.search import find_services
from referral.records.visibility import Audience
from referral.search.query import SearchQuery


def test_a_part_of_a_name_stands_above_what_the_words_mean_besides(sample_instance):
    """ "County office" is also a way to say that one wants to reach the government."""
    sample_instance.index.sync()
    page = find_services(
        sample_instance, SearchQuery(words="county assistance office"), Audience.PUBLIC
    )
    offices = [card.organization.name for card in page.cards][:2]
    assert offices == ["Tamarack County Assistance Office"] * 2
