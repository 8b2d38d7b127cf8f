"""Normal form of words of street addresses, for address lines and for running text.

Text is split where letters, digits and capitals meet ("W26th", "SaintClair"); numbers and ordinals
in words become digits; types and directions are abbreviated as in USPS Publication 28. Street names
are compared without spaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from referral.fields.number_words import CARDINALS, INSIDE, LONGEST, ORDINALS, digits_of
from referral.fields.text import fold_text

TYPES = {
    "alley": "aly", "avenue": "ave", "av": "ave", "aven": "ave", "avenida": "ave",
    "boulevard": "blvd", "boul": "blvd", "bulevar": "blvd", "calle": "calle", "circle": "cir",
    "circ": "cir", "close": "close", "court": "ct", "crt": "ct", "crescent": "cres",
    "crossing": "xing", "drive": "dr", "drv": "dr", "expressway": "expy", "freeway": "fwy",
    "highway": "hwy", "hiway": "hwy", "lane": "ln", "loop": "loop", "mews": "mews",
    "parkway": "pkwy", "parkwy": "pkwy", "path": "path", "pike": "pike", "place": "pl",
    "plaza": "plz", "plza": "plz", "road": "rd", "row": "row", "run": "run", "rue": "rue",
    "square": "sq", "sqr": "sq", "street": "st", "str": "st", "strt": "st", "terrace": "ter",
    "terr": "ter", "trail": "trl", "tr": "trl", "turnpike": "tpke", "walk": "walk", "way": "way",
    "wy": "way",
}  # fmt: skip
TYPE_ABBREVIATIONS = frozenset(TYPES.values())
DIRECTIONS = {
    "north": "n", "south": "s", "east": "e", "west": "w", "northeast": "ne", "northwest": "nw",
    "southeast": "se", "southwest": "sw", "norte": "n", "sur": "s", "este": "e", "oeste": "w",
}  # fmt: skip
DIRECTION_ABBREVIATIONS = frozenset(DIRECTIONS.values())
NUMBERS = {word: f"{value}" for word, value in [*CARDINALS.items()][1:20]} | {"twenty": "20"}
_WORDS = {
    **TYPES,
    **DIRECTIONS,
    **{word: f"{value}" for word, value in [*ORDINALS.items()][:20]},
    "saint": "st", "sainte": "st", "ste": "st", "mount": "mt", "fort": "ft", "doctor": "dr",
    "junior": "jr", "eye": "i", "center": "ctr", "centre": "ctr", "county": "co", "heights": "hts",
}  # fmt: skip
UNITS = frozenset([
    "suite", "apt", "apartment", "unit", "floor", "fl", "room", "rm", "bldg", "building", "no",
    "num", "number", "lobby", "basement", "bsmt", "rear", "penthouse", "ph", "dept", "lot",
    "space", "spc", "trlr", "box", "piso", "oficina", "departamento", "cuarto", "#",
])  # fmt: skip
# Digests of versions before 0.3 lack these.
_MORE_TYPES = {
    "avda": "ave", "bulevard": "blvd", "bvd": "blvd", "callejon": "aly", "camino": "rd",
    "carretera": "hwy", "interstate": "hwy", "route": "hwy", "rt": "hwy", "rte": "hwy",
    "ruta": "hwy", "sr": "hwy", "cr": "hwy", "fm": "hwy", "autopista": "hwy",
}  # fmt: skip
_MORE_DIRECTIONS = {
    "noreste": "ne", "nordeste": "ne", "noroeste": "nw", "sureste": "se", "sudeste": "se",
    "suroeste": "sw", "sudoeste": "sw", "oriente": "e", "poniente": "w",
    "so": "s",
}  # fmt: skip
ROADS = frozenset(["us", "u", "s", "state", "county", "co", "i", "federal", "estatal", "la"])
_ARTICLES = frozenset(["de", "del", "la", "las", "los", "el", "of", "the"])
_SUFFIX = "st|nd|rd|th|ra|er|ro|do|da|ta|to|ma|mo|va|vo|na|no|a|o|ª|º|°"
_FRACTIONS = "½¼¾⅓⅔⅛⅜⅝⅞"
_LETTER = "[a-df-mo-rt-vx-zA-DF-MO-RT-VX-Z]"  # of a house number; the others are directions
_TOKEN = re.compile(
    rf"#|\d+(?:(?:{_SUFFIX}|{_SUFFIX.upper()}|{_LETTER})(?![^\W_]))?|[^\W\d_{_FRACTIONS}]+(?:['’][^\W\d_]+)*"
)
_FRACTIONS_TO_BLANKS = str.maketrans(_FRACTIONS, " " * len(_FRACTIONS))
_CAPITAL_INSIDE = re.compile(r"(?<=[a-zà-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])")
_ORDINAL = re.compile(r"0*(\d{1,4})(?:st|nd|rd|th)\Z")
_DIGITS = re.compile(rf"0*(\d{{1,6}})({_SUFFIX})?[a-z]?\Z")
_SUFFIX_WORDS = frozenset(_SUFFIX.split("|")) - {"a", "o", "no", "to"}
_SAINT_WORDS = frozenset({"st", "ste", "saint", "sainte"})
# A type before these words is no type: "St. Clair", "21st Street and Bryant".
_WORDS_WITHOUT_TYPE_BEFORE = _SAINT_WORDS | {"and", "y", "con"}
_MLK = re.compile(r"\b(?:martin luther king|m l k|m l king)(?: jr)?\b")
_MLK_WITHOUT_SPACES = re.compile(r"(?:dr|rev)*(?:martinlutherking|mlking|mlk)(?:jr)?")
_NAME_PREFIX = re.compile(r"\A(saint|mount|fort)(?=[a-z]{2})")
_PREFIX_ABBREVIATIONS = {"saint": "st", "mount": "mt", "fort": "ft"}


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text in lower case without accents, and its position."""

    raw: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Word:
    """One or more tokens of an address in normal form.

    Attributes:
        normal: digits for a number or ordinal.
        old: the normal form of versions before 0.3.
        is_glued: whether no space is between the word and the one before.
    """

    normal: str
    old: str
    start: int
    end: int
    raw: str = ""
    is_ordinal: bool = False
    is_glued: bool = False

    @property
    def is_type(self) -> bool:
        """Return whether the word is a street type, such as "Ave"."""
        return self.normal in TYPE_ABBREVIATIONS

    @property
    def is_direction(self) -> bool:
        """Return whether the word is a direction, such as "North"."""
        return self.normal in DIRECTION_ABBREVIATIONS

    @property
    def is_number(self) -> bool:
        """Return whether the word is a number or ordinal."""
        return self.normal.isdigit()


def tokenize(text: str) -> list[Token]:
    """Split a text into tokens, also where letters, digits and capitals meet."""
    tokens = []
    for match in _TOKEN.finditer(text):
        raw, start = match.group(), match.start()
        boundaries = [0, len(raw)]
        if not (raw.islower() or raw.isupper() or raw.istitle()):
            boundaries[1:1] = [cut.start() for cut in _CAPITAL_INSIDE.finditer(raw)]
        for first, last in pairwise(boundaries):
            piece = raw[first:last]
            word = fold(piece).replace("'", "")
            tokens.append(Token(word, start + first, start + last))
    return tokens


def without_fractions(text: str) -> str:
    """Replace fraction characters such as "½" by spaces."""
    return text if text.isascii() else text.translate(_FRACTIONS_TO_BLANKS)


def split_grid_number(tokens: Sequence[Token]) -> tuple[str, int] | None:
    """Return the last number of a grid house number ("N88W16621") and its count of tokens."""
    count = 0
    while (
        count + 1 < len(tokens)
        and tokens[count].raw in DIRECTION_ABBREVIATIONS
        and tokens[count].end == tokens[count + 1].start
        and tokens[count + 1].raw.isdigit()
    ):
        count += 2
    return (tokens[count - 1].raw.lstrip("0"), count) if count else None


def to_words(tokens: Sequence[Token]) -> list[Word]:
    """Convert tokens to words in normal form; tokens of one number are joined."""
    words: list[Word] = []
    position = 0
    while position < len(tokens):
        count = _count_number_tokens(tokens, position)
        joined = tokens[position : position + max(count, 1)]
        first, last = joined[0], joined[-1]
        previous = words[-1] if words else None
        is_glued = previous is not None and previous.end == first.start
        if previous and previous.is_number and is_glued and first.raw in _SUFFIX_WORDS:
            words[-1] = Word(
                previous.normal, previous.old + first.raw, previous.start, first.end, previous.raw,
                is_ordinal=True,
            )  # fmt: skip
        else:
            normal, is_ordinal = _normal_number(joined) if count else _normal_word(first.raw)
            old = " ".join(old_word(token.raw) for token in joined)
            raw = first.raw if len(joined) == 1 else ""
            words.append(
                Word(normal, old, first.start, last.end, raw, is_ordinal, is_glued=is_glued)
            )
        position += len(joined)
    return words


def number_words_at(tokens: Sequence[Token], position: int) -> Iterator[tuple[str, int]]:
    """Yield the numbers in words that begin at a token, as digits and count of tokens."""
    raw_words: list[str] = []
    for token in tokens[position : position + LONGEST]:
        if token.raw not in CARDINALS and not (raw_words and token.raw in INSIDE):
            break
        raw_words.append(token.raw)
        if token.raw in CARDINALS and (digits := digits_of(raw_words)).lstrip("0"):
            yield digits, len(raw_words)


def _count_number_tokens(tokens: Sequence[Token], position: int) -> int:
    """Count the tokens of the longest number in words that begins at a position."""
    raw_words: list[str] = []
    longest = 0
    for token in tokens[position : position + LONGEST]:
        is_ordinal = token.raw in ORDINALS
        if (
            token.raw not in CARDINALS
            and not is_ordinal
            and not (raw_words and token.raw in INSIDE)
        ):
            break
        raw_words.append(token.raw)
        if token.raw not in INSIDE and digits_of(raw_words):
            longest = len(raw_words)
        if is_ordinal and token.raw not in CARDINALS:
            break
    return longest


def _normal_number(tokens: Sequence[Token]) -> tuple[str, bool]:
    return digits_of([token.raw for token in tokens]), tokens[-1].raw in ORDINALS


@lru_cache(maxsize=1 << 14)
def _normal_word(raw: str) -> tuple[str, bool]:
    if match := _DIGITS.match(raw):
        digits, suffix = match.groups()
        if suffix or raw.isdigit():
            return digits, bool(suffix)
    old = old_word(raw)
    normal = _MORE_TYPES.get(old) or _MORE_DIRECTIONS.get(old) or old
    return _NAME_PREFIX.sub(
        lambda match: _PREFIX_ABBREVIATIONS[match.group()], normal, count=1
    ), False


def name_of(words: Iterable[Word]) -> str:
    """Return the normal form of a street name, without spaces."""
    name = "".join([word.normal for word in words])
    if ("king" in name or "mlk" in name) and _MLK_WITHOUT_SPACES.fullmatch(name):
        return "mlk"
    return "pobox" if name == "postofficebox" else name


def old_name_of(words: Iterable[Word]) -> str:
    """Return the normal form of a street name in digests of versions before 0.3."""
    name = "".join([word.old if word.is_glued else f" {word.old}" for word in words])
    return old_joined([name.strip()])


def old_joined(words: Iterable[str]) -> str:
    """Join the words of a street name; all forms of "Martin Luther King" become "mlk"."""
    name = " ".join(words)
    return _MLK.sub("mlk", name) if "king" in name or "m l k" in name else name


def has_type(line: str) -> bool:
    """Return whether a line contains a street name with a type, such as "Larkspur Ave"."""
    words = to_words(tokenize(line))
    return _index_of_type(words) < len(words)


def parse_street_name(line: str) -> tuple[str, str]:
    """Parse a line without number and unit into street name and letters of its directions."""
    words = to_words(tokenize(line))
    directions = ""
    while len(words) > 1 and words[-1].is_direction:
        directions += words.pop().normal
    while len(words) > 1 and words[0].is_direction and _has_name(words[1:]):
        directions += words.pop(0).normal
    type_index = _index_of_type(words)
    for word in words[type_index:]:
        directions += word.normal if word.is_direction else ""
    first_other = next(
        (
            position
            for position, word in enumerate(words)
            if not (word.is_type or word.raw in ROADS)
        ),
        0,
    )
    if first_other and first_other == len(words) - 1 and words[first_other].is_number:
        return words[first_other].normal, direction_letters(directions)  # "US Highway 51"
    return _name_without_type_before(words[:type_index]), direction_letters(directions)


def _has_name(words: Sequence[Word]) -> bool:
    return any(not word.is_type and not word.is_direction for word in words)


def _index_of_type(words: Sequence[Word]) -> int:
    """Return the index of the type after a street name, skipping "St." in "St. Clair Ave"."""
    for position in range(1, len(words)):
        word, following = words[position], words[position + 1 :]
        is_saint = word.raw in _SAINT_WORDS and any(other.is_type for other in following)
        if word.is_type and not is_saint and not (following and following[0].is_type):
            return position
    return len(words)


def _name_without_type_before(words: Sequence[Word]) -> str:
    """Return the street name without a type before it, as in "Calle de la Luz" and "Avenue J"."""
    name_words = list(words)
    if (
        len(name_words) > 1
        and name_words[0].is_type
        and not {name_words[0].raw, name_words[1].raw} & _WORDS_WITHOUT_TYPE_BEFORE
    ):
        del name_words[0]
        while len(name_words) > 1 and name_words[0].raw in _ARTICLES:
            del name_words[0]
    if len(name_words) > 1 and name_words[0].raw == "the":
        del name_words[0]
    while len(name_words) > 1 and (name_words[-1].is_type or name_words[-1].raw == "la"):
        del name_words[-1]
    return name_of(name_words)


def direction_letters(directions: str) -> str:
    """Return the distinct letters of directions, sorted."""
    return "".join(sorted(set(directions)))


@lru_cache(maxsize=1 << 14)
def old_word(word: str) -> str:
    """Return the normal form of a word of a street name in digests of versions before 0.3."""
    plain = fold(word).replace("'", "")
    if match := _ORDINAL.match(plain):
        return match.group(1)
    return _WORDS.get(plain, plain)


@lru_cache(maxsize=1 << 14)
def fold(text: str) -> str:
    """Return a text in lower case, without accents and leading or trailing spaces."""
    return fold_text(text).strip()
