"""Numbers as lists write them, as machines dial them and as people read them."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.fields.phones import (
    ParsedPhone,
    format_phone,
    parse_extension,
    parse_phone,
    parse_phones,
    phone_type,
    split_extension,
    tel_uri,
)


@pytest.mark.parametrize(
    ("raw", "tel", "extension", "note"),
    [
        ("(814) 555-0123", "+18145550123", "", ""),
        ("814.555.0123", "+18145550123", "", ""),
        ("814 555-0123", "+18145550123", "", ""),
        ("8145550123", "+18145550123", "", ""),
        ("1-814-555-0123", "+18145550123", "", ""),
        ("+1 (814) 555-0123", "+18145550123", "", ""),
        ("18145550123", "+18145550123", "", ""),
        ("(814)555- 0123", "+18145550123", "", ""),
        ("814-555=0123", "+18145550123", "", ""),
        ("814-555-0123,", "+18145550123", "", ""),
        ("814-555-0123 x12", "+18145550123", "12", ""),
        ("814-555-0123x12", "+18145550123", "12", ""),
        ("814-555-0123 ext. 4385", "+18145550123", "4385", ""),
        ("814-555-0123, Extension 012", "+18145550123", "012", ""),
        ("Phone No: (814) 555-0123 Ext: 1041", "+18145550123", "1041", ""),
        ("814-555-0123 x12 x13", "+18145550123", "12", "x13"),
        ("814-555-0123 #3", "+18145550123", "3", ""),
        ("814-555-0123 (ext 7)", "+18145550123", "7", ""),
        ("814-555-0123 extensión 9", "+18145550123", "9", ""),
        ("814-555-0123, option 2", "+18145550123", "", "option 2"),
        ("814-555-0123 ext 5, press 1", "+18145550123", "5", "press 1"),
        ("814-555-0123 (after hours)", "+18145550123", "", "after hours"),
        ("Intake: 814-555-0123", "+18145550123", "", "Intake"),
        ("1-800-799-SAFE", "+18007997233", "", ""),
        ("1-800-799-SAFE (7233)", "+18007997233", "", ""),
        ("(833) 4-LEARNS", "+18334532767", "", ""),
        ("1-800-FLOWERSNOW", "+18003569377", "", ""),
        ("211", "211", "", ""),
        ("2-1-1", "211", "", ""),
        ("988", "988", "", ""),
        ("Dial 988, then press 1", "988", "", "then press 1"),
        ("911", "911", "", ""),
        ("+52 55 1234 5678", "+525512345678", "", ""),
        ("814-555-0123/4", "+18145550123", "", "/4"),
    ],
)
def test_numbers_that_can_be_dialled(raw, tel, extension, note):
    found = parse_phone(raw)
    assert found is not None
    assert (found.tel, found.extension, found.note) == (tel, extension, note)


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("555-0123", "555-0123"),
        ("(30`) 555-0123", "(30`) 555-0123"),
        ("8144-555-0126", "8144-555-0126"),
        ("123-456-7890", "123-456-7890"),
        ("TEXT YOUR ZIP CODE TO 555-211", "TEXT YOUR ZIP CODE TO 555-211"),
        ("918145550123", "918145550123"),
        ("(814) 0-LEARNS", "(814) 0-LEARNS"),
        ("(814) 555-012B", "(814) 555-012B"),
        ("200-000-0000", "200-000-0000"),
        ("814 Maplewood Avenue", "814 Maplewood Avenue"),
    ],
)
def test_numbers_that_cannot_are_kept_as_given(raw, number):
    assert parse_phone(raw) == ParsedPhone(number)


def test_seven_digits_need_an_area_code_given_by_the_list():
    assert parse_phone("555-0123 x4", "814") == ParsedPhone("555-0123", "+18145550123", "4")
    assert parse_phone("555-0123", "14") == ParsedPhone("555-0123")
    assert parse_phone("814-555-0123", "412") == ParsedPhone("814-555-0123", "+18145550123")


@pytest.mark.parametrize(
    "raw", ["", "call us", "N/A", "none", "0", "000-000-0000", "  12  ", "854", "854 ext. 7992"]
)
def test_no_digit_is_no_number(raw):
    assert parse_phone(raw) is None
    assert parse_phones(raw) == ()


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (
            "(814) 555-0101 or 814-555-0102; fax: 814-555-0103",
            [("+18145550101", "", ""), ("+18145550102", "", ""), ("+18145550103", "", "fax")],
        ),
        (
            "tdd: 800-555-0171, main: 352-555-0144, tollfree: 800-555-0157",
            [
                ("+18005550171", "", "tdd"),
                ("+13525550144", "", "main"),
                ("+18005550157", "", "tollfree"),
            ],
        ),
        (
            "814-555-0101 (main) 814-555-0102 (fax)",
            [("+18145550101", "", "main"), ("+18145550102", "", "fax")],
        ),
        (
            "814-555-0101 ext. 5, option 2 / 814-555-0104",
            [("+18145550101", "5", "option 2"), ("+18145550104", "", "")],
        ),
        ("814-555-0101\n814-555-0102", [("+18145550101", "", ""), ("+18145550102", "", "")]),
        ("911 or 988", [("911", "", ""), ("988", "", "")]),
        ("814-555-0101", [("+18145550101", "", "")]),
    ],
)
def test_several_numbers_in_a_cell(raw, found):
    assert [(phone.tel, phone.extension, phone.note) for phone in parse_phones(raw)] == found


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (("+18145550123",), "(814) 555-0123"),
        (("+18145550123", "whatever", "12"), "(814) 555-0123 ext. 12"),
        (("+18007997233", "1-800-799-SAFE"), "1-800-799-7233"),
        (("988",), "988"),
        (("211",), "2-1-1"),
        (("", "call the desk"), "call the desk"),
        (("", "555-0123", "4"), "555-0123 ext. 4"),
        (("", "", "4"), ""),
        (("+525512345678",), "+52 55 1234 5678"),
        (("nonsense",), "nonsense"),
    ],
)
def test_numbers_as_people_read_them(arguments, shown):
    assert format_phone(*arguments) == shown


def test_links_that_dial():
    assert tel_uri("+18145550123", "12") == "tel:+18145550123;ext=12"
    assert tel_uri("+18145550123", "ask") == "tel:+18145550123"
    assert tel_uri("988", "") == "tel:988"
    assert tel_uri("", "12") == ""


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Fax", "fax"),
        ("TTY", "textphone"),
        ("tdd:", "textphone"),
        ("Voice/TTY", "voice"),
        ("24-hour hotline", "voice"),
        ("main", "voice"),
        ("", "voice"),
        ("sms", "text"),
        ("Text line", "text"),
        ("Celular", "cell"),
        ("mobile", "cell"),
        ("videophone", "video"),
        ("pager", "pager"),
        ("Faxton office", "voice"),
    ],
)
def test_types(words, name):
    assert phone_type(words) == name


@pytest.mark.parametrize(
    ("raw", "digits"),
    [
        ("x109", "109"),
        ("Ext. 12", "12"),
        ("017", "017"),
        ("extension-2", "2"),
        ("E", ""),
        ("928 and 929", ""),
        ("", ""),
    ],
)
def test_extensions_in_their_own_cell(raw, digits):
    assert parse_extension(raw) == digits


@pytest.mark.parametrize(
    ("raw", "digits", "more"),
    [
        ("Local 501", "501", ""),
        ("anexo 12", "12", ""),
        ("poste 33", "33", ""),
        ("x5", "5", ""),
        ("ext. 5 then 2", "5", "ext. 5 then 2"),
        ("922 & 923", "922", "922 & 923"),
        ("45re", "", "45re"),
        ("E", "", ""),
    ],
)
def test_extensions_with_more_than_digits(raw, digits, more):
    assert split_extension(raw) == (digits, more)


@pytest.mark.parametrize(
    ("raw", "extension", "note"),
    [
        ("(604) 555-1234 Local 501", "501", ""),
        ("604-555-1234 ext. 5 then 2", "5", "then 2"),
        ("514-555-1234 poste 33", "33", ""),
        ("604-555-1234, local 604-555-9999", "", ""),
    ],
)
def test_extensions_behind_a_number(raw, extension, note):
    found = parse_phones(raw)[0]
    assert (found.extension, found.note) == (extension, note)


NUMBERISH = st.text(st.sampled_from("0123456789()-. x#+,;/\nextopin:ABCor"), max_size=60)


@given(st.one_of(st.text(), NUMBERISH))
def test_reading_never_raises_and_shows_what_it_read(raw):
    for phone in parse_phones(raw, "814"):
        assert phone.number
        assert format_phone(phone.tel, phone.number, phone.extension)
        if phone.tel.startswith("+1"):
            assert parse_phone(format_phone(phone.tel)).tel == phone.tel


@given(
    st.from_regex(r"\+1[2-9][0-9]{2}555[0-9]{4}", fullmatch=True),
    st.from_regex(r"[0-9]{0,5}", fullmatch=True),
)
def test_what_is_shown_can_be_read_again(tel, extension):
    found = parse_phone(format_phone(tel, "", extension))
    assert (found.tel, found.extension) == (tel, extension)


@pytest.mark.parametrize(
    "cell", ["2" * 30_000, "+2 " * 10_000, "814 a-" * 10_000, "814-555-0101 ext " * 2_000]
)
def test_a_long_cell_takes_no_time(cell):
    assert parse_phones(cell)


def test_real_numbers(shared_data: Path):
    with (shared_data / "dc-directory/2021-export/phones.csv").open(encoding="utf-8-sig") as file:
        found = [
            parse_phone(row["number"]) for row in csv.DictReader(file) if row["number"].strip()
        ]
    assert found.count(None) == 5  # "854", with an extension in a column beside it
    dialled = sum(bool(phone and phone.tel) for phone in found)
    assert dialled >= 1_790  # of 1,885; the rest cannot be dialled
