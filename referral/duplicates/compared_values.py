"""Values by which records are compared, and counts of how many records share each value."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import log2

from referral.duplicates.match_keys import name_key, name_tokens

_VALUES = ("phones", "places", "sites", "mails", "pages", "identifiers")


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRecord:
    """The values of a record by which duplicates are found, such as names and match keys.

    Attributes:
        is_part: the record is a service or location of an organization.
        is_place: the record is a location.
        source: the source list that the record came from.
        names: the name, then the alternate names.
        organization_id, organization_name: of a service or location; "" for an organization.
        siblings: how many records of this kind the organization has.
        phones: numbers in the form in which they are dialed.
        places: street addresses.
        rooms: street addresses with room or unit.
        zips: ZIP codes of five digits.
        sites: hosts of websites and of e-mail addresses.
        mails: whole e-mail addresses.
        pages: web pages below the home page of a site.
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


@dataclass(frozen=True, slots=True)
class Rarity:
    """Counts of how many records share a value or a word: duplicates share rare ones.

    Attributes:
        size: the number of records.
        values: counts by field.
        with_word: word → positions of the records that have it in their name.
    """

    size: int = 0
    values: Mapping[str, Counter[str]] = field(default_factory=dict)
    with_word: Mapping[str, set[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, records: Iterable[ComparedRecord]) -> Rarity:
        """Count how many records of a kind share each value that duplicates are compared by."""
        values: dict[str, Counter[str]] = defaultdict(Counter)
        with_word: dict[str, set[int]] = defaultdict(set)
        organizations = {}
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
            organizations[each.organization_id] = each.organization_name
        for organization in organizations.values():
            values["organization_words"].update(set(name_tokens(organization)))
        return cls(size, values, with_word)

    def sharing(self, name: str, value: str) -> int:
        """Return how many records share a value when two are compared: at least two."""
        return max(2, self.values[name][value]) if name in self.values else 2

    def sharing_words(self, words: Iterable[str]) -> int:
        """Return how many records have all of some words in their name: at least two."""
        sets = sorted((self.with_word.get(word, set()) for word in words), key=len)
        return max(2, len(set[int].intersection(*sets))) if sets else 2

    def word_bits(self, word: str, *, of_organizations: bool = False) -> float:
        """Return the information that a word carries in record names, from 1 to 8 bits.

        The 500 added to the size lower the weight of counts from a small set of records.
        """
        if of_organizations:
            count = self.sharing("organization_words", word)
        else:
            count = len(self.with_word.get(word, ()))
        return min(8.0, max(1.0, log2((self.size + 500) / (max(2, count) + 1))))

    def is_own_name(self, record: ComparedRecord, name: str) -> bool:
        """Return whether no other record of its source list has this name or alternate name."""
        listed = self.values.get("listed_names", Counter())
        return listed[_listed_key(record, name)] <= 1


def own_name_key(record: ComparedRecord) -> str:
    """Return a match key for a record's name together with its organization's name."""
    return f"{name_key(record.names[0])} | {name_key(record.organization_name)}"


def _listed_key(record: ComparedRecord, name: str) -> str:
    return f"{record.source} | {name_key(name)}"
