"""Languages by name and code."""

import re
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.fields.languages import _iter_native_names, language_code, language_name

# Of those that the Census Bureau counts most speakers of in the United States, all that CLDR has.
WIDELY_SPOKEN = (
    "am ar bn de el en es fa fr gu he hi hy it ja km ko lo my ne nl pa pl pt ro ru so sr sw ta te "
    "th uk ur vi yi yo zh"
)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Spanish", "es"),
        ("español", "es"),
        ("ESPANOL", "es"),
        ("Spanish language", "es"),
        ("Chinese", "zh"),
        ("Chinese (Mandarin)", "zh"),
        ("Chinese (Cantonese)", "yue"),
        ("Mandarin", "zh"),
        ("ASL", "ase"),
        ("American Sign Language", "ase"),
        ("Sign Language (ASL)", "ase"),
        ("Haitian Creole", "ht"),
        ("Kreyòl", "ht"),
        ("Tagalog", "tl"),
        ("Farsi", "fa"),
        ("Français", "fr"),
        ("Amharic", "am"),
        ("es", "es"),
        ("ES", "es"),
        ("spa", "es"),
        ("es-MX", "es"),
        ("zh-Hans", "zh"),
        ("yue", "yue"),
        ("Klingonish", ""),
        ("qq", ""),
        ("", ""),
        ("Interpreter on request", ""),
    ],
)
def test_codes(name, code):
    assert language_code(name) == code


def test_names():
    assert language_name("es") == "Spanish"
    assert language_name("es", "es") == "español"
    assert language_name("ase") == "American Sign Language"
    assert language_name("zh-Hans") == "Chinese"
    assert language_name("prs") == "Dari"
    assert language_name("qq") == language_name("") == ""
    assert language_name("fr", "no such locale") == "French"


def test_own_names_are_well_formed():
    own = list(_iter_native_names())
    codes = [code for code, _ in own]
    assert codes == sorted(set(codes))
    assert not [code for code in codes if not re.fullmatch("[a-z]{2}", code)]
    assert not [name for _, name in own if not name or normalize("NFC", name.strip()) != name]


@pytest.mark.parametrize("code", WIDELY_SPOKEN.split())
def test_a_widely_spoken_language_is_found_by_the_name_it_calls_itself(code):
    own = dict(_iter_native_names())[code]
    assert language_code(own) == language_code(own.upper()) == code
    assert language_name(code)


@given(st.text())
def test_a_code_found_is_a_code_with_a_name(name):
    code = language_code(name)
    assert not code or (language_name(code) and language_code(code) == code)
