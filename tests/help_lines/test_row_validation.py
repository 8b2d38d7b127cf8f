"""What a typed help line becomes, and what cannot be taken."""

from datetime import date

import pytest

from referral.help_lines.row_validation import LineFault, new_key, read_typed_line

TODAY = date(2026, 11, 25)
TYPED = {
    "name": "County crisis line",
    "name_es": "Línea de crisis del condado",
    "what_for": "You need to talk.",
    "what_for_es": "Necesita hablar.",
    "phone": "(814) 555-0100 ext. 4",
    "text_to": "741-741",
    "tty": "711",
    "hours": "24/7",
    "web": "www.example.org/crisis",
    "sort": "15",
    "strip": "yes",
    "checked_on": "2026-11-25",
}


def faults_of(before=None, **changed):
    return read_typed_line({**TYPED, **changed}, before or {}, TODAY)[1]


def test_a_good_line_is_a_row():
    row, faults = read_typed_line(TYPED, {"key": "county", "source_key": "kept"}, TODAY)
    assert not faults
    assert row["tel"] == "+18145550100,4"
    assert row["web"] == "http://www.example.org/crisis"
    assert (row["key"], row["source_key"], row["strip"]) == ("county", "kept", "yes")


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("name", " ", LineFault.NEEDED),
        ("name_es", "", LineFault.SPANISH_NEEDED),
        ("what_for_es", "", LineFault.SPANISH_NEEDED),
        ("phone", "call us", LineFault.NOT_DIALED),
        ("phone", "555-0100", LineFault.NOT_DIALED),  # seven digits, and no area code is set
        ("phone_es", "988, luego oprima 1", LineFault.OTHER_NUMBER),
        ("text_to", "HELLO", LineFault.NOT_DIALED),
        ("tty", "relay", LineFault.NOT_DIALED),
        ("web", "javascript:alert(1)", LineFault.NOT_AN_ADDRESS),
        ("sort", "first", LineFault.NO_PLACE),
        ("sort", "-1", LineFault.NO_PLACE),
        ("sort", "12345", LineFault.NO_PLACE),
        ("checked_on", "", LineFault.NO_DAY),
        ("checked_on", "11/24/2026", LineFault.NO_DAY),
        ("checked_on", "2026-11-26", LineFault.DAY_TO_COME),
    ],
)
def test_one_fault_is_told_at_its_field(field, value, fault):
    assert faults_of(**{field: value}) == {field: fault}


def test_hours_in_words_are_said_in_spanish_too():
    assert faults_of(hours="Mon-Fri 9 to 5") == {"hours_es": LineFault.SPANISH_NEEDED}
    assert not faults_of(hours="Mon-Fri 9 to 5", hours_es="Lun-vie 9 a 5")


def test_a_line_to_text_needs_no_phone_but_one_of_both():
    assert not faults_of(phone="")
    assert faults_of(phone="", text_to="") == {"phone": LineFault.NO_NUMBER}


@pytest.mark.parametrize("phone", ["988, then press 1", "2-1-1", "1-800-799-SAFE"])
def test_words_around_a_number_do_not_hurt(phone):
    assert not faults_of(phone=phone)


def test_words_for_a_number_may_be_spanish():
    assert not faults_of(phone="988, then press 1", phone_es="988, luego oprima 1")


def test_seven_digits_are_dialed_with_the_area_code_of_the_library():
    row, faults = read_typed_line({**TYPED, "phone": "555-0100"}, {}, TODAY, "814")
    assert (row["tel"], faults) == ("+18145550100", {})


def test_911_keeps_its_number():
    before = {"key": "911", "tel": "911"}
    assert faults_of(before, phone="814-555-0100")["phone"] is LineFault.KEEPS_NUMBER


def test_another_number_needs_another_day():
    before = {"key": "county", "tel": "+18145550199", "text_to": "741-741",
              "checked_on": "2026-06-01"}  # fmt: skip
    assert faults_of(before, checked_on="2026-06-01") == {"checked_on": LineFault.CHECK_AGAIN}
    assert not faults_of(before, checked_on="2026-06-02")
    same = before | {"tel": "+18145550100,4"}
    assert not faults_of(same, checked_on="2026-06-01")
    found = faults_of(same, text_to="838255", checked_on="2026-06-01")
    assert found == {"checked_on": LineFault.CHECK_AGAIN}
    assert not faults_of(before | {"checked_on": TODAY.isoformat()})


def test_keys_are_short_plain_and_unlike_those_there_are():
    assert new_key("Línea de crisis: ¡llame!", ()) == "linea-de-crisis-llame"
    assert new_key("Hot line", {"hot-line", "hot-line-2"}) == "hot-line-3"
    assert new_key("電話", ()) == "line"
    assert len(new_key("long " * 50, ())) <= 40
