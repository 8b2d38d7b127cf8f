"""The untagged synthetic directory has the records of the tagged one, other words, and no topics."""

from __future__ import annotations

from itertools import chain

from referral.records.classification import Attribute
from referral.records.directory import Service
from tests.bench.synthetic import synthetic_services

TEXTS = {"name", "alternate_name", "description"}


def records_of(*, untagged):
    return list(chain.from_iterable(synthetic_services(50, untagged=untagged)))


def test_an_untagged_directory_differs_by_its_topics_and_what_services_say():
    tagged, untagged = records_of(untagged=False), records_of(untagged=True)
    assert any(isinstance(record, Attribute) for record in tagged)
    kept = [record for record in tagged if not isinstance(record, Attribute)]
    assert [record.id for record in kept] == [record.id for record in untagged]
    others = [
        (one, other) for one, other in zip(kept, untagged, strict=True)
        if one != other and isinstance(one, Service)
    ]  # fmt: skip
    assert len(others) == 50
    for one, other in others:
        differ = {name for name in one.__slots__ if getattr(one, name) != getattr(other, name)}
        assert differ <= TEXTS


def test_an_untagged_directory_is_the_same_each_time():
    assert records_of(untagged=True) == records_of(untagged=True)
