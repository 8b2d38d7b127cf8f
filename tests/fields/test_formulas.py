"""Cells that a spreadsheet program would run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.fields.formulas import escape_formula, unescape_formula


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1 814-555-0101", "-2+3", "@SUM(A1)", "\t=1", " =1", "\r=1", "＝1", "'=1", "|calc"],
)
def test_what_begins_like_a_formula_is_guarded(text):
    assert escape_formula(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["", "Hope", "-80.15", "+5", "12 = 12", "O'Hara", "'quoted'", "988"]
)
def test_other_texts_and_numbers_stay(text):
    assert escape_formula(text) == unescape_formula(text) == text


_SIGNS = st.text("=+-@'\t |%＝ 1.5a", max_size=8)


@given(st.one_of(_SIGNS, st.text()))
def test_what_is_guarded_comes_back(text):
    assert unescape_formula(escape_formula(text)) == text


@given(_SIGNS)
def test_nothing_guarded_begins_like_a_formula(text):
    guarded = escape_formula(text)
    assert guarded.lstrip()[:1] not in {"=", "@"}
    if guarded.lstrip()[:1] in {"+", "-"}:
        float(guarded)
