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
_OF = frozenset(["de", "del", "la", "las", "los", "el", "of", "the"])
_SUFFIX = "st|nd|rd|th|ra|er|ro|do|da|ta|to|ma|mo|va|vo|na|no|a|o|ª|º|°"
_FRACTIONS = "½¼¾⅓⅔⅛⅜⅝⅞"
_LETTER = "[a-df-mo-rt-vx-zA-DF-MO-RT-VX-Z]"  # of a house number; the others are directions
_TOKEN = re.compile(
    rf"#|\d+(?:(?:{_SUFFIX}|{_SUFFIX.upper()}|{_LETTER})(?![^\W_]))?|[^\W\d_{_FRACTIONS}]+(?:['’][^\W\d_]+)*"
)
_BLANKS = str.maketrans(_FRACTIONS, " " * len(_FRACTIONS))
_CAPITAL_INSIDE = re.compile(r"(?<=[a-zà-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])")
_ORDINAL = re.compile(r"0*(\d{1,4})(?:st|nd|rd|th)\Z")
_DIGITS = re.compile(rf"0*(\d{{1,6}})({_SUFFIX})?[a-z]?\Z")
_IS_SUFFIX = frozenset(_SUFFIX.split("|")) - {"a", "o", "no", "to"}
_SAINT = frozenset({"st", "ste", "saint", "sainte"})
_NO_TYPE_BEFORE = _SAINT | {"and", "y", "con"}  # "St. Clair", "21st Street and Bryant"
_MLK = re.compile(r"\b(?:martin luther king|m l k|m l king)(?: jr)?\b")
_MLK_TOGETHER = re.compile(r"(?:dr|rev)*(?:martinlutherking|mlking|mlk)(?:jr)?")
_PREFIX = re.compile(r"\A(saint|mount|fort)(?=[a-z]{2})")
_PREFIXES = {"saint": "st", "mount": "mt", "fort": "ft"}


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
    found = []
    for match in _TOKEN.finditer(text):
        raw, start = match.group(), match.start()
        cuts = [0, len(raw)]
        if not (raw.islower() or raw.isupper() or raw.istitle()):
            cuts[1:1] = [cut.start() for cut in _CAPITAL_INSIDE.finditer(raw)]
        for first, last in pairwise(cuts):
            part = raw[first:last]
            word = fold(part).replace("'", "")
            found.append(Token(word, start + first, start + last))
    return found


def without_fractions(text: str) -> str:
    """Replace fraction characters such as "½" by spaces."""
    return text if text.isascii() else text.translate(_BLANKS)


def split_grid_number(given: Sequence[Token]) -> tuple[str, int] | None:
    """Return the last number of a grid house number ("N88W16621") and its count of tokens."""
    count = 0
    while (
        count + 1 < len(given)
        and given[count].raw in DIRECTION_ABBREVIATIONS
        and given[count].end == given[count + 1].start
        and given[count + 1].raw.isdigit()
    ):
        count += 2
    return (given[count - 1].raw.lstrip("0"), count) if count else None


def to_words(given: Sequence[Token]) -> list[Word]:
    """Convert tokens to words in normal form; tokens of one number are joined."""
    found: list[Word] = []
    position = 0
    while position < len(given):
        count = _number_length(given, position)
        some = given[position : position + max(count, 1)]
        first, last = some[0], some[-1]
        previous = found[-1] if found else None
        is_glued = previous is not None and previous.end == first.start
        if previous and previous.is_number and is_glued and first.raw in _IS_SUFFIX:
            found[-1] = Word(
                previous.normal, previous.old + first.raw, previous.start, first.end, previous.raw,
                is_ordinal=True,
            )  # fmt: skip
        else:
            normal, is_ordinal = _normal(some) if count else _normal_word(first.raw)
            old = " ".join(old_word(each.raw) for each in some)
            raw = first.raw if len(some) == 1 else ""
            found.append(
                Word(normal, old, first.start, last.end, raw, is_ordinal, is_glued=is_glued)
            )
        position += len(some)
    return found


def number_words_at(given: Sequence[Token], position: int) -> Iterator[tuple[str, int]]:
    """Yield the numbers in words that begin at a token, as digits and count of tokens."""
    raws: list[str] = []
    for token in given[position : position + LONGEST]:
        if token.raw not in CARDINALS and not (raws and token.raw in INSIDE):
            break
        raws.append(token.raw)
        if token.raw in CARDINALS and (digits := digits_of(raws)).lstrip("0"):
            yield digits, len(raws)


def _number_length(given: Sequence[Token], position: int) -> int:
    """Count the tokens of the longest number in words that begins at a position."""
    raws: list[str] = []
    longest = 0
    for token in given[position : position + LONGEST]:
        is_end = token.raw in ORDINALS
        if token.raw not in CARDINALS and not is_end and not (raws and token.raw in INSIDE):
            break
        raws.append(token.raw)
        if token.raw not in INSIDE and digits_of(raws):
            longest = len(raws)
        if is_end and token.raw not in CARDINALS:
            break
    return longest


def _normal(some: Sequence[Token]) -> tuple[str, bool]:
    return digits_of([each.raw for each in some]), some[-1].raw in ORDINALS


@lru_cache(maxsize=1 << 14)
def _normal_word(raw: str) -> tuple[str, bool]:
    if match := _DIGITS.match(raw):
        digits, suffix = match.groups()
        if suffix or raw.isdigit():
            return digits, bool(suffix)
    old = old_word(raw)
    normal = _MORE_TYPES.get(old) or _MORE_DIRECTIONS.get(old) or old
    return _PREFIX.sub(lambda match: _PREFIXES[match.group()], normal, count=1), False


def name_of(some: Iterable[Word]) -> str:
    """Return the normal form of a street name, without spaces."""
    name = "".join([each.normal for each in some])
    if ("king" in name or "mlk" in name) and _MLK_TOGETHER.fullmatch(name):
        return "mlk"
    return "pobox" if name == "postofficebox" else name


def old_name_of(some: Iterable[Word]) -> str:
    """Return the normal form of a street name in digests of versions before 0.3."""
    name = "".join([each.old if each.is_glued else f" {each.old}" for each in some])
    return old_joined([name.strip()])


def old_joined(some: Iterable[str]) -> str:
    """Join the words of a street name; all forms of "Martin Luther King" become "mlk"."""
    name = " ".join(some)
    return _MLK.sub("mlk", name) if "king" in name or "m l k" in name else name


def has_type(line: str) -> bool:
    """Return whether a line contains a street name with a type, such as "Larkspur Ave"."""
    some = to_words(tokenize(line))
    return _end_of_name(some) < len(some)


def parse_street_name(line: str) -> tuple[str, str]:
    """Parse a line without number and unit into street name and letters of its directions."""
    some = to_words(tokenize(line))
    directions = ""
    while len(some) > 1 and some[-1].is_direction:
        directions += some.pop().normal
    while len(some) > 1 and some[0].is_direction and _has_name(some[1:]):
        directions += some.pop(0).normal
    last = _end_of_name(some)
    for each in some[last:]:
        directions += each.normal if each.is_direction else ""
    road = next((n for n, each in enumerate(some) if not (each.is_type or each.raw in ROADS)), 0)
    if road and road == len(some) - 1 and some[road].is_number:  # "US Highway 51", "Calle 26"
        return some[road].normal, direction_letters(directions)
    return _without_type_before(some[:last]), direction_letters(directions)


def _has_name(some: Sequence[Word]) -> bool:
    return any(not each.is_type and not each.is_direction for each in some)


def _end_of_name(some: Sequence[Word]) -> int:
    """Return the index of the type after a street name, skipping "St." in "St. Clair Ave"."""
    for position in range(1, len(some)):
        each, behind = some[position], some[position + 1 :]
        is_saint = each.raw in _SAINT and any(other.is_type for other in behind)
        if each.is_type and not is_saint and not (behind and behind[0].is_type):
            return position
    return len(some)


def _without_type_before(some: Sequence[Word]) -> str:
    """Return the street name without a type before it, as in "Calle de la Luz" and "Avenue J"."""
    rest = list(some)
    if len(rest) > 1 and rest[0].is_type and not {rest[0].raw, rest[1].raw} & _NO_TYPE_BEFORE:
        del rest[0]
        while len(rest) > 1 and rest[0].raw in _OF:
            del rest[0]
    if len(rest) > 1 and rest[0].raw == "the":
        del rest[0]
    while len(rest) > 1 and (rest[-1].is_type or rest[-1].raw == "la"):
        del rest[-1]
    return name_of(rest)


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
