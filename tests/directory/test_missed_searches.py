"""Searches that found nothing are counted by topic, month and place; no word is kept."""

import pytest
from sqlalchemy import select

from referral.directory.instance import local_month
from referral.directory.missed_searches import note_missed_search, write_missed_searches
from referral.fields.places.lookup import find_zip
from referral.search.query import SearchQuery
from referral.store.rows_log import MissedSearchRow


def count(instance, words, zip_code=""):
    answer = instance.index.search(SearchQuery(words=words))
    note_missed_search(instance, answer, find_zip(zip_code))
    write_missed_searches(instance)


def counted(instance):
    row = MissedSearchRow
    with instance.store.read() as session:
        rows = session.execute(
            select(row.heading, row.term_code, row.zip_code, row.month, row.count)
        )
        return {tuple(each) for each in rows}


@pytest.mark.slow
@pytest.mark.both_databases
def test_a_search_counts_under_its_topic_and_place_or_under_none(demo):
    month = local_month(demo)
    count(demo, "dentures zwieback")
    count(demo, "dentures", "16335")
    count(demo, "dentures", "16335")
    count(demo, "zwieback")
    assert counted(demo) == {
        ("health", "dentures", "", month, 1),
        ("health", "dentures", "16335", month, 2),
        ("", "", "", month, 1),
    }
