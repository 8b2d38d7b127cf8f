"""Which services at locations serve a ZIP code or are near it, and which have a term."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from referral.formats.open_referral.own_terms import (
    HEADINGS_TAXONOMY,
    KEYWORD_TERM,
    KEYWORDS_TAXONOMY,
    SOURCES_TAXONOMY,
    heading_term,
    source_term,
)
from referral.open_data.api.listed_ids import (
    CodedAreas,
    Link,
    TermFilters,
    links_near,
    links_serving,
    read_coded_areas,
)
from referral.open_data.hsds_records import public_records
from referral.open_data.records import ListQuery, ObjectPage
from referral.records.classification import Attribute, ServiceHeading, Taxonomy, TaxonomyTerm
from referral.records.coverage import area_keys
from referral.records.hsds import Location, Organization, Service, ServiceArea
from referral.records.visibility import Visibility
from referral.store.rows import HeadingRow, ServiceRow
from referral.store.rows_texts import SourceCreditRow
from tests.support.rows import add_records

STAFF = Visibility.STAFF
LINK, OTHER = Link("x", "s", "l"), Link("y", "t", "m")


@pytest.mark.parametrize(
    ("coded", "serving", "found"),
    [
        (set(), set(), [LINK, OTHER]),  # nobody says whom they serve
        ({"s"}, {"s"}, [LINK, OTHER]),
        ({"s"}, set(), [OTHER]),
        ({"s", "x"}, {"s"}, [OTHER]),  # what is said of the place counts
        ({"s", "x"}, {"x"}, [LINK, OTHER]),
        ({"s", "t"}, {"t"}, [OTHER]),
    ],
)
def test_who_does_not_say_whom_they_serve_stays_in(coded, serving, found):
    (key,) = area_keys("zip", "16335")
    areas = CodedAreas({key: frozenset(serving)}, frozenset(coded))
    assert links_serving(areas, [LINK, OTHER], "16335") == found


def test_only_public_coded_areas_count_and_the_place_before_the_service(session):
    area = ServiceArea(id="a", service_id="s", area_kind="zip", area_codes="16335|16354")
    add_records(session, Organization(id="o", name="Table"),
        Service(id="s", organization_id="o", name="Pantry"), area,
        replace(area, id="b", area_codes="16403", visibility=STAFF),
        replace(area, id="c", area_codes=""))  # fmt: skip
    areas = read_coded_areas(session)
    assert areas.coded == {"s"}
    assert links_serving(areas, [LINK], "16354") == [LINK]
    assert links_serving(areas, [LINK], "16403") == []


def test_only_public_places_with_a_position_are_near(session):
    here = Location(id="l", latitude=41.637, longitude=-80.151)
    add_records(session, here, replace(here, id="m", latitude=42.2), replace(here, id="n", visibility=STAFF),
        replace(here, id="p", latitude=None), replace(here, id="q", longitude=None))  # fmt: skip
    links = [Link(each, "s", each) for each in "lmnpq"]
    assert [each.id for each in links_near(session, links, "16335", 10)] == ["l"]
    assert [each.id for each in links_near(session, links, "16335", 100)] == ["l", "m"]


HEADING, SOURCE = heading_term("food", "Food"), source_term("Erie")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"taxonomy_term_id": "t"}, ["a"]),
        ({"taxonomy_term_id": "u"}, ["b"]),
        ({"taxonomy_id": "ours"}, ["a"]),
        ({"taxonomy_id": "theirs"}, ["b"]),
        ({"taxonomy_term_id": "u", "taxonomy_id": "ours"}, []),
        ({"taxonomy_term_id": KEYWORD_TERM.id}, ["a"]),
        ({"taxonomy_id": KEYWORDS_TAXONOMY.id}, ["a"]),
        ({"taxonomy_term_id": HEADING.id}, ["a"]),
        ({"taxonomy_id": HEADINGS_TAXONOMY.id}, ["a", "b"]),
        ({"taxonomy_term_id": SOURCE.id}, ["b"]),
        ({"taxonomy_id": SOURCES_TAXONOMY.id}, ["b", "c"]),
        ({"taxonomy_term_id": "none"}, []),
        ({}, ["a", "b", "c"]),
    ],
)
def test_headings_keywords_and_sources_are_asked_for_like_terms(session, query, found):
    session.add_all([HeadingRow(slug="food", name="Food"), HeadingRow(slug="rent", name="Rent")])
    session.add_all(SourceCreditRow(source=each, publisher=each.title(), licence="", contact="")
                    for each in ("erie", "ohio"))  # fmt: skip
    service = Service(id="a", organization_id="o", name="Pantry", keywords="bread")
    add_records(session, Organization(id="o", name="Table"), service)
    add_records(session, replace(service, id="b", keywords=""), source="erie")
    add_records(session, replace(service, id="c", keywords=""), source="ohio")
    term = TaxonomyTerm(id="t", name="Food", taxonomy_id="ours")
    link = Attribute(id="i", link_entity="service", link_id="a", taxonomy_term_id="t")
    head = ServiceHeading(id="h", service_id="a", heading="food")
    add_records(session, Taxonomy(id="ours", name="Ours"), Taxonomy(id="theirs", name="Theirs"), term,
        replace(term, id="u", taxonomy_id="theirs"), link,
        replace(link, id="j", link_id="b", taxonomy_term_id="u"),
        replace(link, id="k", link_id="c", visibility=STAFF),
        replace(link, id="m", link_id="b", link_entity="organization"),
        head, replace(head, id="g", service_id="b", heading="rent"),
        replace(head, id="f", service_id="b", visibility=STAFF))  # fmt: skip
    filters = TermFilters(session, public_records(session), ListQuery(**query))
    ids = select(ServiceRow.id).where(*filters.service_conditions()).order_by(ServiceRow.id)
    assert session.scalars(ids).all() == found


@pytest.mark.parametrize(("total", "pages"), [(0, 1), (4, 2), (5, 3)])
def test_an_empty_list_has_one_page(total, pages):
    page = ObjectPage(contents=[], number=1, per_page=2, total=total, has_more=False)
    assert page.pages == pages
