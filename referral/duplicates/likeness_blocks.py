"""Which records are worth comparing: those that share a phone, a place, a website or a rare word.

Comparing 30,000 records with each other would be 450 million comparisons; this leaves some
thousands.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from referral.duplicates.likeness_keys import name_words, plain_name
from referral.duplicates.matching import Likened

# More records than this behind one key: it is a switchboard or a portal, no sign of anybody.
LARGEST_BLOCK = 40
_RARE_WORDS = 3


def blocks(compared: Iterable[Likened]) -> Mapping[str, list[Likened]]:
    """The records by what two of them must share to be compared at all; no block is large."""
    records = list(compared)
    common = Counter(word for each in records for word in set(_words_of(each)))
    found: dict[str, list[Likened]] = defaultdict(list)
    for each in records:
        for key in set(_keys(each, common)):
            found[key].append(each)
    return {key: block for key, block in found.items() if 1 < len(block) <= LARGEST_BLOCK}


def pairs_in(
    found: Mapping[str, list[Likened]], touched: frozenset[str] | None = None
) -> Iterator[tuple[Likened, Likened]]:
    """Each pair of some block once; with ``touched``, only pairs with one of these ids."""
    seen: set[tuple[str, str]] = set()
    for block in found.values():
        for place, one in enumerate(block):
            for other in block[place + 1 :]:
                key = (min(one.id, other.id), max(one.id, other.id))
                if key in seen or (touched is not None and touched.isdisjoint(key)):
                    continue
                seen.add(key)
                yield one, other


def _words_of(record: Likened) -> tuple[str, ...]:
    return name_words(f"{record.names[0]} {record.organization_name}")


def _keys(record: Likened, common: Counter[str]) -> Iterator[str]:
    yield from (f"phone {each}" for each in record.phones)
    yield from (f"place {each}" for each in record.places)
    yield from (f"site {each}" for each in record.sites)
    yield from (f"identifier {each}" for each in record.identifiers)
    yield f"name {plain_name(record.names[0])} {plain_name(record.organization_name)}"
    rare = sorted(set(_words_of(record)), key=lambda word: (common[word], word))[:_RARE_WORDS]
    yield from (f"zip {zip_code} {word}" for zip_code in record.zips for word in rare)
