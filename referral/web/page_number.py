"""Page number of a list, from the query string."""

from __future__ import annotations

from flask import request

LARGEST_PAGE = 999_999


def page_number() -> int:
    """The number after ``page=``.

    Anything but ASCII digits (nothing, a sign, words, a fraction) and zero ask for the first page.
    A number past the last page asks for the last one, which only the list itself knows; numbers
    that no list reaches become ``LARGEST_PAGE``, so that no database refuses an offset.
    """
    text = request.args.get("page", "")
    if not (text.isascii() and text.isdecimal()):
        return 1
    return min(int(text.lstrip("0")[:7] or 1), LARGEST_PAGE)
