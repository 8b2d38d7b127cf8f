"""Records that point at others, and records that come twice."""

from dataclasses import replace

import pytest

from referral.formats.checks.references import check_references
from referral.formats.reading.items import RefusedRow
from referral.message import Message
from referral.records.classification import (
    Attribute,
    Metadata,
    ServiceHeading,
    TaxonomyTerm,
    Translation,
)
from referral.records.hsds import (
    Accessibility,
    Address,
    Contact,
    CostOption,
    Funding,
    Language,
    Location,
    Organization,
    OrganizationIdentifier,
    Phone,
    Program,
    Record,
    RequiredDocument,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
    ServiceCapacity,
    Url,
)
from referral.records.kinds import Origin, SourcedRecord
from referral.records.problems import Problem, Severity
from tests.formats.conftest import outcome_of


def item(record: Record, line: int = 2, **given: str) -> SourcedRecord:
    origin = Origin(source="s", key=record.id, file="a.csv", line=line)
    return SourcedRecord(record, origin, {}, given)


ORGANIZATION = item(Organization(id="o", name="Hope"))
SERVICE = item(Service(id="s", organization_id="o", name="Food"))
LOCATION = item(Location(id="l", organization_id="o"))


def test_what_is_linked_well_is_left_alone():
    items = [ORGANIZATION, SERVICE, LOCATION, item(Address(id="a", location_id="l"))]
    assert list(check_references(items, lambda _kind, _id: False)) == items


def test_a_needed_parent_that_is_missing_refuses_and_names_it():
    lost = item(Address(id="a", location_id="uuid"), 7, location_id="100")
    (refused,) = outcome_of([lost]).refused
    assert refused.kind == "address"
    assert refused.id == "a"
    (problem,) = refused.problems
    assert (problem.code, problem.file, problem.line, problem.column) == (
        "unknown-parent",
        "a.csv",
        7,
        "location_id",
    )
    assert problem.detail.startswith("It points to location 100, which is not in this list.")


def test_a_parent_that_is_stored_already_is_enough():
    lost = item(Address(id="a", location_id="l"))
    assert outcome_of([lost], known=[("location", "l")]).items == (lost,)
    assert outcome_of([lost], known=[("service", "l")]).refused


def test_what_hangs_on_a_refused_record_is_refused_too():
    service = replace(SERVICE, record=replace(SERVICE.record, organization_id="gone"))
    phone = item(Phone(id="p", service_id="s", number="988", tel="988"))
    outcome = outcome_of([service, phone])
    assert [(row.kind, row.problems[0].code) for row in outcome.refused] == [
        ("service", "unknown-parent"),
        ("phone", "parent-refused"),
    ]


def test_one_of_several_parents_may_be_missing():
    phone = item(Phone(id="p", service_id="s", location_id="gone", number="988", tel="988"))
    outcome = outcome_of([ORGANIZATION, SERVICE, phone])
    assert outcome.one("phone").location_id == ""
    assert outcome.one("phone").service_id == "s"
    assert [(p.code, p.severity, p.column) for p in outcome.problems] == [
        ("unknown-parent", Severity.WARNING, "location_id")
    ]


def test_an_optional_parent_that_is_missing_is_left_out():
    term = item(TaxonomyTerm(id="t", name="Food", parent_id="gone"))
    outcome = outcome_of([term])
    assert outcome.one("taxonomy_term").parent_id == ""
    assert outcome.codes == {"unknown-parent": 1}


def test_links_to_any_kind_are_followed():
    term = item(TaxonomyTerm(id="t", name="Food"))
    good = item(Attribute(id="1", link_id="s", link_entity="service", taxonomy_term_id="t"))
    odd = item(Attribute(id="2", link_id="s", link_entity="galaxy", taxonomy_term_id="t"))
    words = item(
        Translation(
            id="3",
            link_entity="organization",
            link_id="gone",
            language="es",
            field="name",
            text="x",
        )
    )
    outcome = outcome_of([term, ORGANIZATION, SERVICE, good, odd, words])
    assert outcome.records("attribute") == [good.record]
    assert [row.id for row in outcome.refused] == ["2", "3"]


def test_the_second_of_two_records_with_one_id_is_refused():
    twin = item(Organization(id="o", name="Help"), 9)
    outcome = outcome_of([ORGANIZATION, twin])
    assert outcome.one("organization").name == "Hope"
    (refused,) = outcome.refused
    assert refused.problems[0].code == "duplicate-id"
    assert refused.problems[0].line == 9
    assert "line 2" in refused.problems[0].detail


def test_children_before_their_parents_are_no_problem():
    child = item(Organization(id="c", name="Branch", parent_organization_id="o"))
    assert outcome_of([child, ORGANIZATION]).problems == []


def test_problems_and_refusals_pass_through():
    problem = Problem(code="x", severity=Severity.WARNING, message=Message("Odd."))
    refusal = RefusedRow("phone", (problem,))
    assert outcome_of([problem, refusal]).items == (problem, refusal)


GONE = {"organization_id": "gone", "service_id": "gone", "location_id": "gone"}


@pytest.mark.parametrize(
    ("record", "is_refused"),
    [
        (Program(id="x", organization_id="gone", name="Meals"), True),
        (Service(id="x", organization_id="gone", name="Meals"), True),
        (Service(id="x", organization_id="o", program_id="gone", name="Meals"), False),
        (ServiceAtLocation(id="x", service_id="gone", location_id="l"), True),
        (ServiceAtLocation(id="x", service_id="s", location_id="gone"), True),
        (Accessibility(id="x", location_id="gone", description="Ramp"), True),
        (CostOption(id="x", service_id="gone"), True),
        (RequiredDocument(id="x", service_id="gone", document="Card"), True),
        (ServiceCapacity(id="x", service_id="gone", unit="Bed"), True),
        (OrganizationIdentifier(id="x", organization_id="gone", identifier="7"), True),
        (ServiceHeading(id="x", service_id="gone", heading="food"), True),
        (Metadata(id="x", link_entity="service", link_id="gone"), True),
        (Attribute(id="x", link_entity="service", link_id="s", taxonomy_term_id="gone"), True),
        (Organization(id="x", name="Branch", parent_organization_id="gone"), False),
        (Location(id="x", organization_id="gone"), False),
        (Contact(id="x", **GONE), True),
        (Phone(id="x", number="1", **GONE), True),
        (Schedule(id="x", service_id="gone", location_id="gone"), True),
        (ServiceArea(id="x", service_id="gone"), True),
        (Language(id="x", service_id="gone", location_id="gone"), True),
        (Funding(id="x", organization_id="gone"), True),
        (Url(id="x", organization_id="gone"), True),
        (Url(id="x", organization_id="gone", service_id="s"), False),
        (Contact(id="x", organization_id="gone", service_id="s"), False),
        (Schedule(id="x", service_id="gone", location_id="l"), False),
    ],
)
def test_what_a_record_is_nothing_without(record, is_refused):
    found = outcome_of([ORGANIZATION, SERVICE, LOCATION, item(record)])
    assert bool(found.refused) is is_refused
    assert found.problems or is_refused, "a parent that was left out is told"


def test_rows_that_repeat_another_word_for_word_are_told_once_for_each_file():
    first = item(Organization(id="o", name="Hope"), 2)
    twins = [item(first.record, line) for line in (5, 7)]
    outcome = outcome_of([first, *twins])
    assert outcome.refused == []
    (problem,) = outcome.problems
    assert (problem.code, problem.line, problem.lines) == ("rows-repeated", 5, (5, 7))
    other = replace(first, origin=replace(first.origin, line=9, unmapped={"Fax": "1"}))
    assert [row.problems[0].code for row in outcome_of([first, other]).refused] == ["duplicate-id"]
