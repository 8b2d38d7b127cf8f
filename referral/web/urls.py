"""Addresses of our own pages and files: one page has eighty of them, most of them always alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, cast
from urllib.parse import quote, urlencode

from werkzeug.datastructures import iter_multi_items
from werkzeug.routing import Map

# With one of these and nothing else an address is kept; it never holds anybody's words.
_KEPT_VALUES = frozenset({"filename", "service_id"})
_KEPT_ADDRESSES = 1 << 14
_PLAIN_IN_A_QUERY = "!$'()*,/:;?@"  # as werkzeug has it
_PLAIN_IN_AN_ANCHOR = "%!#$&'()*+,/:;=?@"  # as Flask has it
_Asked = Mapping[Any, Any]


class Addresses:
    """Makes addresses, as ``Flask.url_for`` does, and keeps those that no search is in.

    Args:
        make: ``Flask.url_for``.
        rules: of the site.
    """

    def __init__(self, make: Callable[..., str], rules: Map) -> None:
        self._make = make
        self._rules = rules
        self._kept = lru_cache(_KEPT_ADDRESSES)(self._made)
        self._takes_none = lru_cache(None)(self._is_without_arguments)

    def address(self, root_path: str, endpoint: str, values: Mapping[str, Any]) -> str:
        """The address of an endpoint, with its blueprint's name, below a root path."""
        given = {name: value for name, value in values.items() if value is not None}
        if len(given) == 1 and (name := next(iter(given))) in _KEPT_VALUES:
            return self._kept(root_path, endpoint, name, given[name])
        anchor = given.pop("_anchor", None)
        if not self._takes_none(endpoint) or any(name.startswith("_") for name in given):
            return self._make(endpoint, **values)
        query = urlencode(list(iter_multi_items(cast(_Asked, given))), safe=_PLAIN_IN_A_QUERY)
        address = self._kept(root_path, endpoint) + (query and f"?{query}")
        return address if anchor is None else f"{address}#{quote(anchor, safe=_PLAIN_IN_AN_ANCHOR)}"

    def _made(self, _root_path: str, endpoint: str, name: str = "", value: Any = None) -> str:
        return self._make(endpoint, **({name: value} if name else {}))

    def _is_without_arguments(self, endpoint: str) -> bool:
        """Whether its path is always the same, so that all values are in the query."""
        return not any(rule.arguments for rule in self._rules.iter_rules(endpoint))
