"""Groups of ages that services are looked for by, and which of them a service takes."""

from __future__ import annotations

from enum import StrEnum


class AgeGroup(StrEnum):
    """Ages in whole years; the last group has no end."""

    CHILD = "0-12"
    TEEN = "13-17"
    YOUNG = "18-24"
    ADULT = "25-64"
    SENIOR = "65+"

    @property
    def youngest(self) -> int:
        """The age from which on one is in it."""
        return int(self.value.rstrip("+").partition("-")[0])

    @property
    def oldest(self) -> int | None:
        """The age up to which one is in it, the year after that birthday included."""
        return int(end) if (end := self.value.partition("-")[2]) else None

    def has_some_of(self, minimum: float | None, maximum: float | None) -> bool:
        """Whether a service with these limits, in years, takes somebody of this group.

        A limit that is not known keeps nobody out. A highest age of 17 takes people until they
        turn 18.
        """
        too_old = self.oldest is not None and minimum is not None and minimum >= self.oldest + 1
        return not too_old and (maximum is None or maximum >= self.youngest)


def age_groups_of(minimum: float | None, maximum: float | None) -> tuple[AgeGroup, ...]:
    """The groups of which a service with these limits takes somebody, the youngest first."""
    return tuple(group for group in AgeGroup if group.has_some_of(minimum, maximum))
