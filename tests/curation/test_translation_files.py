"""Texts to translators and back: nothing lost, nothing translated that has changed since."""

import csv
import io
from contextlib import suppress

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from referral.cli import main
from referral.curation.translation_files import export_translations, import_translations
from referral.directory.listings import read_service
from referral.errors import RefusedError
from referral.formats.translation_csv import csv_of_translations, read_translation_lines
from referral.records.edits import MadeBy
from referral.records.translated_fields import TranslationLine, text_hash
from referral.records.visibility import Audience
from referral.store.history import edits_of
from referral.store.rows import OrganizationRow, ServiceRow, TranslationRow

PANTRY, CLOSET, SECRET = (f"00000000-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@pytest.fixture
def texts_in(instance):
    with instance.store.write() as session:
        session.add(OrganizationRow(id="o", name="Helping Hands"))
        session.add(ServiceRow(id=PANTRY, name="Pantry", description='Food,\n"free".',
                               organization_id="o", status="active"))  # fmt: skip
        session.add(ServiceRow(id=CLOSET, name="=Closet", organization_id="o", status="active"))
        session.add(ServiceRow(id=SECRET, name="Hidden house", organization_id="o",
                               status="active", visibility="confidential"))  # fmt: skip
    return instance


def table_of(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def filled(content, **by_original):
    rows = table_of(content)
    for row in rows:
        if row["original"] in by_original:
            row["translation"], row["status"] = by_original[row["original"]]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


@given(st.lists(st.builds(
    TranslationLine, kind=texts, id=texts.map(lambda text: f"i{text}"), field=texts, language=texts,
    original=texts, original_hash=texts, translation=texts, status=texts,
)))  # fmt: skip
def test_what_is_written_is_read_back(lines):
    assert [line for _, line in read_translation_lines(csv_of_translations(lines))] == lines


def test_no_cell_can_act_as_a_formula(texts_in):
    content, _ = export_translations(texts_in, "es")
    assert {row["original"] for row in table_of(content)} >= {"'=Closet", 'Food,\n"free".'}


def test_an_export_that_comes_back_untouched_changes_nothing(texts_in):
    first, count = export_translations(texts_in, "es")
    taken = import_translations(texts_in, filled(first, Pantry=("Despensa", "machine")))
    assert (taken.added, taken.changed, taken.problems) == (1, 0, ())
    second, again = export_translations(texts_in, "es")
    assert count == again
    taken = import_translations(texts_in, second)
    assert (taken.added, taken.changed, taken.unchanged, taken.problems) == (0, 0, again, ())
    assert export_translations(texts_in, "es")[0] == second


def test_a_translation_is_shown_with_its_status_and_kept_in_history(texts_in):
    content, _ = export_translations(texts_in, "es")
    import_translations(texts_in, filled(content, Pantry=("Despensa", "machine")))
    page = read_service(texts_in, PANTRY, Audience.PUBLIC)
    assert page.translations["es"]["name"] == "Despensa"
    assert page.translation_states["es"]["name"] == "machine"
    content, _ = export_translations(texts_in, "es")
    import_translations(texts_in, filled(content, Pantry=("La despensa", "person-checked")))
    with texts_in.store.read() as session:
        row = session.scalars(select(TranslationRow).where(TranslationRow.link_id == PANTRY)).one()
        edits = edits_of(session, "translation", [row.id])
    assert (row.text, row.status) == ("La despensa", "person-checked")
    assert {edit.author.made_by for edit in edits} == {MadeBy.HAND}
    assert ("Despensa", "La despensa") in [edit.fields.get("text") for edit in edits]


def test_what_changed_since_the_export_is_refused_by_row_and_the_rest_is_kept(texts_in):
    content, _ = export_translations(texts_in, "es")
    with texts_in.store.write() as session:
        session.get_one(ServiceRow, PANTRY).name = "River Pantry"
    content = filled(
        content, **{"Pantry": ("Despensa", "machine"), "'=Closet": ("Ropero", "machine")}
    )
    taken = import_translations(texts_in, content)
    assert taken.added == 1
    (problem,) = taken.problems
    assert table_of(content)[problem.row - 2]["original"] == "Pantry"
    assert "Export the file again" in str(problem.message)


def test_only_missing_leaves_out_what_a_person_checked(texts_in):
    content, count = export_translations(texts_in, "es")
    import_translations(texts_in, filled(content, Pantry=("Despensa", "person-checked")))
    missing, fewer = export_translations(texts_in, "es", only_missing=True)
    assert fewer == count - 1
    assert "Pantry" not in [row["original"] for row in table_of(missing)]


def test_withheld_texts_are_in_no_export_and_take_no_translation(texts_in):
    content, _ = export_translations(texts_in, "es")
    assert b"Hidden house" not in content
    forged = csv_of_translations([TranslationLine(
        kind="service", id=SECRET, field="name", language="es", original="Hidden house",
        original_hash=text_hash("Hidden house"), translation="Casa", status="machine",
    )])  # fmt: skip
    taken = import_translations(texts_in, forged)
    assert taken.added == 0
    assert "no such text" in str(taken.problems[0].message)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"status": "perhaps"}, "Write one of these"),
        ({"status": "none"}, "Write one of these"),
        ({"field": "phone"}, "no such text"),
        ({"language": "x y"}, "no such text"),
    ],
)
def test_rows_that_cannot_be_kept_say_what_to_do(texts_in, change, says):
    values = {"kind": "service", "id": PANTRY, "field": "name", "language": "es",
              "original": "Pantry", "original_hash": text_hash("Pantry"),
              "translation": "Despensa", "status": "machine"}  # fmt: skip
    line = TranslationLine(**{**values, **change})
    taken = import_translations(texts_in, csv_of_translations([line]))
    assert taken.added == 0
    assert says in str(taken.problems[0].message)
    twice = import_translations(texts_in, csv_of_translations([TranslationLine(**values)] * 2))
    assert "twice" in str(twice.problems[0].message)


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\xff\xfe\x00", b'a,"b\n'])
def test_what_is_no_such_file_is_refused(texts_in, content):
    with pytest.raises(RefusedError):
        import_translations(texts_in, content)


@given(st.binary())
def test_any_bytes_are_read_or_refused(content):
    with suppress(RefusedError):
        read_translation_lines(content)


@pytest.mark.slow
def test_by_the_command(tmp_path):
    environment = {"REFERRAL_INSTANCE": str(tmp_path)}
    runner, file = CliRunner(), tmp_path / "es.csv"

    def run(*words):
        return runner.invoke(main, ["translations", *words], env=environment)

    assert run("export", "--language", "es", str(file)).exit_code == 0
    assert file.read_bytes().startswith("\N{BYTE ORDER MARK}kind,id,field,language".encode())
    assert "0 added" in run("import", str(file)).output
    assert run("export", "--language", "no such", str(file)).exit_code != 0
