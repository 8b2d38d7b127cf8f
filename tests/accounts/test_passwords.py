"""Which passwords may be used."""

from dataclasses import replace

import pytest

from referral.accounts.passwords import (
    check_new_password,
    hash_password,
    is_right_password,
)
from referral.records.accounts import AccountRefusedError, Refusal
from referral.records.hsds import Address, Location
from referral.store.conversion import row_from
from referral.store.rows import AddressRow

# Written before the threshold was chosen, by reading the first half alone.
WEAK = (
    "Erie Pennsylvania", "pennsylvania1", "Millcreek2026!", "CrawfordCounty1", "meadville16335",
    "qwerty123456", "1qaz2wsx3edc", "asdfghjkl123", "zxcvbnm,./12", "sunshinelove",
    "iloveyou2026", "letmein12345", "december2026", "Summer2026!!", "Eriecounty814",
    "happybirthday", "trustno1trustno1", "librarian2026", "welcome12345!", "p@ssw0rd2026",
    "31121985!1985", "titusville26", "blueflower12", "dragonmaster", "pat.morgan1990",
    "Pennsylvania2026", "Corry-PA-2025", "edinboro2026!", "Union City 16438", "WarrenCounty#1",
    "qwertyuiop[]", "0987654321qwe", "!QAZ@WSX#EDC", "poiuytrewqas", "applebanana1",
    "chocolatecake", "football2025!", "Steelers2026!", "Spring2027!!!", "ilovemydog123",
    "abc123abc123", "Michael1990!!", "publiclibrary", "ChangeMe2026!", "Morgan12Morgan",
    "06/15/1990 06/15", "readabook123", "princess4ever", "Erie Library 1", "passw0rdpassw0rd",
)  # fmt: skip
GOOD = (
    "three odd teapots sing", "Xk2 9$vQ!mZrt", "ñandú cueva reloj", "пароль из слов",
    "purple kettle argues often", "gXw7-pL0q-Rt52", "the heron ate my sandwich",
    "mi abuela pinta barcos verdes", "seven wet socks on Tuesday", "vK9#tq!2LmZ0",
    "correct-ish battery llama stapler", "🦊 and 🐻 and 🦉 bake", "under the porch lives a badger",
    "Erie has too many potholes", "quilt.marble.onion.tram", "zapatos rojos bajo la lluvia",
    "nobody reads my old poems", "bicycle-lantern-mango-fjord", "h7Jq2mW9xT4b",
    "ham radio at 3 in the attic",
)  # fmt: skip


@pytest.fixture
def refusal_of(instance):
    """Return why a library with an address in Pennsylvania refuses a password, None if not."""
    with instance.store.write() as session:
        location = Location(id="l1", name="Hall")
        session.add_all(
            [row_from(location), row_from(Address(id="a1", location_id="l1", state_province="PA"))]
        )
    library = replace(instance.given, library_name="Erie County Public Library")
    instance = replace(instance, given=library)

    def refusal(password):
        try:
            check_new_password(instance, password, "pat.morgan@example.org")
        except AccountRefusedError as error:
            return error.refusal
        return None

    return refusal


def test_weak_ones_are_refused_and_good_ones_are_not(refusal_of):
    taken = [each for each in WEAK if refusal_of(each) is None]
    assert len(taken) <= 1, taken
    assert [each for each in GOOD if refusal_of(each)] == []


@pytest.mark.parametrize(
    "password",
    [
        "Password!2026", "welcome-library-2026", "123456789012", "aaaaaaaaaaaa", "abababababab",
        "------------", "pat.morgan@example.org", "Contraseña2026", "abcdef123456",
    ],
)  # fmt: skip
def test_what_anybody_would_guess_first_is_refused(refusal_of, password):
    assert refusal_of(password) is Refusal.PASSWORD_COMMON


def test_a_place_is_weak_where_the_directory_has_its_state(instance, refusal_of):
    assert refusal_of("Conneautville2026") is Refusal.PASSWORD_COMMON
    with instance.store.write() as session:
        session.get_one(AddressRow, "a1").state_province = "LA"
    assert refusal_of("Conneautville2026") is None


def test_length_is_counted_in_letters(refusal_of):
    assert refusal_of("x7hörn blåxu"[:11]) is Refusal.PASSWORD_SHORT
    assert refusal_of("x7hörn blåxu") is None
    assert refusal_of(" ".join(GOOD)[:128]) is None
    assert refusal_of(" ".join(GOOD)[:129]) is Refusal.PASSWORD_LONG


def test_one_password_typed_in_two_forms_of_unicode_is_the_same():
    kept = hash_password("caf\u00e9 teapots")
    assert kept.startswith("$argon2id$")
    assert is_right_password(kept, "cafe\u0301 teapots")
    assert not is_right_password(kept, "cafe teapots")
    assert not is_right_password("", "nobody has this password")
