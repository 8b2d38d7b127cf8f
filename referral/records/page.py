"""Pagination: one page of a longer list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Never, TypeVar, overload

T = TypeVar("T")
S = TypeVar("S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Sequence[T], Generic[T]):
    """The items of one page, and its position in the whole list.

    Attributes:
        number: page number, from 1.
        size: most items per page.
        total: count of the items of all pages.
    """

    items: tuple[T, ...] = ()
    number: int = 1
    size: int
    total: int

    @classmethod
    def at(cls, number: int, size: int, total: int) -> Page[Never]:
        """Return an empty page with a number, or the last page if the number is too high."""
        last = max(-(-total // size), 1)
        return Page(number=min(max(number, 1), last), size=size, total=total)

    @classmethod
    def of(cls, items: Sequence[S], number: int, size: int) -> Page[S]:
        """Return a page of a list in memory, or the last page if the number is too high."""
        page = cls.at(number, size, len(items))
        return page.with_items(items[page.offset : page.offset + size])

    def with_items(self, items: Iterable[S]) -> Page[S]:
        """Return a copy of the page with items."""
        return Page(items=tuple(items), number=self.number, size=self.size, total=self.total)

    @property
    def pages(self) -> int:
        """The count of pages; an empty list has one."""
        return max(-(-self.total // self.size), 1)

    @property
    def offset(self) -> int:
        """The count of items on previous pages."""
        return (self.number - 1) * self.size

    @property
    def last_item(self) -> int:
        """The number (from 1) of the page's last item in the whole list."""
        return min(self.offset + self.size, self.total)

    @property
    def has_previous(self) -> bool:
        """Return whether there is a previous page."""
        return self.number > 1

    @property
    def has_next(self) -> bool:
        """Return whether there is a next page."""
        return self.number < self.pages

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...
    def __getitem__(self, index: Any) -> Any:
        return self.items[index]
