"""Keyed hashes of withheld addresses and phone numbers, and the matching of records and texts.

An address is withheld if a record with it is withheld, or was: the hashes are kept when the record
is deleted, so that a later list does not publish what an earlier one withheld. Hashes are
HMAC-SHA256. Their key is in the database, beside the addresses themselves: with a key from
elsewhere, a process that was started with another one would publish them (see docs/decisions).
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from threading import Lock
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.fields.street_keys import (
    PlaceKeys,
    are_same_directions,
    direction_keys,
    place_keys,
    street_lookup_keys,
    text_keys_of,
)
from referral.fields.street_texts import find_streets
from referral.records.visibility import Audience, Visibility, may_see
from referral.store.change_log import LogPoint, store_state
from referral.store.rows_texts import (
    WithheldExceptionRow,
    WithheldGroupRow,
    WithheldHashKeyRow,
    WithheldKeyRow,
)

_CACHE = "withheld keys last read"
_WRITES = "this session may change withheld keys"
# A number of ten digits in running text, with its extension.
_GAP = r"[\s./·•∙⋅‧・*_~|\u2010-\u2015\u2212-]{0,3}"
_PHONE = re.compile(
    rf"(?<![\d.-])(?:\+?1[\s.-]{{0,2}})?(?P<area>\(?\d{{3}}\)?{_GAP})?(?P<number>\d{{3}}{_GAP}\d{{4}})"
    r"(?!\d)(?:,?\s{0,2}(?:x|ext\.?|extension)\s{0,2}\d{1,6})?",
    re.IGNORECASE,
)
# Extensions near a number: "ext. 12 or 14", "press 2"; or directly after it: "-12", "(12)", ",,12".
_EXTENSION = re.compile(
    r"(?:(?<![a-z])(?:ext(?:ensi[oó]n(?:es)?|ensions?|ns?|s)?|interno|int|anexo|poste|opt(?:ion)?|opci[oó]n"
    r"|press|presione|oprima|dial|marque|x)|#)\W{0,3}\d{1,7}(?!\d)"
    r"(?:[\s,/&]{1,3}(?:(?:or|and|o|y)\s)?(?:ext\.?\s?|x|#)?\d{1,7}(?!\d|[.-]\d))*",
    re.IGNORECASE,
)
_EXTENSION_DIRECTLY_AFTER = re.compile(r"\s?[-–/(;#,]{1,3}\d{1,7}(?!\d|[.:-]\d)")
_NEARBY_CHARACTERS = 60


class Scope(StrEnum):
    """The kind of value that a withheld key is a hash of."""

    PLACE = "place"  # house number and street, with city or ZIP code where known
    STREET = "street"  # in running text, without a city
    NUMBER = "number"  # house number: excludes most numbers in a text quickly
    PHONE = "phone"
    SEVEN_DIGITS = "seven-digits"  # of a phone, without the area code
    POINT = "point"  # coordinates of this location alone


class Hasher:
    """HMAC-SHA256 hasher of texts, with the secret key of a store."""

    def __init__(self, secret: str) -> None:
        key = bytes.fromhex(secret)

        @lru_cache(maxsize=1 << 16)
        def digest(scope: str, text: str) -> str:
            return hmac.digest(key, f"{scope}|{text}".encode(), hashlib.sha256).hex()

        self.digest = digest


@dataclass(frozen=True, slots=True)
class WithheldKeys:
    """Keys of the addresses and phone numbers that are withheld from an audience.

    Attributes:
        groups: ids of groups by scope and digest.
        exceptions: pairs of a group and a location or phone that is shown nevertheless.
    """

    hasher: Hasher
    groups: Mapping[Scope, Mapping[str, frozenset[str]]] = field(default_factory=dict)
    exceptions: frozenset[tuple[str, str]] = frozenset()

    def __bool__(self) -> bool:
        """Return whether any address or phone number is withheld from the audience."""
        return bool(self.groups)

    def groups_of_address(self, address: Any) -> frozenset[str]:
        """Return the withheld groups that an address (a record or a row) matches."""
        if not self:
            return frozenset()
        keys = keys_of_address(address)
        lookup_keys: Iterable[str] = itertools.chain(*self._place_keys_in_lines(address))
        numbers = house_numbers(keys)
        if not numbers or any(map(self._is_house_number, numbers)):
            lookup_keys = {*keys.lookup, *lookup_keys}
        return self._matching_groups(Scope.PLACE, lookup_keys) - self._groups_elsewhere(keys)

    def groups_of_point(self, location: Any) -> frozenset[str]:
        """Return the withheld groups at the coordinates of a location (a record or a row)."""
        key = point_key(location)
        return self._matching_groups(Scope.POINT, (key,)) if self and key else frozenset()

    def groups_of_phone(self, phone: Any) -> frozenset[str]:
        """Return the withheld groups that a phone (a record or a row) matches."""
        return self._matching_groups(Scope.PHONE, phone_keys(phone)) if self else frozenset()

    def groups_of_number(self, phone: Any) -> frozenset[str]:
        """Return the groups that withhold the number of a phone with any extension."""
        return self._matching_groups(Scope.PHONE, phone_keys(phone)[-1:])

    def withholds_address(self, address: Any) -> bool:
        """Return whether an address is withheld at its location."""
        return self._has_group_without_exception(
            self.groups_of_address(address), address.location_id or ""
        )

    def withholds_point(self, location: Any) -> bool:
        """Return whether a location has withheld coordinates."""
        return self._has_group_without_exception(self.groups_of_point(location), location.id)

    def withholds_phone(self, phone: Any) -> bool:
        """Return whether the number of a phone is withheld."""
        return self._has_group_without_exception(self.groups_of_phone(phone), phone.id)

    def names_street(self, text: str) -> bool:
        """Return whether a text contains a withheld street and house number."""
        return bool(self.streets_in(text))

    def streets_in(
        self, text: str, shown: frozenset[tuple[str, str]] = frozenset()
    ) -> list[tuple[int, int]]:
        """Return the spans of withheld streets in a text.

        Args:
            shown: keys of streets that may be named here, with their directions.
        """
        if not text or Scope.NUMBER not in self.groups or _PHONE.fullmatch(text):
            return []

        def is_withheld_and_not_shown(street: str, directions: str) -> bool:
            is_shown = any(
                key == street and are_same_directions(own_directions, directions)
                for key, own_directions in shown
            )
            return not is_shown and self._is_withheld_street(street, directions)

        return list(
            find_streets(text, self._is_house_number, self._is_street, is_withheld_and_not_shown)
        )

    def phones_in(self, text: str) -> list[tuple[int, int]]:
        """Return the spans of phone numbers in a text that are withheld without an exception."""
        if not text or Scope.PHONE not in self.groups:
            return []
        spans: list[tuple[int, int]] = []
        previous_end = 0
        matches = list(_PHONE.finditer(text))
        for index, match in enumerate(matches, 1):
            next_start = matches[index].start() if index < len(matches) else len(text)
            if span := self._withheld_span(match, previous_end, next_start):
                spans.append(span)
            previous_end = span[1] if span else match.end()
        return spans

    def _withheld_span(
        self, match: re.Match[str], earliest: int, latest: int
    ) -> tuple[int, int] | None:
        """Return the span of a withheld number with its extensions, None if it is not withheld."""
        text, (start, end), number_end = match.string, match.span(), match.end("number")
        number, area = (
            "".join(filter(str.isdigit, match[name] or "")) for name in ("number", "area")
        )
        scope, key = (Scope.PHONE, f"+1{area}{number}") if area else (Scope.SEVEN_DIGITS, number)
        if self._is_withheld_number(scope, f"{key}x*" if area else key):
            return start, end
        extensions = (
            *_EXTENSION.finditer(text, max(earliest, start - _NEARBY_CHARACTERS), start),
            *_EXTENSION.finditer(text, number_end, min(latest, number_end + _NEARBY_CHARACTERS)),
            *filter(None, [_EXTENSION_DIRECTLY_AFTER.match(text, number_end, latest)]),
        )
        withheld_spans = [
            extension.span()
            for extension in extensions
            if any(
                self._is_withheld_number(scope, f"{key}x{digits}")
                for digits in _digit_runs(extension[0])
            )
        ]
        if not withheld_spans:
            return None
        starts, ends = zip(*withheld_spans, strict=True)
        start, end = min(start, *starts), max(end, *ends)
        if text[end : end + 1] == ")" and "(" in text[number_end:end]:
            end += 1
        return start, end

    def _is_withheld_number(self, scope: Scope, key: str) -> bool:
        return bool(self._matching_groups(scope, (key,)) - {group for group, _ in self.exceptions})

    def _place_keys_in_lines(self, address: Any) -> Iterator[frozenset[str]]:
        """Yield the place keys of withheld streets anywhere in the lines of an address."""
        for line in (address.address_1 or "", address.address_2 or ""):
            withheld_streets: set[str] = set()

            def collect(
                street: str, directions: str, withheld_streets: set[str] = withheld_streets
            ) -> bool:
                is_withheld = self._is_withheld_street(street, directions)
                if is_withheld:
                    withheld_streets.add(street)
                return is_withheld

            for _ in find_streets(line, self._is_house_number, self._is_street, collect):
                pass
            for key in withheld_streets:
                yield street_lookup_keys(key, address.city or "", address.postal_code or "")

    def _is_house_number(self, number: str) -> bool:
        return self.hasher.digest(Scope.NUMBER, number) in self.groups.get(Scope.NUMBER, {})

    def _is_street(self, key: str) -> bool:
        return self.hasher.digest(Scope.STREET, key) in self.groups.get(Scope.STREET, {})

    def _is_withheld_street(self, street: str, directions: str) -> bool:
        """Return whether a street with these letters of directions may be a withheld one."""
        return bool(
            self._matching_groups(Scope.STREET, (street,))
            - self._groups_with_other_directions(street, directions)
        )

    def _groups_with_other_directions(self, street: str, directions: str) -> frozenset[str]:
        """Return the groups with a house number and street name, but with other directions."""
        keys = direction_keys(street, directions)
        return self._matching_groups(Scope.STREET, (keys.decided,)) - self._matching_groups(
            Scope.STREET, (keys.own, keys.none)
        )

    def _groups_elsewhere(self, keys: PlaceKeys) -> frozenset[str]:
        """Return the groups with the number and name of an address, but of another street."""
        elsewhere: set[str] = set()
        here: set[str] = set()
        for street, directions in keys.directed_streets:
            others = self._groups_with_other_directions(street, directions)
            elsewhere |= others
            here |= self._matching_groups(Scope.STREET, (street,)) - others
        return frozenset(elsewhere - here)

    def _matching_groups(self, scope: Scope, keys: Iterable[str]) -> frozenset[str]:
        groups_by_digest = self.groups.get(scope, {})
        digest = self.hasher.digest
        matches = (groups_by_digest.get(digest(scope, key), frozenset()) for key in keys)
        return frozenset().union(*matches)

    def _has_group_without_exception(self, groups: Iterable[str], record_id: str) -> bool:
        return any((group, record_id) not in self.exceptions for group in groups)


def keys_of_address(address: Any) -> PlaceKeys:
    """Return the keys by which an address (a record or a row) is compared with withheld ones."""
    lines = (address.address_1 or "", address.address_2 or "")
    return place_keys(lines, address.city or "", address.postal_code or "")


def phone_keys(phone: Any) -> tuple[str, ...]:
    """Return the keys of a phone number: with each spelling of its extension, and with any.

    The last key is that with any extension. There is no key without a number.
    """
    tel = phone.tel
    extensions = sorted({phone.extension or "", *extension_numbers(phone)})
    return tuple(f"{tel}x{extension}" for extension in (*extensions, "*")) if tel else ()


def extension_numbers(phone: Any) -> set[str]:
    """Return the extensions of a phone in digits: two of "12 or 14", none of "Front desk"."""
    return _digit_runs(phone.extension or "")


def _digit_runs(text: str) -> set[str]:
    return set(re.findall(r"[0-9]+", text))


def point_key(location: Any) -> str:
    """Return the key of a location's coordinates, to about a meter.

    It is "" without coordinates, or where they are only those of the ZIP code.
    """
    if location.latitude is None or location.longitude is None or location.position_source == "zip":
        return ""
    return f"{location.latitude:.5f}|{location.longitude:.5f}"


def digests_of_phone(hasher: Hasher, phone: Any, *, is_whole: bool) -> dict[str, Scope]:
    """Return the digests under which a withheld phone number is stored, and the scope of each.

    Args:
        is_whole: whether the number is withheld with any extension, not only with its own.
    """
    tel = phone.tel
    *own, any_extension = phone_keys(phone)
    if is_whole:
        number_keys, seven_digit_keys = {*own, f"{tel}x", any_extension}, {tel[-7:]}
    else:
        number_keys, seven_digit_keys = (
            {*own},
            {f"{tel[-7:]}x{extension}" for extension in extension_numbers(phone)},
        )
    digest = hasher.digest
    return {
        **{digest(Scope.PHONE, key): Scope.PHONE for key in number_keys},
        **{digest(Scope.SEVEN_DIGITS, key): Scope.SEVEN_DIGITS for key in seven_digit_keys},
    }


def digests_of_address(hasher: Hasher, address: Any) -> dict[str, Scope]:
    """Return the digests under which a withheld address is stored, and the scope of each."""
    keys = keys_of_address(address)
    digest = hasher.digest
    return {
        **{digest(Scope.PLACE, key): Scope.PLACE for key in keys.stored},
        **{digest(Scope.STREET, key): Scope.STREET for key in text_keys_of(keys)},
        **{digest(Scope.NUMBER, number): Scope.NUMBER for number in house_numbers(keys)},
    }


def house_numbers(keys: PlaceKeys) -> set[str]:
    """Return the house numbers in the keys of an address."""
    return {key.partition("|")[0] for key in keys.streets}


class KeyCache:
    """Cache of withheld keys by audience, which is reloaded after any change in the change log."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._hasher_by_store: dict[str, Hasher] = {}
        self._point = LogPoint()
        self._keys_by_audience: dict[Audience, WithheldKeys] = {}

    def hasher(self, session: Session) -> Hasher:
        """Return the hasher of the store of a session; its secret never changes."""
        store_id = store_state(session).store_id
        hasher = self._hasher_by_store.get(store_id)
        if hasher is None:
            hasher = Hasher(session.scalars(select(WithheldHashKeyRow.secret)).one())
            self._hasher_by_store = {store_id: hasher}
        return hasher

    def read(self, session: Session, audience: Audience) -> WithheldKeys:
        """Return the keys that are withheld from an audience, from the cache if it is current."""
        point = store_state(session).point
        with self._lock:
            if point == self._point and audience in self._keys_by_audience:
                return self._keys_by_audience[audience]
        keys = _load(session, audience)
        with self._lock:
            if point != self._point:
                self._point, self._keys_by_audience = point, {}
            self._keys_by_audience[audience] = keys
        return keys


def use_key_cache(session: Session, cache: KeyCache, *, writes: bool) -> None:
    """Attach a key cache to a session; a session that ``writes`` uses only its hasher."""
    session.info[_CACHE], session.info[_WRITES] = cache, writes


def hasher_of(session: Session) -> Hasher:
    """Return the hasher for withheld keys in the store of a session."""
    cache: KeyCache = session.info[_CACHE]
    return cache.hasher(session)


def read_withheld_keys(session: Session, audience: Audience) -> WithheldKeys:
    """Return the keys that are withheld from an audience, as a session sees them."""
    if session.info.get(_WRITES):
        return _load(session, audience)
    cache: KeyCache = session.info[_CACHE]
    return cache.read(session, audience)


def _load(session: Session, audience: Audience) -> WithheldKeys:
    hasher = hasher_of(session)
    if audience is Audience.CURATION:
        return WithheldKeys(hasher)
    groups: dict[Scope, dict[str, frozenset[str]]] = defaultdict(dict)
    statement = select(
        WithheldGroupRow.id,
        WithheldGroupRow.visibility,
        WithheldKeyRow.scope,
        WithheldKeyRow.digest,
    ).join(WithheldKeyRow, WithheldKeyRow.group_id == WithheldGroupRow.id)
    for group_id, visibility, scope, digest in session.execute(statement):
        if not may_see(audience, Visibility(visibility)):
            groups_by_digest = groups[Scope(scope)]
            groups_by_digest[digest] = groups_by_digest.get(digest, frozenset()) | {group_id}
    if not groups:
        return WithheldKeys(hasher)
    rows = session.execute(select(WithheldExceptionRow.group_id, WithheldExceptionRow.record_id))
    return WithheldKeys(hasher, groups, frozenset((row.group_id, row.record_id) for row in rows))
