"""Parser of numbers in English and Spanish words: "twenty-two ten", "cuatro mil", "sixth".

Words are read as people speak house numbers: those that cannot be one number are concatenated, so
that "forty-one twenty-seven" is 4127.
"""

from __future__ import annotations

from collections.abc import Sequence

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen"
)
_SPANISH_ONES = (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince"
    " dieciseis diecisiete dieciocho diecinueve veinte veintiuno veintidos veintitres veinticuatro"
    " veinticinco veintiseis veintisiete veintiocho veintinueve"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_HUNDREDS = (
    "ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos"
    " novecientos"
)
_ORDINAL_ONES = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth"
    " fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
)
_ORDINAL_TENS = "twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth"
_SPANISH_ORDINAL_STEMS = (
    "primer segund tercer cuart quint sext septim octav noven decim undecim duodecim"
)

CARDINALS = {
    **{word: value for value, word in enumerate(_ONES.split())},
    **{word: value for value, word in enumerate(_SPANISH_ONES.split())},
    **{word: 10 * value for value, word in enumerate(_TENS.split(), 2)},
    **{word: 100 * value for value, word in enumerate(_HUNDREDS.split(), 1)},
    "oh": 0, "una": 1, "vigesima": 20, "vigesimo": 20, "trigesima": 30, "trigesimo": 30,
    "treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "setenta": 70, "ochenta": 80,
    "noventa": 90, "cien": 100, "hundred": 100, "thousand": 1000, "mil": 1000,
}  # fmt: skip
ORDINALS = {
    **{word: value for value, word in enumerate(_ORDINAL_ONES.split(), 1)},
    **{word: 10 * value for value, word in enumerate(_ORDINAL_TENS.split(), 2)},
    **{
        f"{word}{end}": value
        for value, word in enumerate(_SPANISH_ORDINAL_STEMS.split(), 1)
        for end in ("a", "o", "")
    },
    **{
        f"decimo{word}{end}": value
        for value, word in enumerate(_SPANISH_ORDINAL_STEMS.split()[2:9], 13)
        for end in ("a", "o")
    },
    "hundredth": 100, "vigesima": 20, "vigesimo": 20, "trigesima": 30, "trigesimo": 30,
}  # fmt: skip
_ZERO = "o"  # "nineteen o five"
INSIDE = frozenset({"and", "y", _ZERO})  # "one hundred and five", "treinta y uno"
LONGEST = 8  # words of a number
_MULTIPLIERS = {"hundred": 100, "thousand": 1000, "mil": 1000, "hundredth": 100}


def telltale_words(digits: str) -> set[str]:
    """Return words of which every way to spell out a number contains at least one."""
    last_words = {
        word
        for word, value in CARDINALS.items()
        if value and digits.zfill(len(str(value))).endswith(str(value))
    }
    return (
        last_words | {"oh", "zero", "cero", "hundred", "cien", "thousand", "mil"}
        if digits.endswith("0")
        else last_words
    )


def digits_of(words: Sequence[str]) -> str:
    """Convert a number in words to digits; "" for other words. The last may be an ordinal.

    Args:
        words: in lower case, without accents.
    """
    if not words or words[0] in INSIDE or words[-1] in INSIDE:
        return ""
    parts: list[str] = []
    number = _Number()
    for position, word in enumerate(words):
        if word in INSIDE - {_ZERO}:
            continue
        is_last = position == len(words) - 1
        value = 0 if word == _ZERO else CARDINALS.get(word, ORDINALS.get(word) if is_last else None)
        if value is None:
            return ""
        factor = _MULTIPLIERS.get(word)
        if factor:
            number.multiply(factor)
        elif not number.add(value):
            parts.append(str(number.value))
            number = _Number()
            number.add(value)
    return "".join((*parts, str(number.value)))


class _Number:
    """A number that is built from its words."""

    def __init__(self) -> None:
        self._thousands = 0
        self._current: int | None = None

    @property
    def value(self) -> int:
        return self._thousands + (self._current or 0)

    def add(self, value: int) -> bool:
        """Add a word and return True, unless it begins a new number, as "six" in "five six"."""
        current = self._current
        if current is None:
            self._current = value
            return value > 0 or not self._thousands
        # Tens and ones may follow "hundred", and only ones "twenty".
        if current and current % 100 == 0:
            limit = 100
        else:
            limit = 10 if current % 10 == 0 and current % 100 > 10 else 0
        if not 0 < value < limit:
            return False
        self._current = current + value
        return True

    def multiply(self, factor: int) -> None:
        if factor == 100 and (self._current or 0) < 100:
            self._current = (self._current or 1) * factor
        elif factor == 1000 and not self._thousands:
            self._thousands, self._current = (self._current or 1) * factor, None
