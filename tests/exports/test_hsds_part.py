"""A few records are told as the export of the whole directory tells them, or not at all."""

import pytest
from hypothesis import given
from hypothesis import settings as tried

from referral.exports.hsds_part import HsdsPart
from referral.exports.hsds_records import HsdsRecords
from referral.exports.nesting import nested
from referral.exports.record_values import RecordValues
from referral.formats.writing.hsds_json import object_of
from referral.records.kinds import KINDS
from referral.store.public.public_part import read_kinds_in_use
from referral.store.terms import read_headings
from tests.exports.random_lists import empty_instance, lists, make_template, take_in_rows

ROOTS = ("service", "organization", "service_at_location", "location")


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """Give an instance without a listing, to copy."""
    return make_template(tmp_path_factory.mktemp("part") / "template")


def told(public, codes, nodes):
    """Give the objects of these, by id."""
    values = RecordValues("America/New_York", {}, codes)
    values.note_nested(nodes)
    return {node.record.id: object_of(node, values.of) for node in nodes}


def compare(directory, most=10_000, together=7):
    """Compare the whole with parts of it; gives how many records were compared."""
    compared = 0
    with directory.store.read() as session:
        whole = HsdsRecords(session)
        codes = whole.terms_with_known_codes()
        in_use, headings = read_kinds_in_use(session), read_headings(session)
        for kind in ROOTS:
            records = list(whole.of_kind(kind))[:most]
            expected = told(whole, codes, nested(whole, kind, records))
            for start in range(0, len(records), together):
                part = HsdsPart(session, in_use, headings)
                ids = [each.id for each in records[start : start + together]]
                if kind == "organization":  # one that stands for none is known by its service
                    part.with_ids("service", [each.id for each in whole.of_kind("service")])
                found = told(part, codes, nested(part, kind, part.with_ids(kind, ids)))
                assert found == {each: expected[each] for each in ids}
                compared += len(ids)
        _compare_ids(session, whole, in_use, headings)
    return compared


def _compare_ids(session, whole, in_use, headings):
    """Compare which records of each kind leave, hidden ones among them."""
    from sqlalchemy import select

    from referral.store.conversion import ROWS

    for kind in set(KINDS) - {"taxonomy_term", "taxonomy", "service_heading"}:
        row = ROWS[kind]
        statement = select(row.id)
        if kind in {"attribute", "translation", "metadata"}:  # whether terms are in use: elsewhere
            statement = statement.where(row.link_entity.not_in(["taxonomy_term", "taxonomy"]))
        ids = list(session.scalars(statement))[:2000]
        part = HsdsPart(session, in_use, headings)
        leaving = whole._ids[kind] & set(ids)
        assert part.public_ids(kind, ids) == leaving, kind


def test_parts_of_the_demo_are_as_in_the_whole(sample_directory):
    assert compare(sample_directory, most=60, together=30) > 150


@pytest.mark.slow
@tried(max_examples=8)
@given(files=lists())
def test_parts_of_any_list_are_as_in_the_whole(template, tmp_path_factory, files):
    folder = tmp_path_factory.mktemp("any")
    with empty_instance(template, folder / "instance") as directory:
        take_in_rows(directory, folder / "list", files)
        compare(directory, together=2)


@pytest.mark.release
@tried(max_examples=150)
@given(files=lists())
def test_parts_of_many_lists_are_as_in_the_whole(template, tmp_path_factory, files):
    folder = tmp_path_factory.mktemp("any")
    with empty_instance(template, folder / "instance") as directory:
        take_in_rows(directory, folder / "list", files)
        compare(directory, together=2)


@pytest.mark.release
@pytest.mark.slow
def test_parts_of_real_lists_are_as_in_the_whole(real_lists):
    assert compare(real_lists, most=300, together=50) > 100
