"""Record linkage: the likelihood that two organizations, services or locations are one.

The method is that of Fellegi and Sunter: each field adds bits of evidence where it agrees and
subtracts some where it differs; a value that many records share counts little. Comparison is pure
and symmetric. Nothing is merged automatically: the pairs fill a queue that a curator decides.
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

_ONLY_SERVICES = 4.0
_SHARED_IN_ONE_ORGANIZATION = 0.25
_DIRECTIONS = frozenset(
    ("north", "south", "east", "west", "northeast", "northwest", "southeast", "southwest",
     "ne", "nw", "se", "sw", "northern", "southern", "eastern", "western", "upper", "lower")
)  # fmt: skip
_NO_COUNTS = Rarity()


class MatchBand(StrEnum):
    """How certain it is that two records are duplicates."""

    NEAR_CERTAIN = "near-certain"
    MAYBE = "maybe"
    UNLIKELY = "unlikely"


class Evidence(StrEnum):
    """A field that agrees between two records, as evidence that they are duplicates."""

    NAME = "name"
    ORGANIZATION = "organization"
    PHONE = "phone"
    PLACE = "place"
    WEBSITE = "website"
    IDENTIFIER = "identifier"


@dataclass(frozen=True, slots=True)
class MatchResult:
    """The result of comparing two records as likely duplicates, with a score.

    ``score`` is 0 to 100 and orders the queue.
    """

    band: MatchBand
    score: int
    alike: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class _Weight:
    """The bits of evidence for or against duplicates when a field agrees or differs.

    Attributes:
        agrees: for a value that no third record has.
        differs: negative.
    """

    agrees: float
    differs: float
    evidence: Evidence


# docs/decisions/0039-duplicate-matcher.md describes the data that they were fitted to.
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
_SAME_ORGANIZATION, _LIKE_ORGANIZATION = 4.0, 1.5
_OTHER_ORGANIZATION_SHARED_VALUE, _OTHER_ORGANIZATION = -1.5, -3.0
_ONE_LIST, _TWO_ORGANIZATIONS_OF_ONE_LIST, _OTHER_NAME_IN_ONE_ORGANIZATION = -3.0, -3.0, -4.0
_SAME_TEXT, _LIKE_TEXT, _OTHER_TEXT, _OTHER_TEXT_IN_ONE_ORGANIZATION = 5.0, 3.0, -1.5, -9.0
_OTHER_NUMBER, _ONE_NUMBER, _OTHER_DIRECTION, _ONE_DIRECTION = -40.0, -5.0, -40.0, -2.0

_SURE_BITS, _MAYBE_BITS, _MAYBE_BITS_OF_TWO_LISTS, _SCORE_OF_A_BIT = 11.0, 4.0, 0.0, 4
_SAME_NAME, _LIKE_NAME = 0.85, 0.6
_SAME_TEXT_RATIO, _LIKE_TEXT_RATIO, _OTHER_TEXT_RATIO, _SHORT_TEXT = 95, 70, 50, 30


def compare(one: ComparedRecord, other: ComparedRecord, rarity: Rarity = _NO_COUNTS) -> MatchResult:
    """Compare two records of one kind, to find out how likely they are duplicates.

    ``rarity`` counts the values of all records of that kind.
    """
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


def _agreement_bits(most: float, sharing: int) -> float:
    """Return the bits of evidence from a shared value, fewer the more records share it."""
    return max(0.0, most - 2 * log2(sharing / 2))


class _Pair:
    """Two records of one kind, and the evidence that they are duplicates."""

    def __init__(self, first: ComparedRecord, second: ComparedRecord, rarity: Rarity) -> None:
        self._first, self._second, self._rarity = first, second, rarity
        self._is_one_list = first.source == second.source
        self._organization_likeness = self._match_organizations() if first.is_part else 0.0
        self._is_one_organization = self._organization_likeness >= _SAME_NAME
        self._text_likeness = self._compare_texts()
        self._best_match, self._best_name_bits, self._is_by_main_names = self._best_names()

    def bits(self) -> dict[str, float]:
        """Return the bits of evidence, by field, that two records are duplicates."""
        found = {
            "name": self._best_name_bits,
            "list": self._list_bits(),
            "place": self._place_bits(),
        }
        found |= {field: self._value_bits(field) for field in _WEIGHTS}
        return found | {"organization": self._organization_bits(), "text": self._text_bits()}

    def maybe_bits(self) -> float:
        """Return the bits of evidence from which a curator should look at two records.

        Fewer are needed if the records come from two lists and share a phone or an address.
        """
        share_contacts = bool(self._shared("phones") or self._shared("places"))
        return _MAYBE_BITS if self._is_one_list or not share_contacts else _MAYBE_BITS_OF_TWO_LISTS

    def is_sure(self) -> bool:
        """Return whether two records agree well enough to be near-certain duplicates."""
        if self._best_match.likeness < _SAME_NAME:
            return False
        if not self._first.is_part:
            return True
        if not self._is_one_organization or not self._is_by_main_names:
            return False
        is_named = self._first.names[0] != self._first.organization_name
        return self._shares_values() or (is_named and not self._is_one_list)

    def alike(self) -> Iterator[Evidence]:
        """Yield the kinds of evidence that make two records look like duplicates."""
        if self._best_match.likeness >= _LIKE_NAME:
            yield Evidence.NAME
        if self._is_one_organization:
            yield Evidence.ORGANIZATION
        weights = {**_WEIGHTS, "places": _PLACE}
        found = {weight.evidence for field, weight in weights.items() if self._shared(field)}
        yield from (each for each in Evidence if each in found)

    def _shared(self, field: str) -> frozenset[str]:
        shared: frozenset[str] = getattr(self._first, field) & getattr(self._second, field)
        return shared

    def _both_have(self, field: str) -> bool:
        return bool(getattr(self._first, field) and getattr(self._second, field))

    def _shares_values(self) -> bool:
        """Return whether two records share any value other than a name."""
        return any(self._shared(field) for field in (*_WEIGHTS, "places"))

    def _match_organizations(self) -> float:
        one, other = self._first, self._second
        if one.organization_id and one.organization_id == other.organization_id:
            return 1.0
        names = one.organization_name, other.organization_name
        return match_names(*names, self._rarity, of_organizations=True).likeness

    def _organization_bits(self) -> float:
        one, other = self._first, self._second
        if not one.organization_name or not other.organization_name:
            return 0.0
        if self._is_one_organization:
            is_only_service_of_both = one.siblings == other.siblings == 1
            return _SAME_ORGANIZATION + (_ONLY_SERVICES if is_only_service_of_both else 0.0)
        if self._organization_likeness >= _LIKE_NAME:
            return _LIKE_ORGANIZATION
        return _OTHER_ORGANIZATION_SHARED_VALUE if self._shares_values() else _OTHER_ORGANIZATION

    def _list_bits(self) -> float:
        """Return the bits of evidence against a match of two records from one source list.

        A list distinguishes its own records by name, and two organizations may share an address.
        """
        if not self._is_one_list:
            return 0.0
        if self._is_one_organization and not self._first.is_place and not self._best_match.is_equal:
            return _ONE_LIST + _OTHER_NAME_IN_ONE_ORGANIZATION
        is_place = self._first.is_place and self._organization_likeness < _LIKE_NAME
        return _ONE_LIST + (_TWO_ORGANIZATIONS_OF_ONE_LIST if is_place else 0.0)

    def _best_names(self) -> tuple[NameMatch, float, bool]:
        """Return the best match between the names of two records, with its bits of evidence."""
        found = []
        for number, (one, other) in enumerate(self._compared_names()):
            match = match_names(one, other, self._rarity)
            found.append((self._names_bits(match, one, other), -number, match))
        bits, number, match = max(found, key=lambda scored: scored[:2])
        return match, bits, number == 0

    def _compared_names(self) -> Iterator[tuple[str, str]]:
        """Yield pairs of names by which two records are compared, main and alternate ones."""
        first, second = self._first.names, self._second.names
        yield first[0], second[0]
        if not (self._is_one_list and self._is_one_organization):
            own = self._rarity.is_own_name
            yield from ((one, second[0]) for one in first[1:] if own(self._first, one))
            yield from ((first[0], other) for other in second[1:] if own(self._second, other))

    def _names_bits(self, match: NameMatch, one: str, other: str) -> float:
        if not one or not other:
            return 0.0
        bits = self._number_and_direction_bits(one, other)
        if match.is_equal:
            bits += _agreement_bits(_NAME, self._records_sharing_name())
        else:
            most = _agreement_bits(_PART_OF_NAME, match.sharing) if match.shared else 0.0
            unlike = 0.35 * (match.only_first + match.only_second)
            least = _OTHER_NAME_AT_ONE_PLACE if self._may_have_two_names() else _OTHER_NAME
            bits += max(least, most - unlike - 0.5 * min(match.only_first, match.only_second))
        if (one, other) == (self._first.organization_name, self._second.organization_name):
            return max(0.0, bits) if self._shares_values() else 0.0  # counted in _organization_bits
        return bits

    def _may_have_two_names(self) -> bool:
        """Return whether two records may be one organization or location under two names.

        Two lists may use different names, but services at one location differ by theirs.
        """
        is_service = self._first.is_part and not self._first.is_place
        share_contacts = bool(self._shared("phones") and self._shared("places"))
        return share_contacts and not self._is_one_list and not is_service

    def _records_sharing_name(self) -> int:
        if self._is_one_organization:
            return self._rarity.sharing("own_names", own_name_key(self._first))
        return self._rarity.sharing("names", name_key(self._first.names[0]))

    def _number_and_direction_bits(self, one: str, other: str) -> float:
        """Return the evidence against duplicates whose names differ in numbers or directions.

        Examples are Senior Center 3 and Senior Center 5, or Food Bank North and Food Bank South.
        """
        bits = 0.0
        numbers, others = (number_tokens(*each.names) for each in (self._first, self._second))
        if numbers != others:
            bits += _OTHER_NUMBER if numbers and others else _ONE_NUMBER
        directions, other_directions = (
            _DIRECTIONS.intersection(name_tokens(name)) for name in (one, other)
        )
        if directions != other_directions:
            bits += _OTHER_DIRECTION if directions and other_directions else _ONE_DIRECTION
        return bits

    def _value_bits(self, field: str) -> float:
        if not self._both_have(field):
            return 0.0
        weight, shared = _WEIGHTS[field], self._shared(field)
        if not shared:
            return weight.differs
        bits = _agreement_bits(weight.agrees, self._fewest_sharing(field, shared))
        return bits * _SHARED_IN_ONE_ORGANIZATION if self._is_one_organization else bits

    def _fewest_sharing(self, field: str, values: frozenset[str]) -> int:
        return min(self._rarity.sharing(field, each) for each in values)

    def _place_bits(self) -> float:
        if not self._both_have("places"):
            return 0.0
        shared = self._shared("places")
        share = (
            _SHARED_IN_ONE_ORGANIZATION
            if self._is_one_organization and not self._first.is_place
            else 1.0
        )
        if not shared:
            one, other = ({key.rpartition(" ")[0] for key in each.places}
                          for each in (self._first, self._second))  # fmt: skip
            return share * _SAME_STREET if one & other else self._other_street_bits()
        bits = share * _agreement_bits(_PLACE.agrees, self._fewest_sharing("places", shared))
        one, other = ({key for key in each.rooms if key.partition("#")[0] in shared}
                      for each in (self._first, self._second))  # fmt: skip
        if not one or not other:
            return bits
        return bits + (_SAME_ROOM if one & other else _OTHER_ROOM)

    def _other_street_bits(self) -> float:
        """Return the bits of evidence against two records without a common street.

        These may be two branches, or one organization's service at two sites.
        """
        share_contacts = any(self._shared(field) for field in ("phones", "mails", "identifiers"))
        may_be_branch = self._is_one_list or self._first.is_part
        is_branch = may_be_branch and (
            not share_contacts or (self._is_one_list and self._is_one_organization)
        )
        return _OTHER_BRANCH if is_branch else _PLACE.differs

    def _compare_texts(self) -> float | None:
        texts = self._first.text, self._second.text
        return fuzz.ratio(*texts) if min(map(len, texts)) >= _SHORT_TEXT else None

    def _text_bits(self) -> float:
        if self._text_likeness is None:
            return 0.0
        if self._text_likeness >= _SAME_TEXT_RATIO:
            return _agreement_bits(_SAME_TEXT, self._rarity.sharing("texts", self._first.text))
        if self._text_likeness >= _LIKE_TEXT_RATIO:
            return _LIKE_TEXT
        if self._text_likeness >= _OTHER_TEXT_RATIO:
            return 0.0
        return (
            _OTHER_TEXT_IN_ONE_ORGANIZATION
            if self._is_one_list and self._is_one_organization
            else _OTHER_TEXT
        )
