"""A column mapping is proposed from headers and cells."""

from referral.formats.provider_list import open_list
from tests.formats.conftest import SOURCE, outcome_of
from tests.formats.mapped_tables import rules_of


def test_headers_in_two_languages_are_known():
    rules = rules_of(["Organización", "Teléfono", "Código Postal", "Horario", "Sitio Web", "Notas"])
    assert [rule.target for rule in rules.values()] == [
        "organization.name", "phone.number", "address.postal_code", "schedule.hours",
        "service.url", "",
    ]  # fmt: skip
    assert all(rule.why for rule in rules.values())
    assert rules["Notas"].confidence == 0
    assert rules["Teléfono"].confidence > 0.9


def test_a_slip_in_a_header_is_forgiven_with_less_confidence():
    rules = rules_of(["Agency Name", "Phone Nubmer"])
    assert rules["Phone Nubmer"].target == "phone.number"
    assert rules["Phone Nubmer"].confidence < rules["Agency Name"].confidence
    assert "phone number" in rules["Phone Nubmer"].why


def test_cells_tell_what_headers_do_not():
    rules = rules_of(
        ["Name", "A", "B", "C", "D", "E", "F", "G", "H"],
        ["Hope", "814-555-0101", "16335", "a@example.org", "www.example.org", "Mon-Fri 9am-5pm",
         "5/1/2026", "12 Main St", "-80.15,41.63"],
        ["Help", "(814) 555-0102", "16354-0001", "b@example.org", "https://example.org/b",
         "Tue 10am-2pm", "2026-05-02", "9 N Oak Avenue", "-80.3,41.7"],
    )  # fmt: skip
    assert [rules[key].target for key in "ABCDEFGH"] == [
        "phone.number", "address.postal_code", "service.email", "service.url", "schedule.hours",
        "", "address.address_1", "location.position",
    ]  # fmt: skip
    assert "100% of its cells are phone numbers" in rules["A"].why


def test_cells_that_do_not_fit_take_the_word_from_their_header(tmp_path):
    header = ["Name", "Phone", "Serves", "Zip"]
    rows = [
        ["Hope", "Main St", "Women; Veterans", "16335"],
        ["Help", "Oak Ave", "Men", "16354"],
        ["Roof", "Elm St", "Families", "16327"],
    ]
    rules = rules_of(header, *rows)
    assert {name: rules[name].target for name in header} == {
        "Name": "service.name", "Phone": "", "Serves": "service.population",
        "Zip": "address.postal_code",
    }  # fmt: skip
    assert rules["Phone"].because == "cells-differ"
    path = tmp_path / "list.csv"
    path.write_text("\n".join(",".join(row) for row in (header, *rows)), encoding="utf-8")
    notices = [each for each in open_list(path).notices if each.code == "column-to-ask"]
    assert [each.column for each in notices] == ["Phone"]


def test_two_cells_are_too_few_to_deny_a_header():
    rules = rules_of(["Name", "Phone"], ["Hope", "ask"], ["Help", "none"])
    assert rules["Phone"].target == "phone.number"
    assert rules["Phone"].confidence == 0.95


def test_of_two_columns_with_one_header_the_one_whose_cells_fit_is_read():
    rules = rules_of(
        ["Name", "City", "Town"], ["Hope", "16335", "Meadville"], ["Help", "16354", "Titusville"],
        ["Roof", "16327", "Guys Mills"],
    )  # fmt: skip
    assert rules["Town"].target == "address.city"


def test_what_nothing_tells_is_kept_and_not_shown():
    rules = rules_of(["Name", "Phone", "Shoe size"], ["Hope", "988", "9"])
    assert rules["Shoe size"].target == ""
    assert "not shown" in rules["Shoe size"].why


def test_sentences_that_may_be_notes_for_staff_are_asked_about(tmp_path):
    path = tmp_path / "list.csv"
    said = "Called them on Monday. The woman who answered was not kind to our volunteer."
    path.write_text(f"Name,Phone,Field 7\nHope,814-555-0101,{said}\n", encoding="utf-8")
    opened = open_list(path)
    assert [(each.code, each.column) for each in opened.notices] == [("column-to-ask", "Field 7")]
    outcome = outcome_of(opened.read(SOURCE))
    assert "Called them" not in str(
        [item.record for item in outcome.items if "record" in dir(item)]
    )


def test_a_matrix_is_seen_by_its_marks():
    header = ["Agency", "Phone", "Spanish", "ASL", "Veterans", "Crawford County", "Food", "Rent",
              "Diapers", "Monday", "Wed"]  # fmt: skip
    rules = rules_of(
        header,
        ["Hope", "988", "X", "", "x", "X", "Yes", "", "✓", "X", "9am-12pm"],
        ["Help", "911", "", "X", "", "X", "No", "Yes", "", "", "closed"],
    )
    assert {name: rules[name].target for name in header[2:]} == {
        "Spanish": "language.name", "ASL": "language.name", "Veterans": "service.population",
        "Crawford County": "service_area.name", "Food": "taxonomy_term.name",
        "Rent": "taxonomy_term.name", "Diapers": "taxonomy_term.name", "Monday": "schedule.day",
        "Wed": "schedule.day",
    }  # fmt: skip
    assert rules["Wed"].marks == "Wednesday"


def test_one_lonely_yes_or_no_is_no_topic():
    rules = rules_of(
        ["Agency", "Phone", "Paid dues"], ["Hope", "988", "Yes"], ["Help", "911", "No"]
    )
    assert rules["Paid dues"].target == ""


def test_topics_do_not_have_what_all_their_headers_begin_with():
    rules = rules_of(
        ["Name", "Topic covered: Saving", "Topic covered: Credit", "Topic covered: Taxes"],
        ["Hope", "Yes", "No", "Yes"],
        ["Help", "No", "Yes", "No"],
    )
    assert [rule.marks for rule in list(rules.values())[1:]] == ["Saving", "Credit", "Taxes"]
