"""Which format a list is in, why, and what is said about the list as a whole."""

import pytest

from referral.errors import RefusedError
from referral.formats import FORMATS
from referral.formats.choose import LIST_FORMATS
from referral.formats.provider_list import open_list
from referral.formats.reading.items import RefusedRow
from referral.records.kinds import KINDS, SourcedRecord, kind_of
from referral.records.problems import Problem

ORGANIZATIONS = "id,name,description\n1,Hope,\n"
SERVICES_2 = "id,organization_id,name\n1,1,Food\n"
AS_HSDS_CALLS_THEM = [
    {"services.csv": SERVICES_2},
    {"services.csv": "service_recordid,service_name,service_organization\n1,Food,1\n"},
    {"services.csv": SERVICES_2, "eligibility.csv": "id,eligibility\n" + "1,adult\n" * 40},
    {"services.csv": SERVICES_2, "menus.csv": "id,dish\n" + "1,Soup\n" * 40},
    {"services.csv": "id,organization_id,name,status,hotline\n1,1,Food,active,814-555-0101\n"},
    {"taxonomies.csv": "id,name\n"},
    {},
]
OWN_SHEETS = [
    {"organizations.csv": "id,name,website,phone,street,city\n"
     "1,Hope,hope.example,814-555-0101,12 Elm St,Titusville\n"},
    {"organizations.csv": "Organization,Phone\nHope,814-555-0101\n",
     "services.csv": "Organization,Service,Hours,Eligibility\nHope,Food,Mon-Fri 9-5,Adults\n"},
]  # fmt: skip


@pytest.mark.parametrize("files", AS_HSDS_CALLS_THEM)
def test_tables_of_which_its_columns_keep_most_are_open_referral(folder, files):
    opened = open_list(folder({"organizations.csv": ORGANIZATIONS, **files}))
    assert opened.format == "open-referral"
    assert "organizations.csv" in str(opened.why)
    assert str(opened.why).endswith(".")


@pytest.mark.parametrize("files", OWN_SHEETS)
def test_sheets_of_the_same_names_are_read_by_columns_that_keep_more(folder, files):
    opened = open_list(folder(files))
    assert opened.format == "spreadsheet"
    kinds = {kind_of(i.record) for i in opened.read("s") if isinstance(i, SourcedRecord)}
    assert {"organization", "phone"} <= kinds


def test_columns_that_somebody_mapped_are_read_so(folder):
    path = folder({"programs.csv": "id,name,organization_id\n1,Food,1\n"})
    assert open_list(path).format == "open-referral"
    saved = open_list(path, format="spreadsheet").mapping
    assert open_list(path, saved=saved).format == "spreadsheet"
    others = open_list(folder({"programs.csv": "Agency,Phone\nHope,1\n"}), format="spreadsheet")
    path = folder({"programs.csv": "id,name,organization_id\n1,Food,1\n"})
    assert open_list(path, saved=others.mapping).format == "open-referral"


def test_a_table_of_another_thing_is_refused_whatever_its_name(folder):
    with pytest.raises(RefusedError, match="isbn, shelf"):
        open_list(folder({"phones.csv": "isbn,shelf\n1,2\n"}))


def test_the_admin_may_say_which_format_it_is(folder):
    files = {
        "organizations.csv": ORGANIZATIONS,
        "services.csv": SERVICES_2,
        "taxonomies.csv": "id,name\n",
    }
    opened = open_list(folder(files), format="hsds-2")  # as it was called before
    assert opened.format == "open-referral"
    assert "you said so" in str(opened.why)


def test_unknown_formats_are_refused_with_the_known_ones(folder):
    with pytest.raises(RefusedError) as refusal:
        open_list(folder({"a.csv": "id\n"}), format="marc")
    assert all(name in str(refusal.value) for name in FORMATS)


def test_files_in_no_known_form_are_refused_by_name(folder):
    with pytest.raises(RefusedError, match=r"books\.csv, loans\.csv"):
        open_list(folder({"books.csv": "isbn,title\n", "loans.csv": "isbn,day\n"}))


def test_one_table_with_unknown_columns_is_refused_with_what_is_expected(folder):
    with pytest.raises(RefusedError, match="isbn, shelf") as refusal:
        open_list(folder({"books.csv": "isbn,shelf\n1,2\n"}) / "books.csv")
    assert "service name" in str(refusal.value)


def test_words_beside_tables_are_no_table(folder):
    files = {
        "places.csv": "Agency,Service,Phone\nHope,Pantry,814-555-0101\n",
        "README.txt": "Our places, kept by hand.\nAsk Pat.\n",
        "more.txt": "Agency\tService\nHope\tTax help\n",
    }
    opened = open_list(folder(files))
    assert {(n.code, n.file) for n in opened.notices} == {("file-not-read", "readme.txt")}
    assert {sheet.sheet for sheet in opened.mapping.sheets} == {"places", "more"}


def test_nothing_of_a_list_is_passed_over_in_silence(folder):
    files = {
        "organizations.csv": "id,name,website,colour\n1,Hope,,red\n",
        "meta_table_descriptions.csv": "id,name\n1,List\n",
        "menus.csv": "id,dish\n1,Soup\n",
        "readme.md": "hello",
        "taxonomies.csv": "id,name\n",
    }
    opened = open_list(folder(files))
    assert [(problem.code, problem.file) for problem in opened.notices] == [
        ("file-not-read", "readme.md"),
        ("file-unknown", "menus.csv"),
        ("file-not-kept", "meta_table_descriptions.csv"),
    ]
    items = list(opened.read("s"))
    (aside,) = [item for item in items if isinstance(item, Problem)]
    assert (aside.code, aside.file) == ("columns-kept-aside", "organizations.csv")
    assert "colour" in aside.detail
    assert "website" not in aside.detail
    (record,) = [item for item in items if isinstance(item, SourcedRecord)]
    assert record.origin.unmapped == {"colour": "red"}
    assert (record.origin.file, record.origin.line, record.origin.key) == (
        "organizations.csv",
        2,
        "1",
    )


def test_rows_are_counted_as_they_are_read(folder):
    files = {"organizations.csv": "id,name,website\n1,Hope,\n2,Help,\n", "services.csv": SERVICES_2}
    opened = open_list(folder(files))
    seen: list[int] = []
    list(opened.read("s", seen.append))
    assert opened.row_count == 3
    assert seen == [1, 2, 3, 3]
    seen.clear()
    list(opened.read("s", seen.append))
    assert seen == [1, 2, 3, 3]


@pytest.mark.slow
def test_parents_come_before_children(shared_data):
    for name in ("dc-directory/2023-export", "ohana-sample/sample-csv"):
        items = open_list(shared_data / name).read("s")
        order = list(KINDS)
        kinds = [
            item.kind if isinstance(item, RefusedRow) else kind_of(item.record)
            for item in items
            if not isinstance(item, Problem)
        ]
        places = [order.index(kind) for kind in kinds]
        assert places == sorted(places)


def test_every_format_that_has_a_name_has_a_reader():
    assert list(LIST_FORMATS) == list(FORMATS)
