"""Keys of what is held back: keyed hashes of addresses and phone numbers, and who matches them.

An address is held back when a record with it is withheld, or was: the hashes stay when the record
goes, so that a later list does not publish what an earlier one held back. Hashes are HMAC-SHA256.
Their key is in the database, beside the addresses themselves: with a key from elsewhere, a process
started with another one would publish them (see docs/decisions).
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
_WRITES = "what is withheld may be changed here"


class Scope(StrEnum):
    """A thing that a key is compared with."""

    PLACE = "place"
    STREET = "street"  # in running text, where no city stands beside it
    NUMBER = "number"  # tells quickly that most numbers in a text are not house number
    PHONE = "phone"
    SEVEN_DIGITS = "seven-digits"  # of a phone, as people of its area write it
    POINT = "point"  # coordinates that are of this place alone


class Hasher:
    """Keyed hashes."""

    def __init__(self, secret: str) -> None:
        key = bytes.fromhex(secret)

        @lru_cache(maxsize=1 << 16)
        def digest(scope: str, text: str) -> str:
            return hmac.digest(key, f"{scope}|{text}".encode(), hashlib.sha256).hex()

        self.digest = digest


# A number of ten digits in running text, with its extension.
_GAP = r"[\s./·•∙⋅‧・*_~|\u2010-\u2015\u2212-]{0,3}"
_PHONE = re.compile(
    rf"(?<![\d.-])(?:\+?1[\s.-]{{0,2}})?(?P<area>\(?\d{{3}}\)?{_GAP})?(?P<number>\d{{3}}{_GAP}\d{{4}})"
    r"(?!\d)(?:,?\s{0,2}(?:x|ext\.?|extension)\s{0,2}\d{1,6})?",
    re.IGNORECASE,
)
# Extensions near a number: "ext. 12 or 14", "press 2"; or right behind it: "-12", "(12)", ",,12".
_EXTENSION = re.compile(
    r"(?:(?<![a-z])(?:ext(?:ensi[oó]n(?:es)?|ensions?|ns?|s)?|interno|int|anexo|poste|opt(?:ion)?|opci[oó]n"
    r"|press|presione|oprima|dial|marque|x)|#)\W{0,3}\d{1,7}(?!\d)"
    r"(?:[\s,/&]{1,3}(?:(?:or|and|o|y)\s)?(?:ext\.?\s?|x|#)?\d{1,7}(?!\d|[.-]\d))*",
    re.IGNORECASE,
)
_BEHIND = re.compile(r"\s?[-–/(;#,]{1,3}\d{1,7}(?!\d|[.:-]\d)")
_NEAR = 60  # letters


@dataclass(frozen=True, slots=True)
class WithheldKeys:
    """The keys that count for one audience.

    Attributes:
        groups: scope → digest → ids of groups.
        exceptions: pairs of a group and a location or phone that shows it all the same.
    """

    hasher: Hasher
    groups: Mapping[Scope, Mapping[str, frozenset[str]]] = field(default_factory=dict)
    exceptions: frozenset[tuple[str, str]] = frozenset()

    def __bool__(self) -> bool:
        """Return whether anything is held back."""
        return bool(self.groups)

    def groups_of_address(self, address: Any) -> frozenset[str]:
        """The groups that an address (a record or a row) belongs to."""
        if not self:
            return frozenset()
        keys = keys_of_address(address)
        asked: Iterable[str] = itertools.chain(*self._named_in_lines(address))
        numbers = numbers_of(keys)
        if not numbers or any(map(self._is_number, numbers)):
            asked = {*keys.lookup, *asked}
        return self._groups(Scope.PLACE, asked) - self._elsewhere(keys)

    def groups_of_point(self, location: Any) -> frozenset[str]:
        """The groups whose place is at the point of a location (a record or a row)."""
        key = point_key(location)
        return self._groups(Scope.POINT, (key,)) if self and key else frozenset()

    def groups_of_phone(self, phone: Any) -> frozenset[str]:
        """The groups that a phone (a record or a row) belongs to."""
        return self._groups(Scope.PHONE, phone_keys(phone)) if self else frozenset()

    def groups_of_number(self, phone: Any) -> frozenset[str]:
        """The groups that hold back the number of a phone with any extension."""
        return self._groups(Scope.PHONE, phone_keys(phone)[-1:])

    def holds_address(self, address: Any) -> bool:
        """Return whether an address is held back at its location."""
        return self._holds(self.groups_of_address(address), address.location_id or "")

    def holds_point(self, location: Any) -> bool:
        """Return whether a location is at a point that is held back."""
        return self._holds(self.groups_of_point(location), location.id)

    def holds_phone(self, phone: Any) -> bool:
        """Return whether a phone number is held back."""
        return self._holds(self.groups_of_phone(phone), phone.id)

    def names_street(self, text: str) -> bool:
        """Return whether a text names a street and number that are held back."""
        return bool(self.streets_in(text))

    def streets_in(
        self, text: str, shown: frozenset[tuple[str, str]] = frozenset()
    ) -> list[tuple[int, int]]:
        """Where a text names streets that are held back.

        Args:
            shown: streets that are not secret here, with their directions.
        """
        if not text or Scope.NUMBER not in self.groups or _PHONE.fullmatch(text):
            return []

        def is_there(street: str, directions: str) -> bool:
            is_shown = any(
                key == street and are_same_directions(own, directions) for key, own in shown
            )
            return not is_shown and self._is_there(street, directions)

        return list(find_streets(text, self._is_number, self._is_street, is_there))

    def phones_in(self, text: str) -> list[tuple[int, int]]:
        """Where a text names phone numbers that are held back, and shown nowhere."""
        if not text or Scope.PHONE not in self.groups:
            return []
        found: list[tuple[int, int]] = []
        before = 0
        matches = list(_PHONE.finditer(text))
        for index, match in enumerate(matches, 1):
            end = matches[index].start() if index < len(matches) else len(text)
            if span := self._held_part(match, before, end):
                found.append(span)
            before = span[1] if span else match.end()
        return found

    def _held_part(
        self, match: re.Match[str], before: int, following: int
    ) -> tuple[int, int] | None:
        """The part of a text that names a number, from its extension to it or the other way."""
        text, (start, end), behind = match.string, match.span(), match.end("number")
        number, area = (
            "".join(filter(str.isdigit, match[name] or "")) for name in ("number", "area")
        )
        scope, said = (Scope.PHONE, f"+1{area}{number}") if area else (Scope.SEVEN_DIGITS, number)
        if self._is_secret(scope, f"{said}x*" if area else said):
            return start, end
        extensions = (
            *_EXTENSION.finditer(text, max(before, start - _NEAR), start),
            *_EXTENSION.finditer(text, behind, min(following, behind + _NEAR)),
            *filter(None, [_BEHIND.match(text, behind, following)]),
        )
        held = [
            found.span()
            for found in extensions
            if any(self._is_secret(scope, f"{said}x{digits}") for digits in _digits_in(found[0]))
        ]
        if not held:
            return None
        start, end = min(start, *(span[0] for span in held)), max(end, *(span[1] for span in held))
        if text[end : end + 1] == ")" and "(" in text[behind:end]:
            end += 1
        return start, end

    def _is_secret(self, scope: Scope, key: str) -> bool:
        return bool(self._groups(scope, (key,)) - {group for group, _ in self.exceptions})

    def _named_in_lines(self, address: Any) -> Iterator[frozenset[str]]:
        """The keys of streets held back that the lines of an address name, wherever they do."""
        for line in (address.address_1 or "", address.address_2 or ""):
            named: set[str] = set()

            def is_there(street: str, directions: str, named: set[str] = named) -> bool:
                is_held = self._is_there(street, directions)
                if is_held:
                    named.add(street)
                return is_held

            for _ in find_streets(line, self._is_number, self._is_street, is_there):
                pass
            for key in named:
                yield street_lookup_keys(key, address.city or "", address.postal_code or "")

    def _is_number(self, number: str) -> bool:
        return self.hasher.digest(Scope.NUMBER, number) in self.groups.get(Scope.NUMBER, {})

    def _is_street(self, key: str) -> bool:
        return self.hasher.digest(Scope.STREET, key) in self.groups.get(Scope.STREET, {})

    def _is_there(self, street: str, directions: str) -> bool:
        """Return whether a street that is held back may have directions with these letters."""
        return bool(self._groups(Scope.STREET, (street,)) - self._other(street, directions))

    def _other(self, street: str, directions: str) -> frozenset[str]:
        """The groups with a number and name that are another street by what else is known."""
        keys = direction_keys(street, directions)
        decided = self._groups(Scope.STREET, (keys.decided,))
        return decided - self._groups(Scope.STREET, (keys.own, keys.none))

    def _elsewhere(self, keys: PlaceKeys) -> frozenset[str]:
        """The groups that have the number and name of an address, and are another street."""
        other = [self._other(*named) for named in keys.directed_streets]
        same = [self._groups(Scope.STREET, (named[0],)) for named in keys.directed_streets]
        found = frozenset().union(*other)
        return found - frozenset().union(*(s - o for s, o in zip(same, other, strict=True)))

    def _groups(self, scope: Scope, keys: Iterable[str]) -> frozenset[str]:
        known = self.groups.get(scope, {})
        digest = self.hasher.digest
        found = (known.get(digest(scope, key), frozenset()) for key in keys)
        return frozenset().union(*found)

    def _holds(self, groups: Iterable[str], record_id: str) -> bool:
        return any((group, record_id) not in self.exceptions for group in groups)


def keys_of_address(address: Any) -> PlaceKeys:
    """The keys of an address, be it a record or a row."""
    lines = (address.address_1 or "", address.address_2 or "")
    return place_keys(lines, address.city or "", address.postal_code or "")


def phone_keys(phone: Any) -> tuple[str, ...]:
    """The number with its extension, however that is written, and with any; () without a number."""
    tel = phone.tel
    ends = sorted({phone.extension or "", *extensions_of(phone)})
    return tuple(f"{tel}x{end}" for end in (*ends, "*")) if tel else ()


def extensions_of(phone: Any) -> set[str]:
    """The extensions of a phone, in digits: "12 or 14" are two, "Front desk" is none."""
    return _digits_in(phone.extension or "")


def _digits_in(text: str) -> set[str]:
    return set(re.findall(r"[0-9]+", text))


def point_key(location: Any) -> str:
    """The point that a list or a person gave a location, to a meter; "" where there is none."""
    if location.latitude is None or location.longitude is None or location.position_source == "zip":
        return ""
    return f"{location.latitude:.5f}|{location.longitude:.5f}"


def digests_of_phone(hasher: Hasher, phone: Any, *, is_whole: bool) -> dict[str, Scope]:
    """All that is kept of a phone number that is held back.

    Args:
        is_whole: whether it is held back with any extension, and not only with its own.
    """
    tel = phone.tel
    *own, any_end = phone_keys(phone)
    if is_whole:
        numbers, sevens = {*own, f"{tel}x", any_end}, {tel[-7:]}
    else:
        numbers, sevens = {*own}, {f"{tel[-7:]}x{end}" for end in extensions_of(phone)}
    digest = hasher.digest
    return {
        **{digest(Scope.PHONE, key): Scope.PHONE for key in numbers},
        **{digest(Scope.SEVEN_DIGITS, key): Scope.SEVEN_DIGITS for key in sevens},
    }


def digests_of_address(hasher: Hasher, address: Any) -> dict[str, Scope]:
    """All that is kept of an address that is held back."""
    keys = keys_of_address(address)
    digest = hasher.digest
    return {
        **{digest(Scope.PLACE, key): Scope.PLACE for key in keys.stored},
        **{digest(Scope.STREET, key): Scope.STREET for key in text_keys_of(keys)},
        **{digest(Scope.NUMBER, n): Scope.NUMBER for n in numbers_of(keys)},
    }


def numbers_of(keys: PlaceKeys) -> set[str]:
    """The house numbers in the keys."""
    return {key.partition("|")[0] for key in keys.streets}


class KeyCache:
    """The keys as reading sessions last saw them; they are read again when anything changed."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._hasher: tuple[str, Hasher] | None = None
        self._point = LogPoint()
        self._kept: dict[Audience, WithheldKeys] = {}

    def hasher(self, session: Session) -> Hasher:
        """Return what hashes for this store; its key never changes."""
        store_id = store_state(session).store_id
        known = self._hasher
        if known is None or known[0] != store_id:
            known = store_id, Hasher(session.scalars(select(WithheldHashKeyRow.secret)).one())
            self._hasher = known
        return known[1]

    def read(self, session: Session, audience: Audience) -> WithheldKeys:
        """The keys for an audience."""
        point = store_state(session).point
        with self._lock:
            if point == self._point and audience in self._kept:
                return self._kept[audience]
        found = _load(session, audience)
        with self._lock:
            if point != self._point:
                self._point, self._kept = point, {}
            self._kept[audience] = found
        return found


def use_key_cache(session: Session, cache: KeyCache, *, writes: bool) -> None:
    """Let a session hash; what it reads is kept for others unless it ``writes``."""
    session.info[_CACHE], session.info[_WRITES] = cache, writes


def hasher_of(session: Session) -> Hasher:
    """The hasher of the session's store."""
    cache: KeyCache = session.info[_CACHE]
    return cache.hasher(session)


def read_withheld_keys(session: Session, audience: Audience) -> WithheldKeys:
    """Return what is held back from an audience, as this session sees it."""
    if session.info.get(_WRITES):
        return _load(session, audience)
    cache: KeyCache = session.info[_CACHE]
    return cache.read(session, audience)


def _load(session: Session, audience: Audience) -> WithheldKeys:
    group, key, exception = WithheldGroupRow, WithheldKeyRow, WithheldExceptionRow
    hasher = hasher_of(session)
    if audience is Audience.CURATION:
        return WithheldKeys(hasher)
    groups: dict[Scope, dict[str, frozenset[str]]] = defaultdict(dict)
    statement = select(group.id, group.visibility, key.scope, key.digest).join(
        key, key.group_id == group.id
    )
    for group_id, visibility, scope, digest in session.execute(statement):
        if not may_see(audience, Visibility(visibility)):
            of_scope = groups[Scope(scope)]
            of_scope[digest] = of_scope.get(digest, frozenset()) | {group_id}
    if not groups:
        return WithheldKeys(hasher)
    pairs = session.execute(select(exception.group_id, exception.record_id))
    return WithheldKeys(hasher, groups, frozenset((found[0], found[1]) for found in pairs))
