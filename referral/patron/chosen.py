"""The services a person chose to take along: their ids, in the person's own order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

MOST_CHOSEN = 25  # as many as a slip holds


@dataclass(frozen=True, slots=True)
class MyList:
    """Ids of services, each once. Every change gives a new list and leaves this one."""

    ids: tuple[str, ...] = ()

    @classmethod
    def of(cls, ids: Iterable[str]) -> MyList:
        """A list of these, each once, as many as there is room for."""
        return cls(tuple(dict.fromkeys(ids))[:MOST_CHOSEN])

    @property
    def is_full(self) -> bool:
        """Whether no more can be added."""
        return len(self.ids) >= MOST_CHOSEN

    def with_added(self, service_id: str) -> MyList:
        """The service at the end; the same list where it is on it, or the list is full."""
        return self.of((*self.ids, service_id))

    def without(self, service_id: str) -> MyList:
        """The list without the service."""
        return replace(self, ids=tuple(each for each in self.ids if each != service_id))

    def moved(self, service_id: str, step: int) -> MyList:
        """The service ``step`` places further down, up where negative; never past an end."""
        if service_id not in self.ids:
            return self
        place = max(0, min(self.ids.index(service_id) + step, len(self.ids) - 1))
        others = self.without(service_id).ids
        return replace(self, ids=(*others[:place], service_id, *others[place:]))
