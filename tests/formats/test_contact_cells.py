"""Cells for a contact: who is named, and how to reach the place."""

import pytest

from referral.formats.spreadsheet.contact_cells import read_contact_cell


@pytest.mark.parametrize(
    ("cell", "people", "numbers"),
    [
        ("(814) 555-0101 or 814-555-0102.", [], ["(814) 555-0101", "814-555-0102"]),
        ("Call 814.555.0101 ext. 12", [], ["814.555.0101 x12"]),
        ("Call us at 814-555-0101, option 4", [], ["814-555-0101 (option 4)"]),
        (
            "Jo Doe, Director, 814-555-0101",
            [("Jo Doe", "Director", "")],
            ["814-555-0101 (Jo Doe)"],
        ),
        (
            "Jo Doe\nPhone #: (814) 555-0101, ext 2\nEmail: jo@example.org",
            [("Jo Doe", "", "jo@example.org")],
            ["(814) 555-0101 x2 (Jo Doe)"],
        ),
        (
            "Jo Doe (nights): 814-555-0101; Al Roe at 814-555-0102",
            [("Jo Doe (nights)", "", ""), ("Al Roe", "", "")],
            ["814-555-0101 (Jo Doe (nights))", "814-555-0102 (Al Roe)"],
        ),
        ("Jo Doe, Director", [("Jo Doe, Director", "", "")], []),
        ("jo@example.org", [], []),
        (
            "Please leave word with the night desk at 814-555-0101",
            [("Please leave word with the night desk at 814-555-0101", "", "")],
            ["814-555-0101 (Please leave word with the night desk at 814-555-0101)"],
        ),
    ],
)
def test_people_and_numbers_of_a_cell(cell, people, numbers):
    said = read_contact_cell(cell)
    assert list(said.people) == people
    shown = [
        f"{phone.number}{phone.extension and f' x{phone.extension}'}"
        f"{phone.note and f' ({phone.note})'}"
        for phone in said.phones
    ]
    assert shown == numbers


def test_a_very_long_cell_is_kept_as_it_is():
    cell = "Jo Doe 814-555-0101 jo@example.org " * 100
    assert read_contact_cell(cell).people == ((cell.strip(), "", ""),)
