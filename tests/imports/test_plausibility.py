"""Lists that were read wrongly or cut short wait for a person; clean ones do not."""

import csv
import io
import json

import pytest
from click.testing import CliRunner

from referral.app.job_kinds import do_work
from referral.cli import main
from referral.errors import RefusedError
from referral.imports.apply import apply_import
from referral.imports.prepare import prepare_import
from referral.records.accounts import Role
from referral.records.problems import Severity
from tests.imports.test_pages import press, send
from tests.support.provider_lists import pantry_list, write_csv, write_hsds, zipped
from tests.support.staff import add_account, signed_in_client

HOPE = {"id": "o1", "name": "Hope", "description": "We help.", "website": "https://hope.example"}
CLEAN_LISTS = (
    "florida-legal-aid",
    "ohana-sample/sample-csv",
    "sf-lists/icarol-sf.csv",
    "sf-lists/linksf.json",
    "sf-lists/women-services.csv",
)


def doubts_of(directory, path, source="list"):
    report = prepare_import(directory, path, source=source).report
    assert all(doubt.severity is Severity.DOUBT for doubt in report.doubts)
    return report.doubt_codes


def sheet(path, rows):
    """Write rows as a CSV file, as a program that does not quote would."""
    path.write_text("".join(",".join(row) + "\n" for row in rows))
    return path


def services(count, **cells):
    """Write so many rows of services, with these cells."""
    text = io.StringIO()
    rows = [
        {"Agency": f"Agency {n}", "Service": f"Pantry {n}", **{k: v(n) for k, v in cells.items()}}
        for n in range(count)
    ]
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def test_a_small_clean_list_raises_no_doubt(directory, tmp_path):
    assert doubts_of(directory, pantry_list(tmp_path / "list")) == ()


def test_commas_without_quotation_marks_are_noticed(directory, tmp_path):
    header = ["Agency", "Service", "Address", "Phone"]
    rows = [[f"A {n}", f"Pantry {n}", f"{n} Elm St, Suite 2", "814-555-0101"] for n in range(12)]
    assert "rows-uneven" in doubts_of(directory, sheet(tmp_path / "list.csv", [header, *rows]))


def test_one_number_in_every_row_is_noticed(directory, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(services(25, Phone=lambda _: "814-555-0101"))
    assert doubts_of(directory, path) == ("one-value",)
    path.write_text(services(25, Phone=lambda n: f"814-555-01{n:02}"))
    assert doubts_of(directory, path) == ()


def test_numbers_in_a_column_that_nobody_reads_are_noticed(directory, tmp_path):
    many = [
        {"id": f"s{n}", "organization_id": "o1", "name": f"Pantry {n}", "status": "active",
         "hotline": f"814-555-01{n:02}"}
        for n in range(12)
    ]  # fmt: skip
    path = write_hsds(tmp_path / "list", organizations=[HOPE], services=many)
    assert "content-not-read" in doubts_of(directory, path)


def test_ids_that_fit_nothing_are_noticed_with_their_cause(directory, tmp_path):
    many = [
        {"id": f"s{n}", "organization_id": "o1", "name": f"Pantry {n}", "status": "active"}
        for n in range(12)
    ]
    phones = [
        {"id": f"p{n}", "service_id": f"{n}", "number": f"814-555-01{n:02}", "type": "voice"}
        for n in range(12)
    ]
    path = write_hsds(tmp_path / "list", organizations=[HOPE], services=many, phones=phones)
    report = prepare_import(directory, path, source="list").report
    (doubt,) = report.doubts
    assert doubt.code == "many-refused"
    assert "12 of 12" in doubt.detail
    assert "points to service" in doubt.detail


def shorter(folder):
    """Write the pantry list without what it had."""
    service = [{"id": "s9", "organization_id": "o1", "name": "New", "status": "active"}]
    return write_hsds(folder, organizations=[HOPE], services=service)


def test_no_flag_but_its_own_confirms_a_doubt(tmp_path, monkeypatch):
    monkeypatch.setenv("REFERRAL_DATABASE", "")
    start = ["--instance", str(tmp_path / "instance"), "import", "--source", "pantries"]
    whole = [*start, str(pantry_list(tmp_path / "whole")), "--yes"]
    assert CliRunner().invoke(main, whole).exit_code == 0
    short = [*start, str(shorter(tmp_path / "short")), "--json"]
    dry = json.loads(CliRunner().invoke(main, [*short, "--dry-run"]).stdout)
    assert [p["code"] for p in dry["problems"] if p["severity"] == "doubt"] == ["list-shrank"]
    refused = CliRunner().invoke(main, [*short, "--yes"])
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["problems"][0]["code"] == "list-refused"
    confirmed = CliRunner().invoke(main, [*short, "--confirm", "list-shrank"])
    assert json.loads(confirmed.stdout)["applied"] is True


def test_an_unconfirmed_list_writes_nothing(directory, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(services(25, Phone=lambda _: "814-555-0101"))
    prepared = prepare_import(directory, path, source="list")
    with pytest.raises(RefusedError, match="same value"):
        apply_import(directory, prepared, confirmed=["list-shrank"])
    assert apply_import(directory, prepared, confirmed=["one-value"]).applied


def test_the_page_asks_before_it_applies(app, directory, tmp_path):
    add_account(directory, [Role.ADMIN])
    admin = signed_in_client(app)
    page = send(admin, directory, zipped(pantry_list(tmp_path / "whole")))
    press(admin, directory, page, "apply")
    page = send(admin, directory, zipped(shorter(tmp_path / "short")))
    assert 'value="list-shrank"' in admin.get(page).text
    assert "Applied. Searches" not in press(admin, directory, page, "apply")
    text = press(admin, directory, page, "apply", confirmed="list-shrank")
    assert "Applied. Searches" in text


def test_the_cells_of_every_column_are_accounted_for(directory, tmp_path):
    write_csv(
        tmp_path / "list.csv",
        {"Agency": "Hope", "Service": "Pantry", "Phone": "814-555-0101", "Mascot": "A cat"},
        {"Agency": "Care", "Service": "", "Phone": "", "Mascot": "A dog"},
    )
    fidelity = prepare_import(directory, tmp_path / "list.csv", source="list").report.fidelity
    columns = {column.header: column for column in fidelity.columns}
    assert all(c.cells == c.kept + c.aside + c.refused for c in fidelity.columns)
    assert columns["Mascot"].aside + columns["Mascot"].refused == 2
    assert columns["Mascot"].aside_examples[0] == "A dog"
    assert "phone.number" in columns["Phone"].fields


def test_the_report_shows_nothing_of_what_is_withheld(app, directory, tmp_path):
    add_account(directory, [Role.ADMIN])
    admin = signed_in_client(app)
    page = send(admin, directory, zipped(pantry_list(tmp_path / "list")))
    do_work(directory, "w")
    text = admin.get(f"{page}/cells").text
    assert "1 Elm St" in text
    assert "Secret Way" not in text


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("dc-directory/2021-export", 0.86),
        # Rows of days without times, left out before, are kept; their second id is put aside.
        ("dc-directory/2023-export", 0.82),
        # "State: FL" is no street, and put aside.
        ("florida-legal-aid", 0.84),
        ("ohana-sample/sample-csv", 0.98),
        ("sf-lists/icarol-sf.csv", 0.75),
        ("sf-lists/women-services.csv", 0.98),
        ("sf-lists/money-services.csv", 0.98),
        ("sf-lists/linksf.json", 0.73),  # the categories of its places are of no service
        # Its capacity, address and change name records that are not in it, and are refused.
        ("hsds-3.1/examples/csv", 0.86),
        ("hsds-3.1/examples/service_full.json", 0.97),
    ],
)
def test_as_much_of_a_real_list_is_kept_as_before_without_doubt(
    directory, shared_data, name, least
):
    path = shared_data / name
    if not path.exists():
        pytest.skip(f"../shared/data/{name} is not here: it is a real list, not ours")
    report = prepare_import(directory, path, source="list").report
    fidelity = report.fidelity
    assert name not in CLEAN_LISTS or not report.doubts
    assert all(c.cells == c.kept + c.aside + c.refused for c in fidelity.columns)
    assert fidelity.kept_share >= least
