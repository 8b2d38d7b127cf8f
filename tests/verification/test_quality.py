"""Findings follow the listings; one pass over many of them is quick."""

import pytest

from referral.errors import NotFoundError
from referral.records.hsds import Organization, Service
from referral.store.rows import PhoneRow, ServiceRow
from referral.verification.quality import Finding, check_quality, list_quality, read_quality
from tests.support.pairs import id_of, pantry, store


@pytest.fixture
def one(instance):
    records = pantry(1, url="not a web address")
    store(instance, *records)
    return id_of(records, Service)


def test_what_is_missing_is_counted_and_listed(instance, one):
    page = read_quality(instance)
    assert (page.services, page.faulty, page.waiting) == (1, 1, 0)
    for finding in (Finding.NO_AREA, Finding.BAD_LINK, Finding.NO_TERM, Finding.NEVER_CHECKED):
        assert (page.must | page.nice)[finding] == 1
        assert [line.service_id for line in list_quality(instance, finding.value).lines] == [one]
    for finding in (Finding.NO_PHONE, Finding.NO_HOURS, Finding.NO_PLACE, Finding.NO_HEADING):
        assert finding not in page.must | page.nice
    with pytest.raises(NotFoundError):
        list_quality(instance, "nothing")


def test_only_what_changed_is_looked_at_again(instance, one):
    assert check_quality(instance) == 1
    assert check_quality(instance) == 0
    with instance.store.write() as session:
        for phone in session.query(PhoneRow):
            phone.retired_at = instance.now()
        session.get_one(ServiceRow, one).url = "https://table.example"
    page = read_quality(instance)
    assert page.nice[Finding.NO_PHONE] == 1
    assert Finding.BAD_LINK not in page.must


def test_a_good_list_has_nothing_that_must_be_mended(instance, one):
    with instance.store.write() as session:
        row = session.get_one(ServiceRow, one)
        row.url, row.description = "", "Food for a week."
    page = read_quality(instance)
    assert (page.must, page.faulty) == ({}, 0)
    assert page.nice
    with instance.store.write() as session:
        for phone in session.query(PhoneRow):
            phone.retired_at = instance.now()
    page = read_quality(instance)
    assert (page.must, page.faulty) == ({Finding.NO_CONTACT: 1}, 1)


def test_what_is_gone_has_no_findings(instance, one):
    read_quality(instance)
    with instance.store.write() as session:
        session.get_one(ServiceRow, one).retired_at = instance.now()
    page = read_quality(instance)
    assert (page.services, page.faulty, page.must, page.nice) == (0, 0, {}, {})


def test_many_changes_wait_for_somebody_to_ask(instance, one):
    page = read_quality(instance, at_once=0)
    assert (page.waiting, page.checked_at) == (1, None)
    store(instance, Organization(id="x", name="X"), Service(id="y", organization_id="x", name="Y"))
    assert check_quality(instance) == 2
    assert read_quality(instance, at_once=0).waiting == 0
