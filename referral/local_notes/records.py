"""Local notes: what the library says about a service on top of what its list says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from referral.records.local_notes import TRANSLATIONS, LocalField

LONGEST = 2_000
LONGEST_TRANSLATION = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTop:
    """One field that the library says itself.

    Attributes:
        upstream_then: what the list said when somebody of staff last looked.
        upstream_now: what it says now.
    """

    value: str
    changed_at: datetime
    changed_by: str = ""
    upstream_then: str = ""
    upstream_now: str = ""

    @property
    def is_outdated(self) -> bool:
        """Whether the list has changed what the library says itself.

        It has not where it only has the same hours, or places, in another order.
        """
        return sorted(self.upstream_then.splitlines()) != sorted(self.upstream_now.splitlines())


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalNotes:
    """All of one service.

    Attributes:
        organization: the name of the organization, "" for none.
        source: the list that its record comes from.
        is_off: the record is off the list.
        upstream: what the list says, by field: hours with a line for each rule, texts and after
            them their translation.
        listed_topics, own_topics: names of topics that the list has, and that staff added.
    """

    service_id: str
    name: str
    source: str
    organization: str = ""
    is_off: bool = False
    upstream: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, OnTop] = field(default_factory=dict)
    listed_topics: tuple[str, ...] = ()
    own_topics: tuple[str, ...] = ()

    @property
    def upstream_hours(self) -> str:
        """The hours as the list has them."""
        return self.upstream.get(LocalField.HOURS, "")

    def value(self, name: str) -> str:
        """What the library says of a field, "" for nothing."""
        return self.fields[name].value if name in self.fields else ""

    @property
    def has_note(self) -> bool:
        """Whether the library wrote a note, in whichever language."""
        return any(self.value(key) for key in (LocalField.NOTE, LocalField.SPANISH_NOTE))

    @property
    def has_translations(self) -> bool:
        """Whether the library says something in another language."""
        return any(self.value(key) for key in TRANSLATIONS)

    @property
    def is_outdated(self) -> bool:
        """Whether the list has changed one of the fields."""
        return bool(self.outdated)

    @property
    def outdated(self) -> Mapping[str, OnTop]:
        """The fields that the list has changed; of a record that it dropped, none."""
        if self.is_off:
            return {}
        return {key: each for key, each in self.fields.items() if each.is_outdated}


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedNotes:
    """What a curator typed; "" for a field takes it away."""

    note: str = ""
    spanish_note: str = ""
    hours: str = ""
    is_hidden: bool = False
    translations: Mapping[str, str] = field(default_factory=dict)
