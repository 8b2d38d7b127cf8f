"""Turns: merges the results of the needs of a story, the best of each need in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from referral.search.order import Order
from referral.search.query import Sort


@dataclass(frozen=True, slots=True)
class Turn:
    """A result: the number of its need, and its rank among the results of that need, from 0."""

    need: int
    rank: int


def take_turns(orders: Sequence[Order], sort: Sort, rows: range) -> list[Turn]:
    """Return some of the results of all needs, each document once.

    The first result of each need comes first, then the second of each. Sorted by distance or name,
    the results of all needs are merged in that order.

    Args:
        orders: of each need; a query that is no story has one.
        rows: the results to return.
    """
    if len(orders) == 1:
        return [Turn(0, rank) for rank in range(rows.start, min(rows.stop, len(orders[0].docs)))]
    in_order = [order.rows(len(order.docs)) for order in orders]

    def joined(values: Sequence[NDArray[Any]]) -> NDArray[Any]:
        pairs = zip(values, in_order, strict=True)
        return np.concatenate([array.take(rows_of_need) for array, rows_of_need in pairs])

    ranks = np.concatenate([np.arange(len(rows_of_need)) for rows_of_need in in_order])
    needs = np.repeat(np.arange(len(orders)), list(map(len, in_order)))
    keys: list[NDArray[Any]] = [needs, ranks]  # the last one counts most
    if sort is Sort.NEAREST:
        keys.append(joined([order.miles for order in orders]))
    elif sort is Sort.NAME:
        keys.append(joined([order.columns.order_by_name.take(order.docs) for order in orders]))
    turns = np.lexsort(keys)
    docs = joined([order.docs for order in orders]).take(turns)
    first_indexes = np.sort(np.unique(docs, return_index=True)[1])
    chosen = turns.take(first_indexes)[rows.start : rows.stop]
    return list(map(Turn, needs.take(chosen).tolist(), ranks.take(chosen).tolist()))
