"""The spreadsheet to fill in: read without a question, each cell in its place."""

import csv
import io
from html import escape
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from referral.formats.reading.items import RefusedRow
from referral.imports.prepare import prepare_interactively
from referral.imports.records import BatchState
from referral.imports.review import read_batch
from referral.imports.web.labels import TEMPLATE_HINTS
from referral.records.kinds import kind_of
from referral.records.problems import Problem
from referral.records.visibility import Visibility
from tests.imports.test_pages import send

ROWS = (
    {
        "Organization": "Elm Pantry", "Service name": "Groceries", "What it does": "Bags of food.",
        "Who it is for": "Adults 60 and over", "How to apply": "Walk in", "Cost": "Free",
        "Street address": "12 Elm St", "City": "Meadville", "State": "PA", "ZIP code": "16335",
        "Phone": "814-555-0101; 814-555-0102", "E-mail": "food@example.org",
        "Website": "https://food.example.org", "Hours": "Mon-Fri 9 am-5 pm; Sat 10 am-1 pm",
        "Languages": "English, Spanish", "Area served": "Crawford County",
    },
    {
        "Organization": "Quiet House", "Service name": "Beds for the night", "City": "Meadville",
        "State": "PA", "ZIP code": "16335", "Street address": "99 Hidden Ln",
        "Confidential address": "yes", "Phone": "814-555-0103",
    },
    {"Organization": "Elm Pantry", "Service name": "Diapers", "Phone": "814-555-0101"},
)  # fmt: skip


def filled(content, form, rows):
    """The template as it was downloaded, with rows below its headers."""
    cells = [[row.get(header, "") for header in TEMPLATE_HINTS] for row in rows]
    if form == "csv":
        text = io.StringIO(newline="")
        csv.writer(text).writerows(cells)
        return content + text.getvalue().encode()
    lines = "".join(
        f'<row r="{number}">'
        + "".join(f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>' for cell in row)
        + "</row>"
        for number, row in enumerate(cells, start=2)
    )
    written = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as old, ZipFile(written, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                part = part.replace(b"</sheetData>", f"{lines}</sheetData>".encode())
            new.writestr(name, part)
    return written.getvalue()


@pytest.fixture
def template(admin, instance, tmp_path):
    """Write the template with rows, send it, and give its file and the address of its page."""

    def make(form, rows):
        content = admin.get(f"/admin/imports/template.{form}").data
        path = tmp_path / f"list.{form}"
        path.write_bytes(filled(content, form, rows))
        return path, send(admin, instance, path, "elm")

    return make


def values_of(items, kind, field):
    """What the records of a kind say in a field, in order."""
    records = [item.record for item in items if kind_of(item.record) == kind]
    return sorted(value for record in records if (value := getattr(record, field)))


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_filled_template_is_read_without_a_question(instance, template, form):
    path, page = template(form, ROWS)
    batch = read_batch(instance, page.rpartition("/")[2])
    assert (batch.state, batch.doubts) == (BatchState.READY, ())
    assert batch.fidelity.kept == batch.fidelity.cells == 16 + 8 + 3
    items = prepare_interactively(instance, path, source="elm").items
    assert not [item for item in items if isinstance(item, Problem | RefusedRow)]
    expected = {
        "organization.name": ["Elm Pantry", "Quiet House"],
        "service.name": ["Beds for the night", "Diapers", "Groceries"],
        "service.description": ["Bags of food."],
        "service.eligibility_description": ["Adults 60 and over"],
        "service.application_process": ["Walk in"],
        "service.fees_description": ["Free"],
        "service.email": ["food@example.org"],
        "service.url": ["https://food.example.org"],
        "address.address_1": ["12 Elm St", "99 Hidden Ln"],
        "address.city": ["Meadville", "Meadville"],
        "address.state_province": ["PA", "PA"],
        "address.postal_code": ["16335", "16335"],
        "phone.number": ["814-555-0101", "814-555-0101", "814-555-0102", "814-555-0103"],
        "language.code": ["en", "es"],
        "service_area.name": ["Crawford County"],
        "schedule.byday": ["MO,TU,WE,TH,FR", "SA"],
        "schedule.opens_at": ["09:00", "10:00"],
    }
    assert {name: values_of(items, *name.split(".")) for name in expected} == expected
    locations = [item.record for item in items if kind_of(item.record) == "location"]
    hidden = [each.id for each in locations if each.visibility is Visibility.WITHHELD]
    addresses = [item.record for item in items if kind_of(item.record) == "address"]
    assert [each.address_1 for each in addresses if each.location_id in hidden] == ["99 Hidden Ln"]


@pytest.mark.parametrize(
    ("form", "sentence"),
    [("csv", "This list changes nothing."), ("xlsx", "no sheet with a header and rows below it")],
)
def test_a_template_without_rows_brings_nothing_in(admin, template, form, sentence):
    _, page = template(form, [])
    assert sentence in admin.get(page).text


def test_cells_that_a_template_does_not_mean_are_asked(instance, template):
    _, page = template("csv", [{**ROWS[0], "Languages": "yes"}])
    assert read_batch(instance, page.rpartition("/")[2]).state is BatchState.MAPPING


def test_a_template_with_another_column_is_asked(admin, instance, tmp_path):
    content = admin.get("/admin/imports/template.csv").data.decode("utf-8-sig")
    path = tmp_path / "list.csv"
    path.write_text(content.strip() + ",Safe house\nElm,Beds" + "," * 15 + ",yes\n")
    page = send(admin, instance, path, "elm")
    assert read_batch(instance, page.rpartition("/")[2]).state is BatchState.MAPPING
