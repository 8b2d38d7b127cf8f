"""Lists with the faults of real ones: read whole, or a plain question."""

import csv
import io
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from referral.formats.provider_list import open_list
from referral.imports.fidelity import measure_fidelity
from referral.imports.plausibility import plausibility_doubts
from referral.records.visibility import Visibility
from tests.formats.conftest import SOURCE, outcome_of
from tests.real_lists.fault_cases import FAULT_CASES, HEADER, LIST, ROWS, FaultCase


def outcome_and_codes(path):
    """Read a list; give the records, the codes of its problems, and those of its doubts."""
    opened = open_list(path)
    outcome = outcome_of(opened.read(SOURCE))
    codes = set(outcome.codes) | {notice.code for notice in opened.notices}
    fidelity = measure_fidelity(opened.columns, outcome.items)
    doubts = plausibility_doubts((*opened.notices, *outcome.items), fidelity, {})
    return outcome, codes, {doubt.code for doubt in doubts}


@pytest.mark.parametrize("case", FAULT_CASES, ids=lambda case: case.name)
def test_a_faulty_list_is_read_whole(tmp_path, case: FaultCase):
    path = tmp_path / case.file
    path.write_bytes(case.content)
    outcome, codes, doubts = outcome_and_codes(path)
    assert case.says <= codes
    assert doubts >= case.doubts
    if case.doubts:
        return
    assert doubts == set()
    phones = {(p.tel or p.number, p.service_id) for p in outcome.records("phone")}
    opens = [s for s in outcome.records("schedule") if s.opens_at]
    found = len(outcome.records("service")), len(phones), len(opens)
    assert found == (case.services, case.phones, case.hours)
    assert case.places in (None, len(outcome.records("location")))


def test_there_are_as_many_cases_as_promised():
    assert len(FAULT_CASES) >= 60
    assert len({case.name for case in FAULT_CASES}) == len(FAULT_CASES)


@pytest.mark.parametrize("case", FAULT_CASES, ids=lambda case: case.name)
def test_staff_notes_and_senders_of_forms_are_not_shown(tmp_path, case: FaultCase):
    path = tmp_path / case.file
    path.write_bytes(case.content)
    outcome, _, _ = outcome_and_codes(path)
    shown = [str(i.record) for i in outcome.items if hasattr(i, "record")]
    assert not any("0177" in text or "@example.org" in text for text in shown)


# One list written in many ways: by the order of rows and columns, by other words for its headers,
# by case and spaces, by separator and encoding.
WAYS = {
    "Agency": ("Agency", "Organization Name", "Provider", "Organización", "AgencyName"),
    "Program": ("Program", "Service Name", "Name of program", "Programa", "service_name"),
    "Address": ("Address", "Street Address", "Dirección", "address_1", "Physical address"),
    "City": ("City", "Town", "Ciudad", "CITY"),
    "State": ("State", "ST", "Estado"),
    "Zip": ("Zip", "ZIP code", "ZipCode", "Código postal", "Postal Code"),
    "Phone": ("Phone", "Telephone", "Teléfono", "Phone Number", "What is your phone number?"),
    "Hours": ("Hours", "Hours of operation", "Horario", "Open", "What are your hours?"),
    "Website": ("Website", "URL", "Sitio web", "Web Site"),
}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252")


def read_cells(folder, table, sign, encoding, gap):
    """Write a table and give what was read, as it is told apart by content."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=sign).writerows(table)
    written = text.getvalue().replace(f'{sign}"', f'{sign}{gap}"') if gap else text.getvalue()
    path = folder / "list.csv"
    path.write_bytes(written.encode(encoding))
    return said_in(outcome_and_codes(path)[0])


def said_in(outcome):
    """Give services, phones, places and hours by what they say."""
    services = {s.id: s.name for s in outcome.records("service")}
    return (
        set(services.values()),
        {(services[p.service_id], p.tel) for p in outcome.records("phone")},
        {(a.address_1, a.city, a.postal_code) for a in outcome.records("address")},
        {
            (services[s.service_id], s.byday, s.opens_at, s.closes_at)
            for s in outcome.records("schedule")
        },
        {s.visibility for s in outcome.records("service")} == {Visibility.PUBLIC},
    )


@given(
    seed=st.integers(0, 2**32),
    sign=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(ENCODINGS),
    case=st.sampled_from([str, str.upper, str.lower]),
    gaps=st.tuples(st.sampled_from(["", " "]), st.integers(0, 2)),
)
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_list_says_the_same_however_it_is_written(tmp_path, seed, sign, encoding, case, gaps):
    chance, (gap, blank) = random.Random(seed), gaps
    plain = tmp_path / "plain.csv"
    plain.write_text(LIST, encoding="utf-8")
    expected = said_in(outcome_and_codes(plain)[0])
    names = HEADER.split(",")
    rows = list(csv.reader(ROWS))
    order = chance.sample(range(len(names)), len(names))
    headers = [" " * blank + case(chance.choice(WAYS[names[at]])) + " " * blank for at in order]
    body = [[row[at] for at in order] for row in chance.sample(rows, len(rows))]
    assert read_cells(tmp_path, [headers, *body], sign, encoding, gap) == expected
