"""A text with labels is a table in a cell, in HTML as in plain lines."""

import json

import pytest

from referral.fields.phones import parse_phone
from tests.formats.conftest import read_list

ENTRY = (
    "<h2>{name}</h2><ul><li><strong>Phone:</strong><ul><li><a href='tel:+18145550101'>{phone}</a>"
    " (office)</li></ul></li><li><b>Hours:</b> Mon-Fri 9am-5pm</li><li>Location: {street} "
    "<a href='#' data-lat='41.63' data-lon='-80.15'>Map</a></li><li>Website: "
    "<a href='https://hope.example.org/'>hope.example.org</a></li><li>Closed in May.</li></ul>"
)
PLAIN = "{name} helps.\nPhone: {phone}\nHours: Mon-Fri 9am-5pm\nBoard chair: Ann\nClosed in May."


def read_entries(tmp_path, form):
    path = tmp_path / "list.json"
    entries = [
        {"title": name, "content": form.format(name=name, phone=phone, street=street)}
        for name, phone, street in (
            ("Hope House", "814-555-0101", "12 Main St, Meadville"),
            ("Help Center", "814-555-0102", "9 Oak St, Meadville"),
        )
    ]
    path.write_text(json.dumps(entries), encoding="utf-8")
    return read_list(path)


def test_labels_of_html_become_columns(tmp_path):
    outcome = read_entries(tmp_path, ENTRY)
    assert {each.number for each in outcome.records("phone")} == {
        parse_phone("814-555-0101").number, parse_phone("814-555-0102").number,
    }  # fmt: skip
    assert {each.byday for each in outcome.records("schedule")} == {"MO,TU,WE,TH,FR"}
    assert {(each.address_1, each.city, each.state_province) for each in outcome.records("address")} == {
        ("12 Main St", "Meadville", "PA"), ("9 Oak St", "Meadville", "PA"),
    }  # fmt: skip
    assert {each.latitude for each in outcome.records("location")} == {41.63}
    assert {each.url for each in outcome.records("service")} == {"https://hope.example.org/"}


@pytest.mark.parametrize(
    ("said", "visibility"),
    [
        ("Do not give out our address.", "withheld"),
        ("Address confidential: yes", "withheld"),
        ("Confidential: yes", "staff"),
    ],
)
def test_what_is_said_beside_labels_keeps_a_place_secret(tmp_path, said, visibility):
    form = f"{ENTRY[: -len('</ul>')]}<li>{said}</li></ul>"
    locations = read_entries(tmp_path, form).records("location")
    assert [each.visibility for each in locations] == [visibility] * 2


def test_a_list_of_streets_is_several_places(tmp_path):
    places = (
        "<li>Locations:<ul><li>Main office: {street} <a data-lat='41.63' data-lon='-80.15'>Map</a>"
        "</li><li>20 Erie St, Titusville <a data-lat='41.62' data-lon='-79.67'>Map</a></li></ul></li>"
    )
    form = ENTRY.replace("<li>Closed in May.</li>", places)
    form = form.replace(
        "<li>Location: {street} <a href='#' data-lat='41.63' data-lon='-80.15'>Map</a></li>", ""
    )
    outcome = read_entries(tmp_path, form)
    assert {each.city for each in outcome.records("address")} == {"Meadville", "Titusville"}
    assert {(each.name, each.latitude) for each in outcome.records("location")} == {
        ("Main office", 41.63), ("", 41.62),
    }  # fmt: skip
    assert len(outcome.records("service_at_location")) == 4


def test_the_head_of_a_column_of_a_table_is_a_label(tmp_path):
    table = (
        "<table><tr><th>Location</th><th>Phone</th></tr><tr><td>{street}</td><td>{phone}</td></tr>"
        "<tr><td>20 Erie St</td><td>814-555-0190</td></tr></table><ul><li>Hours: daily 9-5</li></ul>"
    )
    outcome = read_entries(tmp_path, table)
    assert {each.tel for each in outcome.records("phone")} == {
        "+18145550101", "+18145550102", "+18145550190",
    }  # fmt: skip
    assert {each.address_1 for each in outcome.records("address")} >= {"20 Erie St"}
    assert len(outcome.records("location")) == 4
    assert {each.opens_at for each in outcome.records("schedule")} == {"09:00"}


def test_what_a_browser_hides_is_no_part(tmp_path):
    hidden = "<span style='display:none'>night desk 814-555-0177</span>"
    outcome = read_entries(tmp_path, ENTRY.replace("<b>Hours", f"{hidden}<b>Hours"))
    assert "0177" not in str(outcome.items)


def test_what_no_known_label_names_stays_in_its_cell(tmp_path):
    outcome = read_entries(tmp_path, PLAIN)
    (first, _) = outcome.sourced("service")
    rest = str(first.origin.unmapped)
    assert "Board chair: Ann" in rest
    assert "Closed in May." in rest
    assert "814-555" not in rest
    assert len(outcome.records("phone")) == 2
