"""How many records of a kind an import adds, changes, leaves and retires."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class KindCounts:
    """How many records of a kind; ``held_back`` of the new ones wait for somebody to look."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    refused: int = 0
    held_back: int = 0

    def as_dict(self) -> dict[str, int]:
        """The shape that ``referral import --json`` prints."""
        return {
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "gone": self.gone,
            "refused": self.refused,
            "held_back": self.held_back,
        }


def gone_share_of(counts: KindCounts) -> float:
    """Share (0 to 1) of the stored records of a kind that the list no longer has."""
    stored = counts.changed + counts.unchanged + counts.gone
    return counts.gone / stored if stored else 0.0
