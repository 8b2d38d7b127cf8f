"""Blocking: only records that share a rare value are compared with each other.

This leaves a few pairs for each record, instead of the 450 million pairs of 30,000 records.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from referral.duplicates.compared_values import ComparedRecord
from referral.duplicates.match_keys import name_key, name_tokens

# A key of more records is a switchboard or a web portal, and is no evidence for a duplicate.
LARGEST_BLOCK = 40
_RARE_WORDS = 3


def block_records(compared: Iterable[ComparedRecord]) -> Mapping[str, list[ComparedRecord]]:
    """Group records that share a match key, so that only these are compared for duplicates.

    Groups larger than ``LARGEST_BLOCK`` are left out.
    """
    records = list(compared)
    word_counts = Counter(word for each in records for word in set(_all_name_tokens(each)))
    blocks: dict[str, list[ComparedRecord]] = defaultdict(list)
    for each in records:
        for key in set(_block_keys(each, word_counts)):
            blocks[key].append(each)
    return {key: block for key, block in blocks.items() if 1 < len(block) <= LARGEST_BLOCK}


def candidate_pairs(
    blocks: Mapping[str, list[ComparedRecord]], touched: frozenset[str] | None = None
) -> Iterator[tuple[ComparedRecord, ComparedRecord]]:
    """Yield each pair of records that share a match key once, to compare for duplicates.

    Args:
        touched: ids of which each pair must contain one; None for all pairs.
    """
    seen: set[tuple[str, str]] = set()
    for block in blocks.values():
        for one, other in combinations(block, 2):
            key = (min(one.id, other.id), max(one.id, other.id))
            if key in seen or (touched is not None and touched.isdisjoint(key)):
                continue
            seen.add(key)
            yield one, other


def _all_name_tokens(record: ComparedRecord) -> tuple[str, ...]:
    return name_tokens(f"{record.names[0]} {record.organization_name}")


def _block_keys(record: ComparedRecord, word_counts: Counter[str]) -> Iterator[str]:
    for name in ("phones", "places", "sites", "mails", "pages", "identifiers"):
        yield from (f"{name} {each}" for each in getattr(record, name))
    organization = name_key(record.organization_name)
    for name in record.names:
        yield f"name {name_key(name)}"
        yield f"name {name_key(name)} {organization}"
    rare = sorted(set(_all_name_tokens(record)), key=lambda word: (word_counts[word], word))[
        :_RARE_WORDS
    ]
    yield from (f"zip {zip_code} {word}" for zip_code in record.zips for word in rare)
    yield from (f"words {' '.join(sorted(two))}" for two in combinations(rare, 2))
    if organization:
        yield from (f"organization {organization} {word}" for word in name_tokens(record.names[0]))
