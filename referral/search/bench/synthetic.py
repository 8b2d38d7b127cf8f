"""A directory of any size that is nobody's: the same for the same number.

Words follow Zipf's law, as they do in real listings; a service has about a kilobyte of text.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import numpy as np

from referral.records.directory import (
    Address,
    CostOption,
    Language,
    Location,
    Organization,
    Schedule,
    Service,
)
from referral.records.listing import Listing, ListingSite
from referral.records.places import Place
from referral.records.search import SearchQuery

HEADINGS = (
    "advocacy", "basic", "emergency", "employment", "families", "health", "seniors", "volunteers",
)  # fmt: skip
LANGUAGES = ("en", "es", "zh", "vi", "ar", "fr", "ht", "ko", "ru", "so")
_LETTERS = np.array(list("aeioubcdfghklmnprstv"))
_VOCABULARY = 40_000
_SERVICES_PER_ORGANIZATION = 4
_SOUTH, _WEST, _DEGREES = 39.0, -82.0, 4.0  # some 280 by 210 miles


class Synthetic:
    """A synthetic directory of ``size`` services."""

    def __init__(self, size: int, seed: int = 211) -> None:
        self.size = size
        self._random = np.random.default_rng(seed)
        self._words = self._make_words()
        ranks = np.arange(1, _VOCABULARY + 1)
        chances = 1 / (ranks + 2.7)
        self._up_to = np.cumsum(chances / chances.sum())

    def listings(self) -> Iterator[Listing]:
        """All listings, one after the other."""
        organization = self._organization(0)
        for number in range(self.size):
            if number % _SERVICES_PER_ORGANIZATION == 0:
                organization = self._organization(number)
            yield self._listing(number, organization)

    def queries(self, count: int) -> list[SearchQuery]:
        """Questions with a place, a distance, and every other time a heading or a language."""
        return [self._query(number) for number in range(count)]

    def typos(self, count: int) -> list[str]:
        """Words of the directory with two letters changed about."""
        words = self._words[self._random.integers(200, 5_000, count)]
        return [_swapped(word, int(self._random.integers(1, len(word) - 1))) for word in words]

    def _make_words(self) -> np.ndarray:
        lengths = self._random.integers(4, 11, _VOCABULARY)
        letters = self._random.choice(_LETTERS, lengths.sum())
        ends = np.cumsum(lengths)
        return np.array(
            ["".join(letters[end - size : end]) for end, size in zip(ends, lengths, strict=True)]
        )

    def _text(self, words: int) -> str:
        ranks = np.searchsorted(self._up_to, self._random.random(words))
        return " ".join(self._words[np.minimum(ranks, _VOCABULARY - 1)])

    def _organization(self, number: int) -> Organization:
        return Organization(id=str(UUID(int=number + 1)), name=self._text(3))

    def _listing(self, number: int, organization: Organization) -> Listing:
        identity = str(UUID(int=self.size * 10 + number))
        pick = self._random.random(4)
        service = Service(
            id=identity,
            organization_id=organization.id,
            name=self._text(4),
            description=self._text(110),
            eligibility_description=self._text(15),
        )
        count = 1 + int(self._random.random() > 0.8)
        languages = self._random.choice(LANGUAGES, count, replace=False)
        cost = CostOption(id=f"{identity}c", service_id=identity, option="free")
        return Listing(
            service=service,
            organization=organization,
            headings=(HEADINGS[int(pick[0] * 8)],),
            languages=tuple(
                Language(id=f"{identity}{code}", service_id=identity, code=str(code))
                for code in languages
            ),
            costs=(cost,) if pick[1] > 0.6 else (),
            sites=tuple(self._site(identity, at) for at in range(int(pick[2] * 3))),
        )

    def _site(self, identity: str, at: int) -> ListingSite:
        place = f"{identity}-{at}"
        north, east = self._random.random(2) * _DEGREES
        opens = int(self._random.integers(7, 11))
        hours = Schedule(
            id=f"{place}h", location_id=place, freq="WEEKLY", byday="MO,TU,WE,TH,FR",
            opens_at=f"{opens:02}:00", closes_at=f"{opens + 8:02}:00",
        )  # fmt: skip
        return ListingSite(
            location=Location(
                id=place, latitude=_SOUTH + north, longitude=_WEST + east, position_source="file"
            ),
            address=Address(id=f"{place}a", location_id=place, address_1="1 Main St"),
            schedules=(hours,),
        )

    def _query(self, number: int) -> SearchQuery:
        words = self._words[np.minimum(self._random.zipf(1.3, 1 + number % 3) + 5, _VOCABULARY - 1)]
        north, east = self._random.random(2) * _DEGREES
        return SearchQuery(
            words=" ".join(words),
            near=Place(latitude=_SOUTH + north, longitude=_WEST + east),
            within_miles=50,
            headings=(HEADINGS[number % 8],) if number % 4 == 1 else (),
            language=LANGUAGES[number % 3] if number % 4 == 3 else "",
        )


def _swapped(word: str, at: int) -> str:
    return word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]
