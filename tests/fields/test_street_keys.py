"""Streets in many spellings: one place has one key, and its neighbours another."""

import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from referral.fields.street_keys import parse_street, place_keys
from referral.fields.street_texts import find_streets

HELD = place_keys(("7319 North Quillfeather Lane NW", "Suite 4"), "Washington", "20011")


def is_held(*lines, city="", code=""):
    return bool(HELD.stored & place_keys(lines, city, code).lookup)


@pytest.mark.parametrize(
    ("lines", "city", "code"),
    [
        (("7319 N QUILLFEATHER LN NW",), "Washington", "20011"),
        (("7319 quillfeather ln.",), "", "20011-1234"),
        (("7319 Quillfeather La", "#12"), "WASHINGTON", ""),
        (("07319 N. Quillfeather Lane, N.W., 3rd Floor",), "Washington, DC", ""),
        (("7319-A Quillfeather Lane Northwest Apt. 2B",), "Washington DC", ""),
        (("7319 1/2 Quillfeather Ln",), "", "20011"),
        (("7315-7319 Quillfeather Lane",), "", "20011"),
        (("Suite 4, 7319 Quillfeather Lane",), "", "20011"),
        (("Harbor House, 7319 Quillfeather Lane",), "", "20011"),
        (("Harbor House", "7319 Quillfeather Lane"), "", "20011"),
        (("7319 Quillfeather Lane Washington, DC 20011",), "", ""),
        (("7319 Quillfeather Lane, Unit 3, Washington, DC 20011-0001",), "", ""),
        (("7319  Quillfeather   Lane",), "", "20011"),
        (("7319 Quillféather Lane",), "", "20011"),
        (("7319 Quillfeather Street",), "", "20011"),
        (("7319 Quillfeather Lane",), "", ""),
        (("7319 Quillfeather Lane",), "Washington", ""),
        (("7319 Quillfeather Lane NW",), "Washington", ""),
    ],
)
def test_one_place_in_many_spellings(lines, city, code):
    assert is_held(*lines, city=city, code=code)


@pytest.mark.parametrize(
    ("lines", "city", "code"),
    [
        (("7321 Quillfeather Lane NW",), "Washington", "20011"),
        (("7319 Quillstone Lane NW",), "Washington", "20011"),
        (("7319 Quillfeather Lane NW",), "Meadville", "16335"),
        (("7319 Quillfeather Lane SE",), "Washington", "20020"),
        (("7319 Quillfeather Lane SE",), "Washington", ""),
        (("7319 Quillfeather Lane NW",), "Meadville", ""),
        (("P.O. Box 7319",), "Washington", "20011"),
        (("Suite 4",), "Washington", "20011"),
        (("",), "Washington", "20011"),
    ],
)
def test_other_places(lines, city, code):
    assert not is_held(*lines, city=city, code=code)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("602 N St NW", "602 N Street, N.W."),
        ("3543 18th Street, No. 19", "3543 Eighteenth St"),
        ("4201 Martin Luther King Jr. Ave SW", "4201 MLK Avenue SW"),
        ("12 Saint Paul St", "12 St. Paul Street"),
        ("One Mount Vernon Sq", "1 Mt. Vernon Square"),
        ("100 West Street", "100 W St"),
        ("5 Highway 50", "5 Hwy 50"),
        ("PO Box 12", "P. O. Box 12"),
        ("Calle Sol 12", "calle Sol 12, piso 3"),
        ("The Women's Building", "THE WOMENS BUILDING"),
        ("635 I Street, NE", "635 Eye St. Northeast"),
        ("1733 T St SE", "1733 T Street"),
        ("12 B Elm St", "12b Elm Street"),
    ],
)
def test_what_people_write_for_the_same(one, other):
    assert parse_street(one) is not None
    keys, more = (place_keys((line,), "Springfield", "") for line in (one, other))
    assert keys.stored & more.lookup
    assert more.stored & keys.lookup


@pytest.mark.parametrize(("one", "other"), [("60 O St NW", "60 P St NW"), ("7 E St", "7 F St")])
def test_the_letter_of_a_street_is_its_name(one, other):
    keys, more = (place_keys((line,), "Washington", "20001") for line in (one, other))
    assert not keys.stored & more.lookup
    text = f"Come to {one}."
    (found,) = find_streets(text, {"60", "7"}.__contains__, keys.streets.__contains__)
    assert text[slice(*found)].startswith(one[:5])
    assert not list(find_streets(text, {"60", "7"}.__contains__, more.streets.__contains__))


def test_an_address_without_a_city_may_be_in_any():
    keys = place_keys(("7319 Quillfeather Lane",), "", "")
    for city in ("Washington", "Meadville", ""):
        assert keys.stored & place_keys(("7319 Quillfeather Ln",), city, "").lookup
    assert not keys.stored & place_keys(("7321 Quillfeather Ln",), "", "").lookup


@example("---", "")
@given(st.text("12 AN,.#&-()*\u2013\nst", max_size=24), st.sampled_from(["", "Washington", "--"]))
def test_any_text_has_keys(line, city):
    place_keys((line,), city, "")
    place_keys((f"12 Main St, {line}, CA",), city, "93401")
    parse_street(line)


def test_any_mix_of_spellings_is_the_same_place():
    choice = random.Random(17).choice
    for _ in range(200):
        line = " ".join(
            filter(None, [
                choice(["7319", "07319", "7319A", "7319-b"]), choice(["", "N", "n.", "North"]),
                choice(["Quillfeather", "QUILLFEATHER", "quill\u00adfeather".replace("\u00ad", "")]),
                choice(["", "Ln", "Ln.", "Lane", "LANE"]), choice(["", "NW", "N.W.", "Northwest"]),
                choice(["", ", Suite 3", " #3", " Apt 3", ", 2nd Floor", " Unit B"]),
            ])
        )  # fmt: skip
        assert is_held(line.replace(" ,", ","), code="20011"), line


STREETS = {f"{number}|{street}" for number, street in [
    ("7319", "quillfeather"), ("3543", "18"), ("602", "n"), ("12", "calle sol")]}  # fmt: skip


def parts_found(text):
    places = find_streets(text, {"7319", "3543", "602", "12"}.__contains__, STREETS.__contains__)
    return [text[start:end] for start, end in places]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Come to 7319 Quillfeather Ln. N.W., Suite 4, in town.", "7319 Quillfeather Ln. N.W., Suite 4"),
        ("We are at 7319 QUILLFEATHER.", "7319 QUILLFEATHER"),
        ("at 7319\nN. Quillfeather Lane, #12. Ring", "7319\nN. Quillfeather Lane, #12"),
        ("(7315-7319 Quillfeather Lane)", "7315-7319 Quillfeather Lane"),
        ("Door: 7319A, Quillfeather lane", "7319A, Quillfeather lane"),
        ("3543 Eighteenth St, 3rd floor", "3543 Eighteenth St, 3rd floor"),
        ("At 602 N Street NW every day", "602 N Street NW"),
        ("At ７３１９ Quillfeather Lane", "７３１９ Quillfeather Lane"),
        ("At No.07319 Quillfeather Lane", "07319 Quillfeather Lane"),
        ("La puerta es en la calle Sol 12.", "calle Sol 12"),
    ],
)  # fmt: skip
def test_streets_in_running_text(text, found):
    assert parts_found(text) == [found]


@pytest.mark.parametrize(
    "text",
    ["7319 people came.", "Quillfeather Lane", "Call 202-555-7319. Quillstone", "", "12 calls", "3543"],
)  # fmt: skip
def test_text_without_such_a_street(text):
    assert parts_found(text) == []
