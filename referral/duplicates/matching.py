"""Record linkage: how likely two organizations, services or locations are one.

The method is that of Fellegi and Sunter: each field adds bits of evidence where it agrees and takes
some away where it differs; a value that many records share says little. Pure and symmetric.
Nothing is merged automatically: the pairs fill a queue that a person decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import log2

from rapidfuzz import fuzz

from referral.duplicates.compared_values import ComparedRecord, Rarity, own_name_key
from referral.duplicates.match_keys import name_key, name_tokens, number_tokens
from referral.duplicates.name_matching import NameMatch, match_names


class MatchBand(StrEnum):
    """How certain a match is."""

    NEAR_CERTAIN = "near-certain"
    MAYBE = "maybe"
    UNLIKELY = "unlikely"


class Evidence(StrEnum):
    """A field that agrees between two records."""

    NAME = "name"
    ORGANIZATION = "organization"
    PHONE = "phone"
    PLACE = "place"
    WEBSITE = "website"
    IDENTIFIER = "identifier"


@dataclass(frozen=True, slots=True)
class MatchResult:
    """How well two records match; ``score`` is 0 to 100 and orders the queue."""

    band: MatchBand
    score: int
    alike: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class _Weight:
    """Bits that a field adds where only these two records agree, and where they differ."""

    agrees: float
    differs: float
    evidence: Evidence


# docs/decisions/0039-duplicate-matcher.md says what they were fitted to.
_WEIGHTS = {
    "phones": _Weight(6.0, -2.0, Evidence.PHONE),
    "sites": _Weight(5.0, -2.0, Evidence.WEBSITE),
    "mails": _Weight(6.0, -1.0, Evidence.WEBSITE),
    "pages": _Weight(4.0, -1.0, Evidence.WEBSITE),
    "identifiers": _Weight(12.0, -40.0, Evidence.IDENTIFIER),
}
_PLACE = _Weight(6.0, -3.0, Evidence.PLACE)
_SAME_STREET, _SAME_ROOM, _OTHER_ROOM, _OTHER_BRANCH = 2.0, 1.0, -3.0, -9.0
_NAME, _PART_OF_NAME = 9.0, 7.0
_OTHER_NAME, _OTHER_NAME_AT_ONE_PLACE = -12.0, -6.0
_SAME_AGENCY, _LIKE_AGENCY, _OTHER_AGENCY_MET, _OTHER_AGENCY = 4.0, 1.5, -1.5, -3.0
_ONLY_SERVICES = 4.0
_ONE_LIST, _TWO_AGENCIES_OF_ONE_LIST, _OTHER_NAME_OF_ONE_AGENCY = -3.0, -3.0, -4.0
_SAME_TEXT, _LIKE_TEXT, _OTHER_TEXT, _OTHER_TEXT_OF_ONE_AGENCY = 5.0, 3.0, -1.5, -9.0
_OTHER_NUMBER, _ONE_NUMBER, _OTHER_WAY, _ONE_WAY = -40.0, -5.0, -40.0, -2.0
_SHARED_BY_AN_AGENCY = 0.25
_WAYS = frozenset(
    ("north", "south", "east", "west", "northeast", "northwest", "southeast", "southwest",
     "ne", "nw", "se", "sw", "northern", "southern", "eastern", "western", "upper", "lower")
)  # fmt: skip

_SURE_BITS, _MAYBE_BITS, _MAYBE_BITS_OF_TWO_LISTS, _SCORE_OF_A_BIT = 11.0, 4.0, 0.0, 4
_SAME_NAME, _LIKE_NAME = 0.85, 0.6
_SAME_TEXT_RATIO, _LIKE_TEXT_RATIO, _OTHER_TEXT_RATIO, _SHORT_TEXT = 95, 70, 50, 30
_NOTHING_KNOWN = Rarity()


def compare(
    one: ComparedRecord, other: ComparedRecord, rarity: Rarity = _NOTHING_KNOWN
) -> MatchResult:
    """Compare two records of one kind; ``rarity`` counts the values of all of that kind."""
    first, second = sorted((one, other), key=lambda each: each.id)
    pair = _Pair(first, second, rarity)
    bits = sum(pair.bits().values())
    band = MatchBand.UNLIKELY
    if bits >= _SURE_BITS and pair.is_sure():
        band = MatchBand.NEAR_CERTAIN
    elif bits >= pair.maybe_bits():
        band = MatchBand.MAYBE
    score = max(0, min(100, round(_SCORE_OF_A_BIT * bits)))
    return MatchResult(band, score, () if band is MatchBand.UNLIKELY else tuple(pair.alike()))


def _shared_bits(most: float, sharing: int) -> float:
    """Bits of a value that agrees: each doubling of the records that share it takes two."""
    return max(0.0, most - 2 * log2(sharing / 2))


class _Pair:
    """Two records of one kind, and what agrees between them."""

    def __init__(self, first: ComparedRecord, second: ComparedRecord, rarity: Rarity) -> None:
        self._first, self._second, self._rarity = first, second, rarity
        self._one_list = first.source == second.source
        self._agency = self._match_agencies() if first.is_part else 0.0
        self._one_agency = self._agency >= _SAME_NAME
        self._text = self._text_ratio()
        self._name, self._name_bits, self._by_first_names = self._match_all_names()

    def bits(self) -> dict[str, float]:
        """The evidence of each field."""
        found = {"name": self._name_bits, "list": self._list_bits(), "place": self._place_bits()}
        found |= {field: self._value_bits(field) for field in _WEIGHTS}
        return found | {"agency": self._agency_bits(), "text": self._text_bits()}

    def maybe_bits(self) -> float:
        """Bits from which a person should look: fewer where two lists have a phone or place."""
        is_reached = bool(self._shared("phones") or self._shared("places"))
        return _MAYBE_BITS if self._one_list or not is_reached else _MAYBE_BITS_OF_TWO_LISTS

    def is_sure(self) -> bool:
        """Whether a person would not hesitate: the names are one, and nothing contradicts."""
        if self._name.likeness < _SAME_NAME:
            return False
        if not self._first.is_part:
            return True
        if not self._one_agency or not self._by_first_names:
            return False
        is_named = self._first.names[0] != self._first.organization_name
        return self._is_met() or (is_named and not self._one_list)

    def alike(self) -> Iterator[Evidence]:
        """What agrees, for the page."""
        if self._name.likeness >= _LIKE_NAME:
            yield Evidence.NAME
        if self._one_agency:
            yield Evidence.ORGANIZATION
        weights = {**_WEIGHTS, "places": _PLACE}
        found = {weight.evidence for field, weight in weights.items() if self._shared(field)}
        yield from (each for each in Evidence if each in found)

    def _shared(self, field: str) -> frozenset[str]:
        shared: frozenset[str] = getattr(self._first, field) & getattr(self._second, field)
        return shared

    def _is_known(self, field: str) -> bool:
        return bool(getattr(self._first, field) and getattr(self._second, field))

    def _is_met(self) -> bool:
        """Whether anything but names agrees."""
        return any(self._shared(field) for field in (*_WEIGHTS, "places"))

    def _match_agencies(self) -> float:
        one, other = self._first, self._second
        if one.organization_id and one.organization_id == other.organization_id:
            return 1.0
        names = one.organization_name, other.organization_name
        return match_names(*names, self._rarity, of_agencies=True).likeness

    def _agency_bits(self) -> float:
        one, other = self._first, self._second
        if not one.organization_name or not other.organization_name:
            return 0.0
        if self._one_agency:
            are_only = one.siblings == other.siblings == 1
            return _SAME_AGENCY + (_ONLY_SERVICES if are_only else 0.0)
        if self._agency >= _LIKE_NAME:
            return _LIKE_AGENCY
        return _OTHER_AGENCY_MET if self._is_met() else _OTHER_AGENCY

    def _list_bits(self) -> float:
        """A list names its own records apart; two agencies may share one place."""
        if not self._one_list:
            return 0.0
        if self._one_agency and not self._first.is_place and not self._name.is_equal:
            return _ONE_LIST + _OTHER_NAME_OF_ONE_AGENCY
        is_place = self._first.is_place and self._agency < _LIKE_NAME
        return _ONE_LIST + (_TWO_AGENCIES_OF_ONE_LIST if is_place else 0.0)

    def _match_all_names(self) -> tuple[NameMatch, float, bool]:
        """The names that match best, their bits, and whether both are first names."""
        found = []
        for place, (one, other) in enumerate(self._compared_names()):
            match = match_names(one, other, self._rarity)
            found.append((self._bits_of_names(match, one, other), -place, match))
        bits, place, match = max(found, key=lambda each: each[:2])
        return match, bits, place == 0

    def _compared_names(self) -> Iterator[tuple[str, str]]:
        """The names, and what only one record of its list is also called."""
        first, second = self._first.names, self._second.names
        yield first[0], second[0]
        if not (self._one_list and self._one_agency):
            own = self._rarity.is_own_name
            yield from ((one, second[0]) for one in first[1:] if own(self._first, one))
            yield from ((first[0], other) for other in second[1:] if own(self._second, other))

    def _bits_of_names(self, match: NameMatch, one: str, other: str) -> float:
        if not one or not other:
            return 0.0
        bits = self._sibling_bits(one, other)
        if match.is_equal:
            bits += _shared_bits(_NAME, self._sharing_name())
        else:
            most = _shared_bits(_PART_OF_NAME, match.sharing) if match.shared else 0.0
            unlike = 0.35 * (match.only_one + match.only_other)
            least = _OTHER_NAME_AT_ONE_PLACE if self._may_have_two_names() else _OTHER_NAME
            bits += max(least, most - unlike - 0.5 * min(match.only_one, match.only_other))
        if (one, other) == (self._first.organization_name, self._second.organization_name):
            return max(0.0, bits) if self._is_met() else 0.0  # counted with the agency
        return bits

    def _may_have_two_names(self) -> bool:
        """Two lists may call one body by other names; services of one place are told by theirs."""
        is_service = self._first.is_part and not self._first.is_place
        is_met = bool(self._shared("phones") and self._shared("places"))
        return is_met and not self._one_list and not is_service

    def _sharing_name(self) -> int:
        if self._one_agency:
            return self._rarity.sharing("own_names", own_name_key(self._first))
        return self._rarity.sharing("names", name_key(self._first.names[0]))

    def _sibling_bits(self, one: str, other: str) -> float:
        """Other numbers or directions: Senior Center 3 and 5, Food Bank North and South."""
        bits = 0.0
        numbers, others = (number_tokens(*each.names) for each in (self._first, self._second))
        if numbers != others:
            bits += _OTHER_NUMBER if numbers and others else _ONE_NUMBER
        ways, other_ways = (_WAYS.intersection(name_tokens(name)) for name in (one, other))
        if ways != other_ways:
            bits += _OTHER_WAY if ways and other_ways else _ONE_WAY
        return bits

    def _value_bits(self, field: str) -> float:
        if not self._is_known(field):
            return 0.0
        weight, shared = _WEIGHTS[field], self._shared(field)
        if not shared:
            return weight.differs
        bits = _shared_bits(weight.agrees, self._least_sharing(field, shared))
        return bits * _SHARED_BY_AN_AGENCY if self._one_agency else bits

    def _least_sharing(self, field: str, values: frozenset[str]) -> int:
        return min(self._rarity.sharing(field, each) for each in values)

    def _place_bits(self) -> float:
        if not self._is_known("places"):
            return 0.0
        shared = self._shared("places")
        share = _SHARED_BY_AN_AGENCY if self._one_agency and not self._first.is_place else 1.0
        if not shared:
            one, other = ({key.rpartition(" ")[0] for key in each.places}
                          for each in (self._first, self._second))  # fmt: skip
            return share * _SAME_STREET if one & other else self._far_bits()
        bits = share * _shared_bits(_PLACE.agrees, self._least_sharing("places", shared))
        one, other = ({key for key in each.rooms if key.partition("#")[0] in shared}
                      for each in (self._first, self._second))  # fmt: skip
        if not one or not other:
            return bits
        return bits + (_SAME_ROOM if one & other else _OTHER_ROOM)

    def _far_bits(self) -> float:
        """Two places: perhaps two branches, or one agency's service at two sites."""
        is_reached = any(self._shared(field) for field in ("phones", "mails", "identifiers"))
        may_be = self._one_list or self._first.is_part
        is_branch = may_be and (not is_reached or (self._one_list and self._one_agency))
        return _OTHER_BRANCH if is_branch else _PLACE.differs

    def _text_ratio(self) -> float | None:
        texts = self._first.text, self._second.text
        return fuzz.ratio(*texts) if min(map(len, texts)) >= _SHORT_TEXT else None

    def _text_bits(self) -> float:
        if self._text is None:
            return 0.0
        if self._text >= _SAME_TEXT_RATIO:
            return _shared_bits(_SAME_TEXT, self._rarity.sharing("texts", self._first.text))
        if self._text >= _LIKE_TEXT_RATIO:
            return _LIKE_TEXT
        if self._text >= _OTHER_TEXT_RATIO:
            return 0.0
        return _OTHER_TEXT_OF_ONE_AGENCY if self._one_list and self._one_agency else _OTHER_TEXT
