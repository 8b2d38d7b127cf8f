"""What goes into the index: all that helps to find, nothing that is withheld."""

from __future__ import annotations

import re
import struct
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event

from referral.records.hsds import (
    Address,
    Location,
    Organization,
    Program,
    Service,
    ServiceAtLocation,
)
from referral.records.visibility import Audience, Visibility
from referral.search.facts import schedules_from_text
from referral.search.indexing.documents import document_of
from referral.search.query import SearchQuery
from referral.store.listings import load_listings
from tests.search.contents import contents_of
from tests.search.small_directory import fill, service, small_instance

SECRET = {"word": "Quellmarten", "city": "Zyxelburg", "zip": "59901", "latitude": 48.22875}


def documents(store, *ids):
    with store.read() as session:
        return [document_of(of) for of in load_listings(session, ids, Audience.PUBLIC)]


def test_a_document_has_all_words_of_its_service(store):
    fill(store)
    [document] = documents(store, "service-1")
    assert document["name"] == "serviceword1 help"
    assert document["organization"] == "orgword1 agency"
    assert document["program"] == "progword1 program"
    assert document["terms"] == "termword1|useword1|lay useword1"
    assert document["terms_es"] == "palabra1"
    assert document["topics"] == "termword0|useword0|lay useword0"
    assert document["text_es"] == "descripcion1"
    assert document["places"] == "locword1|1 Street|cityword1|16335|Crawford County"


def test_facts_have_what_filters_need(store):
    fill(store)
    [document] = documents(store, "service-1")
    facts = document["facts"]
    assert facts.headings == ("health",)
    assert facts.term_codes == ("code-0", "code-1")
    assert facts.languages == ("es",)
    assert dict(facts.codes) == {
        "area": ("zip:16331",),
        "area_coded": ("yes",),
        "cost": ("fee",),
        "day": ("MO", "TU"),
        "age": ("0-12", "13-17", "18-24", "25-64", "65+"),
        "delivery": ("in-person",),
    }
    assert not facts.is_free
    [site] = facts.sites
    assert (site.location_id, site.latitude, site.zone) == (
        "location-1", 41.515625, "America/New_York",
    )  # fmt: skip
    [hours] = schedules_from_text(site.schedules)
    assert (hours.byday, hours.opens_at, hours.closes_at) == ("MO,TU", "07:00", "17:00")


def test_a_program_that_is_not_public_leaves_no_word(store):
    records = [
        replace(record, visibility=Visibility.STAFF) if isinstance(record, Program) else record
        for record in small_instance()
    ]
    fill(store, *records)
    assert "program" not in documents(store, "service-1")[0]


def _with_secret(*, location: Visibility, address: Visibility, of: Visibility, org: Visibility):
    """Yield a public directory with one place whose every detail is a word of its own."""
    yield from small_instance()
    word = SECRET["word"]
    yield Organization(id="secret-organization", name=f"{word} agency", visibility=org)
    yield Service(
        id="secret-service",
        organization_id="secret-organization",
        name=f"{word} shelter" if of is not Visibility.PUBLIC else "shelter",
        description=word if of is not Visibility.PUBLIC else "",
        visibility=of,
    )
    yield Location(
        id="secret-location",
        name=f"{word} House",
        latitude=SECRET["latitude"],
        longitude=-114.3125,
        visibility=location,
    )
    yield Address(
        id="secret-address",
        location_id="secret-location",
        address_1=f"17 {word} Lane",
        city=SECRET["city"],
        postal_code=SECRET["zip"],
        visibility=address,
    )
    yield ServiceAtLocation(
        id="secret-link", service_id="secret-service", location_id="secret-location"
    )


PUBLIC = Visibility.PUBLIC


@pytest.mark.parametrize("hidden", [Visibility.STAFF, Visibility.WITHHELD])
@pytest.mark.parametrize("what", ["location", "address", "of", "org"])
def test_what_is_withheld_is_in_no_index_file(indexed, tmp_path: Path, what, hidden):
    shown = {"location": PUBLIC, "address": PUBLIC, "of": PUBLIC, "org": PUBLIC} | {what: hidden}
    if what in {"location", "address"}:
        shown["org"] = PUBLIC
    records = [
        replace(record, name="Plain agency")
        if record.id == "secret-organization" and what != "org"
        else record
        for record in _with_secret(**shown)
    ]
    index = indexed(*records)
    index.search(SearchQuery(words="shelter"))
    assert _files_with(tmp_path / "index", *_traces()) == []
    assert ("secret-service" in contents_of(tmp_path / "index")) == (
        what in {"location", "address"}
    )


def test_the_plant_would_be_found_if_it_were_public(indexed, tmp_path: Path):
    indexed(*_with_secret(location=PUBLIC, address=PUBLIC, of=PUBLIC, org=PUBLIC))
    for trace in _traces():
        assert _files_with(tmp_path / "index", trace), "the search for plants is blind"


@pytest.mark.slow
@pytest.mark.parametrize("what", ["secret-location", "secret-address"])
def test_what_is_withheld_later_is_erased_by_tidying(indexed, store, tmp_path: Path, what):
    from referral.store.rows import AddressRow, LocationRow

    index = indexed(*_with_secret(location=PUBLIC, address=PUBLIC, of=PUBLIC, org=PUBLIC))
    with store.write() as session:
        session.get(LocationRow, "secret-location").name = f"{SECRET['word']} Hut"
        session.get_one(
            LocationRow if what == "secret-location" else AddressRow, what
        ).visibility = "withheld"
        from referral.store.rows import OrganizationRow

        session.get_one(OrganizationRow, "secret-organization").name = "Plain agency"
    index.sync()
    assert index.tidy(), "there was something to erase"
    assert _files_with(tmp_path / "index", *_traces()) == []
    assert not index.tidy()
    assert index.search(SearchQuery(words="shelter")).total == 1


def test_the_number_of_queries_does_not_grow_with_the_services(store):
    fill(store)
    with store.write() as session:
        from referral.store.conversion import row_from

        for number in range(20, 60):
            session.add_all(
                [row_from(r) for r in service(number, number % 4, number % 6, number % 6)]
            )
    documents(store, "service-0")  # what is held back is read once for all
    few = _queries(store, [f"service-{number}" for number in range(2)])
    many = _queries(store, [f"service-{number}" for number in (*range(8), *range(20, 60))])
    assert few == many <= 29


def _queries(store, ids: list[str]) -> int:
    counted: list[str] = []

    def count(_c, _k, statement, *_rest) -> None:
        counted.append(statement)

    event.listen(store.engine, "before_cursor_execute", count)
    try:
        assert len(documents(store, *ids)) == len(ids)
    finally:
        event.remove(store.engine, "before_cursor_execute", count)
    return len(counted)


def _traces() -> list[bytes]:
    texts = [str(SECRET[name]) for name in ("word", "city", "zip")]
    position = struct.pack("=d", 48.22875)
    return [*(text.encode() for text in texts), b"secret-location", position]


def _files_with(folder: Path, *traces: bytes) -> list[tuple[str, bytes]]:
    """The files that hold any of these, in whatever case; index files are not compressed here.

    A ZIP code inside a longer number or hash is there by chance.
    """
    return [
        (path.name, trace)
        for path in folder.rglob("*")
        if path.is_file()
        for trace in traces
        if re.search(_pattern(trace), path.read_bytes(), re.IGNORECASE | re.DOTALL)
    ]


def _pattern(trace: bytes) -> bytes:
    return rb"(?<![0-9a-f])%s(?![0-9a-f])" % trace if trace.isdigit() else re.escape(trace)
