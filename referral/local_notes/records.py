"""Records of local notes: the library's values for a service on top of those of its list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from referral.records.local_notes import TRANSLATIONS, LocalField

LONGEST = 2_000
LONGEST_TRANSLATION = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalValue:
    """A value that the library set for a service's field on top of its source list.

    Attributes:
        upstream_then: the list's value when a curator last changed or reviewed the field.
        upstream_now: the list's current value.
    """

    value: str
    changed_at: datetime
    changed_by: str = ""
    upstream_then: str = ""
    upstream_now: str = ""

    @property
    def is_outdated(self) -> bool:
        """Return whether the source list changed a field since the library's value was reviewed.

        A new order of the same lines is no change.
        """
        return sorted(self.upstream_then.splitlines()) != sorted(self.upstream_now.splitlines())


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalNotes:
    """The library's own values for a service, beside those of its source list.

    Attributes:
        organization: the name of the organization, "" for none.
        source: the source of the service's record.
        is_off: whether the record is no longer on the list.
        upstream: the list's values by field: hours with a line for each rule, texts followed by
            their translations.
        listed_topics, own_topics: names of topics from the list, and of those added by staff.
    """

    service_id: str
    name: str
    source: str
    organization: str = ""
    is_off: bool = False
    upstream: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, LocalValue] = field(default_factory=dict)
    listed_topics: tuple[str, ...] = ()
    own_topics: tuple[str, ...] = ()

    @property
    def upstream_hours(self) -> str:
        """Return the opening hours of a service in its source list."""
        return self.upstream.get(LocalField.HOURS, "")

    def value(self, name: str) -> str:
        """Return the library's own value of a service's field, "" if there is none."""
        return self.fields[name].value if name in self.fields else ""

    @property
    def has_note(self) -> bool:
        """Return whether the library has a note of its own for a service, in either language."""
        return any(self.value(key) for key in (LocalField.NOTE, LocalField.SPANISH_NOTE))

    @property
    def has_translations(self) -> bool:
        """Return whether the library has a translation of its own for any text of a service."""
        return any(self.value(key) for key in TRANSLATIONS)

    @property
    def is_outdated(self) -> bool:
        """Return whether the source list changed any field that the library set for a service."""
        return bool(self.outdated)

    @property
    def outdated(self) -> Mapping[str, LocalValue]:
        """Return the fields with local notes that the source list changed.

        There are none if the record is off the list.
        """
        if self.is_off:
            return {}
        return {name: value for name, value in self.fields.items() if value.is_outdated}


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedNotes:
    """The local notes that a curator typed for a service; "" deletes a value."""

    note: str = ""
    spanish_note: str = ""
    hours: str = ""
    is_hidden: bool = False
    translations: Mapping[str, str] = field(default_factory=dict)
