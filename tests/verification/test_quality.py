"""Findings follow the listings; one pass over many of them is quick."""

import pytest

from referral.errors import NotFoundError
from referral.records.directory import Organization, Service
from referral.store.rows import PhoneRow, ServiceRow
from referral.verification.quality import Finding, check_quality, list_quality, read_quality
from tests.support.pairs import id_of, pantry, store


@pytest.fixture
def one(directory):
    records = pantry(1, url="not a web address")
    store(directory, *records)
    return id_of(records, Service)


def test_what_is_missing_is_counted_and_listed(directory, one):
    page = read_quality(directory)
    assert (page.services, page.faulty, page.waiting) == (1, 1, 0)
    for finding in (Finding.NO_AREA, Finding.BAD_LINK, Finding.NO_TERM, Finding.NEVER_CHECKED):
        assert (page.must | page.nice)[finding] == 1
        assert [line.service_id for line in list_quality(directory, finding.value).lines] == [one]
    for finding in (Finding.NO_PHONE, Finding.NO_HOURS, Finding.NO_PLACE, Finding.NO_HEADING):
        assert finding not in page.must | page.nice
    with pytest.raises(NotFoundError):
        list_quality(directory, "nothing")


def test_only_what_changed_is_looked_at_again(directory, one):
    assert check_quality(directory) == 1
    assert check_quality(directory) == 0
    with directory.store.write() as session:
        for phone in session.query(PhoneRow):
            phone.retired_at = directory.now()
        session.get_one(ServiceRow, one).url = "https://table.example"
    page = read_quality(directory)
    assert page.nice[Finding.NO_PHONE] == 1
    assert Finding.BAD_LINK not in page.must


def test_a_good_list_has_nothing_that_must_be_mended(directory, one):
    with directory.store.write() as session:
        row = session.get_one(ServiceRow, one)
        row.url, row.description = "", "Food for a week."
    page = read_quality(directory)
    assert (page.must, page.faulty) == ({}, 0)
    assert page.nice
    with directory.store.write() as session:
        for phone in session.query(PhoneRow):
            phone.retired_at = directory.now()
    page = read_quality(directory)
    assert (page.must, page.faulty) == ({Finding.NO_CONTACT: 1}, 1)


def test_what_is_gone_has_no_findings(directory, one):
    read_quality(directory)
    with directory.store.write() as session:
        session.get_one(ServiceRow, one).retired_at = directory.now()
    page = read_quality(directory)
    assert (page.services, page.faulty, page.must, page.nice) == (0, 0, {}, {})


def test_many_changes_wait_for_somebody_to_ask(directory, one):
    page = read_quality(directory, at_once=0)
    assert (page.waiting, page.checked_at) == (1, None)
    store(directory, Organization(id="x", name="X"), Service(id="y", organization_id="x", name="Y"))
    assert check_quality(directory) == 2
    assert read_quality(directory, at_once=0).waiting == 0
