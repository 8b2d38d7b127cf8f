"""One page of a longer list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Never, TypeVar, overload

T = TypeVar("T")
S = TypeVar("S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Sequence[T], Generic[T]):
    """The items of one page and the place of the page in the whole list.

    Attributes:
        number: of the page, from 1.
        size: how many items fill a page.
        total: how many items all pages have together.
    """

    items: tuple[T, ...] = ()
    number: int = 1
    size: int
    total: int

    @classmethod
    def at(cls, number: int, size: int, total: int) -> Page[Never]:
        """The page with this number, still empty; past the last page it is the last one."""
        last = max(-(-total // size), 1)
        return Page(number=min(max(number, 1), last), size=size, total=total)

    @classmethod
    def of(cls, items: Sequence[S], number: int, size: int) -> Page[S]:
        """A page of a list that is in memory; past the last page it is the last one."""
        page = cls.at(number, size, len(items))
        return page.with_items(items[page.offset : page.offset + size])

    def with_items(self, items: Iterable[S]) -> Page[S]:
        """The same page with these items."""
        return Page(items=tuple(items), number=self.number, size=self.size, total=self.total)

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(-(-self.total // self.size), 1)

    @property
    def offset(self) -> int:
        """How many items the pages before this one have."""
        return (self.number - 1) * self.size

    @property
    def last_item(self) -> int:
        """The number, from 1, of the last item of this page in the whole list."""
        return min(self.offset + self.size, self.total)

    @property
    def has_previous(self) -> bool:
        """Whether a page comes before this one."""
        return self.number > 1

    @property
    def has_next(self) -> bool:
        """Whether a page comes after this one."""
        return self.number < self.pages

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...
    def __getitem__(self, index: Any) -> Any:
        return self.items[index]
