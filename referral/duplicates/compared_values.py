"""Values that are compared, and how many records share each: the rarer, the more it says."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import log2

from referral.duplicates.match_keys import name_key, name_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRecord:
    """What of a record is compared; all but names as match keys.

    Attributes:
        is_part, is_place: it is a service or location of an organization; it is a location.
        source: the list that it came from.
        names: its name, then what it is also called.
        organization_id, organization_name: of a service or location; "" of an organization.
        siblings: how many records of its kind the organization has.
        phones: as a machine dials them.
        places: street addresses.
        rooms: street addresses with room or unit.
        zips: five digits.
        sites: hosts of websites and of e-mail addresses.
        mails, pages: whole e-mail addresses; web pages below the first page of a site.
        identifiers: tax numbers, digits only.
        text: the start of the description.
    """

    id: str
    names: tuple[str, ...]
    is_part: bool = False
    is_place: bool = False
    source: str = ""
    organization_id: str = ""
    organization_name: str = ""
    siblings: int = 0
    phones: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    rooms: frozenset[str] = frozenset()
    zips: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    mails: frozenset[str] = frozenset()
    pages: frozenset[str] = frozenset()
    identifiers: frozenset[str] = frozenset()
    text: str = ""


_VALUES = ("phones", "places", "sites", "mails", "pages", "identifiers")


@dataclass(frozen=True, slots=True)
class Rarity:
    """How many records of one kind share a value, a name, a word of a name.

    Attributes:
        size: the number of records.
        values: counts by field.
        with_word: the numbers of the records that have a word in their name.
    """

    size: int = 0
    values: Mapping[str, Counter[str]] = field(default_factory=dict)
    with_word: Mapping[str, set[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, records: Iterable[ComparedRecord]) -> Rarity:
        """Count the values of all records of a kind."""
        values: dict[str, Counter[str]] = defaultdict(Counter)
        with_word: dict[str, set[int]] = defaultdict(set)
        agencies = {}
        size = 0
        for size, each in enumerate(records, start=1):
            for name in _VALUES:
                values[name].update(getattr(each, name))
            values["names"][name_key(each.names[0])] += 1
            values["own_names"][own_name_key(each)] += 1
            values["listed_names"].update({_listed_key(each, name) for name in each.names})
            values["texts"][each.text] += 1
            for word in set(name_tokens(each.names[0])):
                with_word[word].add(size)
            agencies[each.organization_id] = each.organization_name
        for agency in agencies.values():
            values["agency_words"].update(set(name_tokens(agency)))
        return cls(size, values, with_word)

    def sharing(self, name: str, value: str) -> int:
        """How many records have the value: two at least, since two are compared."""
        return max(2, self.values[name][value]) if name in self.values else 2

    def sharing_words(self, words: Iterable[str]) -> int:
        """How many records have all of these words in their name: two at least."""
        sets = sorted((self.with_word.get(word, set()) for word in words), key=len)
        return max(2, len(set[int].intersection(*sets))) if sets else 2

    def word_bits(self, word: str, *, of_agencies: bool = False) -> float:
        """Information of a word, 1 to 8 bits; a small directory says little about rarity."""
        if of_agencies:
            count = self.sharing("agency_words", word)
        else:
            count = len(self.with_word.get(word, ()))
        return min(8.0, max(1.0, log2((self.size + 500) / (max(2, count) + 1))))

    def is_own_name(self, record: ComparedRecord, name: str) -> bool:
        """Whether no other record of its list is called so, by its name or another."""
        listed = self.values.get("listed_names", Counter())
        return listed[_listed_key(record, name)] <= 1


def own_name_key(record: ComparedRecord) -> str:
    """Match key of a record's name within its organization."""
    return f"{name_key(record.names[0])} | {name_key(record.organization_name)}"


def _listed_key(record: ComparedRecord, name: str) -> str:
    return f"{record.source} | {name_key(name)}"
