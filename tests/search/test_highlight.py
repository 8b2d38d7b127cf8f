"""Marking the words of a text that a result was found by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.search.highlight import split


@pytest.mark.parametrize(
    ("text", "matched", "marked"),
    [
        ("Diapers and wipes for babies", {"diaper"}, ["Diapers"]),
        ("Banco de Pañales", {"panal"}, ["Pañales"]),
        ("Women’s Shelter", {"women"}, ["Women’s"]),
        ("Rent, rent & RENTAL", {"rent"}, ["Rent", "rent"]),
        ("Nothing here", {"food"}, []),
        ("", {"food"}, []),
        ("Nothing asked", set(), []),
    ],
)
def test_every_form_of_a_word_is_marked(text, matched, marked):
    pieces = split(text, matched)
    assert [piece for piece, is_marked in pieces if is_marked] == marked


@given(st.text(), st.sets(st.sampled_from(["food", "a", "rent", "1"])))
def test_the_pieces_are_the_whole_text(text, matched):
    pieces = split(text, matched)
    assert "".join(piece for piece, _ in pieces) == text
    assert all(piece for piece, _ in pieces)
