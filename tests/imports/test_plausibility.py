"""Lists that were read wrongly or cut short wait for a person; clean ones do not."""

import csv
import io
import json

import pytest
from click.testing import CliRunner

from referral.app.job_kinds import do_work
from referral.cli import main
from referral.errors import RefusedError
from referral.formats.files.fates import ColumnFates
from referral.formats.reading.items import RefusedRow
from referral.imports.apply import apply_import
from referral.imports.fidelity import Fidelity
from referral.imports.plan import KindCounts
from referral.imports.plausibility import plausibility_doubts, shrunk_kinds
from referral.imports.prepare import prepare_import
from referral.message import message
from referral.records.accounts import Role
from referral.records.hsds import Phone
from referral.records.kinds import Origin, SourcedRecord
from referral.records.problems import Problem, Severity
from tests.imports.test_pages import press_and_work, send
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


def doubts_of(instance, path, source="list"):
    report = prepare_import(instance, path, source=source).report
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


def test_a_small_clean_list_raises_no_doubt(instance, tmp_path):
    assert doubts_of(instance, pantry_list(tmp_path / "list")) == ()


def test_commas_without_quotation_marks_are_noticed(instance, tmp_path):
    header = ["Agency", "Service", "Address", "Phone"]
    rows = [[f"A {n}", f"Pantry {n}", f"{n} Elm St, Suite 2", "814-555-0101"] for n in range(12)]
    assert "rows-uneven" in doubts_of(instance, sheet(tmp_path / "list.csv", [header, *rows]))


def test_one_number_in_every_row_is_noticed(instance, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(services(25, Phone=lambda _: "814-555-0101"))
    assert doubts_of(instance, path) == ("one-value",)
    path.write_text(services(25, Phone=lambda n: f"814-555-01{n:02}"))
    assert doubts_of(instance, path) == ()


def test_numbers_in_a_column_that_nobody_reads_are_noticed(instance, tmp_path):
    many = [
        {"id": f"s{n}", "organization_id": "o1", "name": f"Pantry {n}", "status": "active",
         "hotline": f"814-555-01{n:02}"}
        for n in range(12)
    ]  # fmt: skip
    path = write_hsds(tmp_path / "list", organizations=[HOPE], services=many)
    assert "content-not-read" in doubts_of(instance, path)


def test_ids_that_fit_nothing_are_noticed_with_their_cause(instance, tmp_path):
    many = [
        {"id": f"s{n}", "organization_id": "o1", "name": f"Pantry {n}", "status": "active"}
        for n in range(12)
    ]
    phones = [
        {"id": f"p{n}", "service_id": f"{n}", "number": f"814-555-01{n:02}", "type": "voice"}
        for n in range(12)
    ]
    path = write_hsds(tmp_path / "list", organizations=[HOPE], services=many, phones=phones)
    report = prepare_import(instance, path, source="list").report
    (doubt,) = report.doubts
    assert doubt.code == "many-refused"
    assert "12 of 12" in doubt.detail
    assert "points to service" in doubt.detail


@pytest.mark.parametrize(
    ("kind", "there", "gone", "is_shrunk"),
    [
        ("service", 75, 25, False),  # a quarter of what stands by itself
        ("service", 74, 26, True),
        ("location", 7, 3, True),
        ("organization", 6, 3, False),  # of fewer than ten, half
        ("organization", 5, 5, True),
        ("program", 2, 2, False),
        ("program", 1, 2, True),
        ("phone", 50, 50, False),  # half of the parts
        ("phone", 49, 51, True),
        ("phone", 4, 6, True),
        ("schedule", 0, 9, False),  # of so few no share says anything
    ],
)
def test_the_share_that_may_be_gone_before_a_list_waits(kind, there, gone, is_shrunk):
    counts = {kind: KindCounts(changed=1, unchanged=there - 1, gone=gone, new=50)}
    if not there:
        counts = {kind: KindCounts(gone=gone)}
    assert shrunk_kinds(counts) == ({kind: there + gone} if is_shrunk else {})
    codes = [each.code for each in plausibility_doubts((), Fidelity(), counts)]
    assert codes == (["list-shrank"] if is_shrunk else [])


def test_what_a_list_lacks_most_of_is_told_first():
    counts = {"service": KindCounts(unchanged=6, gone=4), "location": KindCounts(gone=12)}
    assert list(shrunk_kinds(counts)) == ["location", "service"]


def column(cells, *, aside=0, content=""):
    return ColumnFates(
        file="a.csv", header="Phone", cells=cells, kept=cells - aside, aside=aside, content=content
    )


def unlinked(count):
    return [
        Problem(code="unknown-parent", severity=Severity.ERROR, message=message("x"),
                file="a.csv", line=number, column="service_id")
        for number in range(count)
    ]  # fmt: skip


def alike(same, others):
    numbers = ["814-555-0101"] * same + [f"814-555-02{n:02}" for n in range(others)]
    return [
        SourcedRecord(Phone(id=f"p{n}", number=number), Origin(source="x", key=f"{n}"))
        for n, number in enumerate(numbers)
    ]


@pytest.mark.parametrize(
    ("code", "items", "columns"),
    [
        ("content-not-read", [], [column(10, aside=10, content="streets")]),
        ("many-unlinked", unlinked(6), [column(10)]),
        ("", [], [column(100, aside=50)]),
        ("little-kept", [], [column(100, aside=51)]),
        ("", [], [column(99, aside=99)]),
        ("", [], [column(20, aside=16, content="phones")]),
        ("content-not-read", [], [column(20, aside=17, content="hours")]),
        ("content-not-read", [], [column(5, aside=5, content="phones")] * 2),
        ("", [], [column(9, aside=9, content="phones")]),
        ("", unlinked(10), [column(20)]),
        ("many-unlinked", unlinked(11), [column(20)]),
        ("", unlinked(9), [column(9)]),
        ("", alike(30, 20), []),
        ("one-value", alike(31, 19), []),
        ("one-value", alike(20, 0), []),
        ("", alike(19, 0), []),
    ],
)
def test_the_shares_at_which_a_list_seems_misread(code, items, columns):
    doubts = plausibility_doubts(items, Fidelity(tuple(columns)), {})
    assert [each.code for each in doubts] == ([code] if code else [])


@pytest.mark.parametrize(
    ("taken", "refused", "is_doubt"), [(16, 4, False), (15, 5, True), (7, 3, True), (0, 9, False)]
)
def test_the_share_of_refused_rows_at_which_a_list_waits(taken, refused, is_doubt):
    causes = unlinked(refused)
    items = [RefusedRow("phone", (each,)) for each in causes]
    counts = {"phone": KindCounts(new=taken, refused=refused)}
    codes = [each.code for each in plausibility_doubts(items, Fidelity(), counts)]
    assert codes == (["many-refused"] if is_doubt else [])


def shorter(folder):
    """Write the pantry list without what it had."""
    service = [{"id": "s1", "organization_id": "o1", "name": "Food pantry", "status": "active"}]
    return write_hsds(folder, organizations=[HOPE], services=service)


@pytest.mark.slow
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


@pytest.mark.slow
def test_an_unconfirmed_list_writes_nothing(instance, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(services(25, Phone=lambda _: "814-555-0101"))
    prepared = prepare_import(instance, path, source="list")
    with pytest.raises(RefusedError, match="same value"):
        apply_import(instance, prepared, confirmed=["list-shrank"])
    assert apply_import(instance, prepared, confirmed=["one-value"]).applied


@pytest.mark.slow
def test_the_page_asks_before_it_applies(app, instance, tmp_path):
    add_account(instance, [Role.ADMIN])
    admin = signed_in_client(app)
    page = send(admin, instance, zipped(pantry_list(tmp_path / "whole")))
    press_and_work(admin, instance, page, "apply")
    page = send(admin, instance, zipped(shorter(tmp_path / "short")))
    assert 'value="list-shrank"' in admin.get(page).text
    assert "Applied. Searches" not in press_and_work(admin, instance, page, "apply")
    text = press_and_work(admin, instance, page, "apply", confirmed="list-shrank")
    assert "Applied. Searches" in text


def test_the_cells_of_every_column_are_accounted_for(instance, tmp_path):
    write_csv(
        tmp_path / "list.csv",
        {"Agency": "Hope", "Service": "Pantry", "Phone": "814-555-0101", "Mascot": "A cat"},
        {"Agency": "Care", "Service": "", "Phone": "", "Mascot": "A dog"},
    )
    fidelity = prepare_import(instance, tmp_path / "list.csv", source="list").report.fidelity
    columns = {column.header: column for column in fidelity.columns}
    assert all(c.cells == c.kept + c.aside + c.refused + c.unread for c in fidelity.columns)
    assert columns["Mascot"].aside + columns["Mascot"].refused == 2
    assert columns["Mascot"].aside_examples[0] == "A dog"
    assert "phone.number" in columns["Phone"].fields


def test_a_row_of_which_nothing_is_made_is_not_counted_as_kept(instance, tmp_path):
    write_csv(
        tmp_path / "list.csv",
        {"Agency": "Hope", "Service": "Pantry", "Visits": "7"},
        {"Agency": "Total", "Service": "", "Visits": "7"},
    )
    fidelity = prepare_import(instance, tmp_path / "list.csv", source="list").report.fidelity
    assert [(c.header, c.kept, c.aside, c.unread) for c in fidelity.columns] == [
        ("Agency", 1, 0, 1), ("Service", 1, 0, 0), ("Visits", 0, 1, 1),
    ]  # fmt: skip


@pytest.mark.slow
def test_the_report_shows_nothing_of_what_is_withheld(app, instance, tmp_path):
    add_account(instance, [Role.ADMIN])
    admin = signed_in_client(app)
    page = send(admin, instance, zipped(pantry_list(tmp_path / "list")))
    do_work(instance, "w")
    text = admin.get(f"{page}/cells").text
    assert "1 Elm St" in text
    assert "Secret Way" not in text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "least"),
    [
        # Rows that join phones and addresses to places name some that are not in it.
        ("dc-directory/2021-export", 0.83),
        # A second id of its hours is put aside, and rows that hold nothing but ids are not read.
        ("dc-directory/2023-export", 0.75),
        # "State: FL" is no street, and put aside.
        ("florida-legal-aid", 0.84),
        ("ohana-sample/sample-csv", 0.98),
        ("sf-lists/icarol-sf.csv", 0.75),
        ("sf-lists/women-services.csv", 0.98),
        ("sf-lists/money-services.csv", 0.97),
        # The categories of its places are of no service, and notes of its further places are lost.
        ("sf-lists/linksf.json", 0.62),
        # Its capacity, address and change name records that are not in it, and are refused; no
        # capacity counts in its unit.
        ("hsds-3.1/examples/csv", 0.83),
        ("hsds-3.1/examples/service_full.json", 0.97),
    ],
)
def test_as_much_of_a_real_list_is_kept_as_before_without_doubt(instance, shared_data, name, least):
    path = shared_data / name
    if not path.exists():
        pytest.skip(f"../shared/data/{name} is not here: it is a real list, not ours")
    report = prepare_import(instance, path, source="list").report
    fidelity = report.fidelity
    assert name not in CLEAN_LISTS or not report.doubts
    assert all(c.cells == c.kept + c.aside + c.refused + c.unread for c in fidelity.columns)
    assert fidelity.kept_share >= least
