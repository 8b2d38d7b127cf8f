"""Facts as arrays say the same as the facts themselves, whatever was deleted."""

from __future__ import annotations

from itertools import accumulate, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.search import columns as joining
from referral.search.columns import NameOrder, join_segments
from referral.search.facts import Facts, SiteFacts
from referral.search.filters import facet_bitmaps, pack_mask
from referral.search.segment_facts import FactsBuilder, SegmentFacts, sites_of

SITES = st.builds(
    SiteFacts,
    location_id=st.sampled_from(["", "l1", "l2"]),
    latitude=st.sampled_from([None, 41.5]),
    longitude=st.just(-80.0),
    physical=st.booleans(),
    zip_code=st.sampled_from(["", "16335", "16301"]),
    zone=st.sampled_from(["", "America/Chicago"]),
    schedules=st.sampled_from(["", "[1]"]),
)
FACTS = st.builds(
    Facts,
    service_id=st.uuids().map(str),
    sort_name=st.sampled_from(["", "a", "ab", "é"]),
    headings=st.lists(st.sampled_from(["food", "rent"]), unique=True).map(tuple),
    languages=st.lists(st.sampled_from(["en", "es"]), unique=True).map(tuple),
    is_free=st.booleans(),
    sites=st.lists(SITES, max_size=2).map(tuple),
    schedules=st.sampled_from(["", "[2]"]),
    assured_date=st.sampled_from(["", "2026-01-05"]),
)
SEGMENTS = st.lists(st.lists(st.tuples(FACTS, st.booleans()), min_size=1, max_size=9), max_size=3)


def _segment_of(facts):
    builder = FactsBuilder()
    facts = list(facts)
    for one in facts:
        builder.add(one, one.sort_name.encode())
    return SegmentFacts(len(facts), builder.arrays())


@given(SEGMENTS)
def test_columns_say_what_the_facts_say(segments):
    rows = [row for segment in segments for row in segment]
    live = np.array([alive for _, alive in rows], dtype=np.bool_)
    read = [_segment_of(facts for facts, _ in segment) for segment in segments]
    columns = join_segments(read, live)
    planes = facet_bitmaps(["heading"], columns.tags, len(live))
    kept = [(doc, facts) for doc, (facts, alive) in enumerate(rows) if alive]
    sites = [(doc, facts, site) for doc, facts in kept for site in sites_of(facts)]
    assert [columns.service_id(doc) for doc, _ in kept] == [one.service_id for _, one in kept]
    assert columns.site_docs.tolist() == [doc for doc, _, _ in sites]
    assert [columns.location_id(at) for at in range(len(sites))] == [
        site.location_id for _, _, site in sites
    ]
    assert [columns.hours[code] for code in columns.site_hours] == [
        (site.schedules if facts.sites else facts.schedules, site.zone) for _, facts, site in sites
    ]
    assert columns.zips == sorted({site.zip_code for _, _, site in sites} - {""})
    for slug in ("food", "rent"):
        held = [doc for doc, facts in kept if slug in facts.headings]
        assert columns.tags.get(("heading", slug), np.zeros(0)).tolist() == held
        counts = planes.counts(pack_mask(live))["heading"]
        assert counts.get(slug, 0) == len(held)
    hashes = columns.title_hashes.tolist()
    assert len(hashes) == len(rows)
    titles = {(facts.sort_name, found) for (facts, _), found in zip(rows, hashes, strict=True)}
    names = {facts.sort_name for facts, _ in rows}
    assert len(titles) == len(names) == len(set(hashes))
    assert np.isnan(columns.assured_days[live]).sum() == sum(not o.assured_date for _, o in kept)


@pytest.mark.slow
@given(SEGMENTS)
def test_documents_are_in_order_by_name_then_id(segments):
    read = [_segment_of(facts for facts, _ in segment) for segment in segments]
    facts = [facts for segment in segments for facts, _ in segment]
    columns = join_segments(read, np.ones(len(facts), dtype=np.bool_))
    ordered = [facts[doc] for doc in np.argsort(columns.order_by_name)]
    assert all(
        (one.sort_name, one.service_id) <= (other.sort_name, other.service_id)
        for one, other in pairwise(ordered)
    )


def test_the_order_of_large_segments_is_kept_for_the_next_commit(monkeypatch):
    large = [_named(f"{number:03} {letter}" for number in range(120)) for letter in "ba"]
    order = NameOrder()
    _is_in_order(order, large)
    monkeypatch.setattr(joining, "_docs_by_name", None)  # it is not asked for again
    _is_in_order(order, [*large, _named(["", "050 aa"])])
    _is_in_order(order, [_named(["119 c"]), large[0], _named(["zz"]), large[1]])


def test_the_order_is_made_anew_without_one_of_the_large_segments():
    one, other = (_named(f"{number:03} {letter}" for number in range(120)) for letter in "ba")
    order = NameOrder()
    _is_in_order(order, [one, other])
    _is_in_order(order, [other, _named(["060 c"])])
    _is_in_order(order, [])


def _named(names):
    return _segment_of(Facts(service_id="s", sort_name=name) for name in names)


def _is_in_order(order, segments):
    starts = [0, *accumulate(segment.size for segment in segments)]
    ranks = order.ranks(segments, starts)
    names = [each.name_key(doc) for each in segments for doc in range(each.size)]
    assert [names[doc] for doc in np.argsort(ranks)] == sorted(names)
