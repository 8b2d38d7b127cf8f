"""Which passwords may be used."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.accounts.passwords import (
    _common_words,
    hash_password,
    is_right_password,
    refuse_password,
)
from referral.records.accounts import Refusal

COMMON = ("password", "qwertyuiop", "library", "welcome", "abcdef")


def refusal_of(password, email="pat.morgan@example.org", library_name="Erie County Library"):
    return refuse_password(password, email=email, library_name=library_name, common=COMMON)


@pytest.mark.parametrize(
    "password",
    [
        "three odd teapots sing",
        "Xk2 9$vQ!mZrt",
        "ñandú cueva reloj",
        "пароль из слов",
        "a password that is long enough",
        "🦊 and 🐻 and 🦉 bake",
    ],
)
def test_good_ones_are_taken_whatever_they_are_made_of(password):
    assert refusal_of(password) is None


@pytest.mark.parametrize(
    "password",
    [
        "password1234", "Password!2026", "P@ssw0rd1234", "passwordpassword", "welcome-library-2026",
        "123456789012", "aaaaaaaaaaaa", "abababababab", "------------", "qwertyuiop12",
        "pat.morgan@example.org", "patmorgan2026", "MorganMorgan1", "eriecountylibrary",
        "Erie County Library 1", "abcdef123456",
    ],
)  # fmt: skip
def test_what_anybody_would_guess_first_is_refused(password):
    assert refusal_of(password) is Refusal.PASSWORD_COMMON


def test_length_is_counted_in_letters():
    assert refusal_of("x7 hörn blåx"[:11]) is Refusal.PASSWORD_SHORT
    assert refusal_of("x7 hörn blåx") is None
    assert refusal_of("horse battery " * 9 + "ab") is None
    assert refusal_of("horse battery " * 9 + "abc") is Refusal.PASSWORD_LONG


@given(
    st.sampled_from(sorted(_common_words())),
    st.text(string.digits + string.punctuation, min_size=10, max_size=20),
)
def test_a_common_word_with_digits_and_signs_is_common(word, more):
    found = refuse_password(word + more, email="a@b.org", library_name="X", common=_common_words())
    assert found is Refusal.PASSWORD_COMMON


def test_one_password_typed_in_two_forms_of_unicode_is_the_same():
    kept = hash_password("caf\u00e9 teapots")
    assert kept.startswith("$argon2id$")
    assert is_right_password(kept, "cafe\u0301 teapots")
    assert not is_right_password(kept, "cafe teapots")
    assert not is_right_password("", "nobody has this password")
