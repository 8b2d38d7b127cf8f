"""Languages by name and code."""

import pytest
from babel import Locale, localedata
from hypothesis import given
from hypothesis import strategies as st

from referral.fields.languages import (
    _own_names,
    language_code,
    language_name,
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


def test_own_names_are_those_that_babel_has():
    babel = {
        code: Locale(code).languages.get(code)
        for code in Locale("en").languages
        if len(code) == 2 and localedata.exists(code)
    }
    assert dict(_own_names()) == {code: name for code, name in babel.items() if name}


@given(st.text())
def test_a_code_found_is_a_code_with_a_name(name):
    code = language_code(name)
    assert not code or (language_name(code) and language_code(code) == code)
