"""Words of searches that found nothing, as if people had typed them."""

from referral.directory.context import Directory
from referral.directory.missed_search_counts import write_missed_searches
from referral.directory.missed_searches import CountedAs, MissedPart


def count_missed_word(directory: Directory, word: str, county: str = "", number: int = 1) -> None:
    """Count a word of our own that was typed so often, and write it."""
    for _ in range(number):
        directory.missed_searches.gathered.note(MissedPart(CountedAs.WORD, word, county))
    write_missed_searches(directory)
