"""The arithmetic of pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.records.page import Page


@given(st.lists(st.integers(), max_size=40), st.integers(1, 9))
def test_the_pages_together_are_the_list(items, size):
    first = Page.of(items, 1, size)
    pages = [Page.of(items, number, size) for number in range(1, first.pages + 1)]
    assert [item for page in pages for item in page] == items
    assert all(len(page) == size for page in pages[:-1])
    assert [page.offset for page in pages[1:]] == [page.last_item for page in pages[:-1]]
    assert [page.has_next for page in pages] == [True] * (first.pages - 1) + [False]
    assert [page.has_previous for page in pages] == [False] + [True] * (first.pages - 1)


@pytest.mark.parametrize(
    ("number", "total", "shown", "pages", "last_item"),
    [
        (1, 0, 1, 1, 0),
        (7, 0, 1, 1, 0),
        (1, 10, 1, 1, 10),
        (2, 10, 1, 1, 10),
        (2, 11, 2, 2, 11),
        (999_999, 21, 3, 3, 21),
        (0, 21, 1, 3, 10),
        (-3, 21, 1, 3, 10),
    ],
)
def test_a_number_outside_the_list_is_the_nearest_page(number, total, shown, pages, last_item):
    page = Page.at(number, 10, total)
    assert (page.number, page.pages, page.last_item) == (shown, pages, last_item)


def test_a_page_is_a_sequence_that_keeps_its_place_with_other_items():
    page = Page.of("abcdefg", 2, 3)
    assert (list(page), page[0], page[1:], "e" in page) == (["d", "e", "f"], "d", ("e", "f"), True)
    other = page.with_items(map(str.upper, page))
    assert (other.items, other.number, other.total) == (("D", "E", "F"), 2, 7)
    assert not Page.of([], 1, 3)
