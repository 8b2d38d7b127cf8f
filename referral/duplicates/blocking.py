"""Blocking: only records that share something rare are compared.

These are some pairs for each record, instead of the 450 million that 30,000 records have.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from referral.duplicates.compared_values import ComparedRecord
from referral.duplicates.match_keys import name_key, name_tokens

# More records than this behind one key: it is a switchboard or a portal, no sign of anybody.
LARGEST_BLOCK = 40
_RARE_WORDS = 3


def block_records(compared: Iterable[ComparedRecord]) -> Mapping[str, list[ComparedRecord]]:
    """Blocks of records by match key; blocks over ``LARGEST_BLOCK`` are dropped."""
    records = list(compared)
    common = Counter(word for each in records for word in set(_words(each)))
    found: dict[str, list[ComparedRecord]] = defaultdict(list)
    for each in records:
        for key in set(_keys(each, common)):
            found[key].append(each)
    return {key: block for key, block in found.items() if 1 < len(block) <= LARGEST_BLOCK}


def candidate_pairs(
    found: Mapping[str, list[ComparedRecord]], touched: frozenset[str] | None = None
) -> Iterator[tuple[ComparedRecord, ComparedRecord]]:
    """Each pair within a block once; with ``touched``, only pairs with one of these ids."""
    seen: set[tuple[str, str]] = set()
    for block in found.values():
        for one, other in combinations(block, 2):
            key = (min(one.id, other.id), max(one.id, other.id))
            if key in seen or (touched is not None and touched.isdisjoint(key)):
                continue
            seen.add(key)
            yield one, other


def _words(record: ComparedRecord) -> tuple[str, ...]:
    return name_tokens(f"{record.names[0]} {record.organization_name}")


def _keys(record: ComparedRecord, common: Counter[str]) -> Iterator[str]:
    for name in ("phones", "places", "sites", "mails", "pages", "identifiers"):
        yield from (f"{name} {each}" for each in getattr(record, name))
    agency = name_key(record.organization_name)
    for name in record.names:
        yield f"name {name_key(name)}"
        yield f"name {name_key(name)} {agency}"
    rare = sorted(set(_words(record)), key=lambda word: (common[word], word))[:_RARE_WORDS]
    yield from (f"zip {zip_code} {word}" for zip_code in record.zips for word in rare)
    yield from (f"words {' '.join(sorted(two))}" for two in combinations(rare, 2))
    if agency:
        yield from (f"agency {agency} {word}" for word in name_tokens(record.names[0]))
