"""Links to searches, with labels and totals."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for

from referral.web.search_params import SearchParams


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link with its words; ``is_current`` marks what is shown now."""

    words: str
    address: str = ""
    is_current: bool = False


def search_url(asked: SearchParams, page: int = 1) -> str:
    """The address of a search."""
    return url_for("patron.search", **asked.address(page))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A search that finds something, how much, and how much of it is only suggested."""

    link: Link
    total: int
    suggested: int = 0
