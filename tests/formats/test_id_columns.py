"""Two columns that look like ids, and ids in another case."""

from __future__ import annotations

import pytest

from referral.formats.provider_list import open_list
from referral.records.problems import Severity
from tests.formats.conftest import read_list

NUMBER = 12


def _tables(first, second, pointer):
    """Services with two columns of ids, and phones that point at them."""
    services = "".join(f"{first(n)},{second(n)},o,Service {n},active\n" for n in range(NUMBER))
    phones = "".join(f"p{n},{pointer(n)},(814) 555-01{n:02}\n" for n in range(NUMBER))
    return {
        "organizations.csv": "id,name,url\no,Hope,\n",
        "services.csv": f"ID,id,organization_id,name,status\n{services}",
        "phones.csv": f"id,service_id,number\n{phones}",
    }


def row_number(n):
    return str(n + 1)


def given_id(n):
    return f"Svc-{n}"


def _said(path):
    notices = open_list(path).notices
    return [(each.severity, each.detail) for each in notices if each.code == "two-id-columns"]


@pytest.mark.parametrize("swapped", [False, True])
def test_the_column_that_others_point_at_has_the_ids(folder, swapped):
    columns = (given_id, row_number) if swapped else (row_number, given_id)
    path = folder(_tables(*columns, given_id))
    outcome = read_list(path)
    assert outcome.counts["phone"] == NUMBER
    assert not outcome.refused
    said = (
        "The columns ID and id both look like ids. Of 12 rows that point here, 0 fit with the "
        "first, 12 with the second. The second was taken."
    )
    assert _said(path) == ([] if swapped else [(Severity.WARNING, said)])


def test_what_fits_by_halves_is_a_doubt(folder):
    def half(n):
        return row_number(n) if n % 3 == 0 else given_id(n)

    ((severity, detail),) = _said(folder(_tables(row_number, given_id, half)))
    assert severity is Severity.DOUBT
    assert "4 fit with the first, 8 with the second" in detail


def test_ids_in_another_case_are_the_same(folder):
    files = _tables(given_id, row_number, lambda n: given_id(n).upper())
    outcome = read_list(folder(files))
    assert outcome.counts["phone"] == NUMBER
    notices = open_list(folder(files)).notices
    assert ["12" in each.detail for each in notices if each.code == "ids-in-other-case"] == [True]


def test_case_matters_where_two_ids_differ_by_it(folder):
    files = _tables(lambda n: "abc"[n % 3] if n < 3 else f"x{n}", row_number, lambda n: "A")
    files["services.csv"] += "A,99,o,Another,active\n"
    outcome = read_list(folder(files))
    (another,) = [s for s in outcome.records("service") if s.name == "Another"]
    assert {phone.service_id for phone in outcome.records("phone")} == {another.id}
