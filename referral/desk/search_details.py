"""Details and needs that a search fills into the open inquiry, and their removal.

Only details that nobody entered by hand are filled in. ``InquiryRow.from_search`` has the names of
those filled in, and of those removed again, which later searches skip. Closing the inquiry empties
it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from referral.desk.inquiries import (
    inquiry_from,
    new_need,
    open_inquiry_row,
    place_columns,
)
from referral.desk.records import CAME_IN, NEED_PREFIX, PLACE, TAKEN_OUT, Inquiry
from referral.desk.rows import InquiryRow
from referral.directory.heading_placement import first_heading
from referral.directory.instance import Instance


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchDetails:
    """The details and needs that a search implies.

    Attributes:
        zip_code, area: five digits, or the county with its state; at most one of the two.
        values: ``language``, ``age_band``, ``household``, ``access_needs``; empty if not implied.
        needs: code of a topic → the slug of its first heading.
    """

    zip_code: str = ""
    area: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    needs: Mapping[str, str] = field(default_factory=dict)


def heading_of_topic(instance: Instance, code: str) -> str:
    """Return the slug of the first heading of a topic, "" if it has none.

    Raises:
        NotFoundError: there is no such topic.
    """
    with instance.store.read() as session:
        return first_heading(session, instance.listings.terms(session), code)


def news_of_search(inquiry: Inquiry, said: SearchDetails) -> tuple[str, ...]:
    """Return the names of details and needs that a search would add to an inquiry or change."""
    return tuple(name for name, value in _by_name(said) if _is_new(inquiry, said, name, value))


def fill_from_search(instance: Instance, inquiry_id: str, said: SearchDetails) -> None:
    """Fill the details and needs of a search into an open inquiry.

    Values entered by hand, or taken out, are not changed. New needs replace needs of an earlier
    search that have no outcome and no referral.

    Raises:
        NotFoundError, RefusedError: there is no such inquiry or topic, or the inquiry is closed.
    """
    with instance.store.write() as session:
        row = open_inquiry_row(session, inquiry_id)
        news, states = news_of_search(inquiry_from(row), said), dict(row.from_search)
        names = {name for name, _ in _by_name(said)}
        for name, value in _by_name(said):
            if name not in news:
                continue
            if name == PLACE:
                row.zip_code, row.county = place_columns(said.zip_code, said.area)
            elif name.startswith(NEED_PREFIX):
                states = {each: state for each, state in states.items()
                          if each in names
                          or not (state == CAME_IN and _remove_unspoken(row, each))}  # fmt: skip
                new_need(instance, session, row, term_code=value)
            else:
                setattr(row, name, value)
            states[name] = CAME_IN
        row.from_search = states


def take_out_of_inquiry(instance: Instance, inquiry_id: str, name: str = "") -> None:
    """Remove what searches filled into an inquiry: one detail or need by name, or all.

    Raises:
        NotFoundError, RefusedError: there is no such inquiry, or it is closed.
    """
    with instance.store.write() as session:
        row = open_inquiry_row(session, inquiry_id)
        came_in = [each for each, state in row.from_search.items() if state == CAME_IN]
        for each in [one for one in came_in if name in {"", one}]:
            if each == PLACE:
                row.zip_code = row.county = ""
            elif each.startswith(NEED_PREFIX):
                _remove_unspoken(row, each)
            else:
                setattr(row, each, type(getattr(row, each))())
            row.from_search = {**row.from_search, each: TAKEN_OUT}


def _by_name(said: SearchDetails) -> Iterator[tuple[str, Any]]:
    if said.zip_code or said.area:
        yield PLACE, (said.zip_code, said.area)
    yield from ((name, value) for name, value in said.values.items() if value)
    yield from ((NEED_PREFIX + code, code) for code in said.needs)


def _is_new(inquiry: Inquiry, said: SearchDetails, name: str, value: Any) -> bool:
    state, details = inquiry.from_search.get(name, ""), inquiry.details
    if state == TAKEN_OUT:
        return False
    if name.startswith(NEED_PREFIX):
        has = {need.term_code or need.heading for need in inquiry.needs}
        return has.isdisjoint({value, said.needs[value]})
    present: Any = (
        (details.zip_code, details.area) if name == PLACE else getattr(details, name) or ""
    )
    is_empty = not (any(present) if name == PLACE else present)
    return is_empty or (state == CAME_IN and _comparable(present) != _comparable(value))


def _comparable(value: Any) -> Any:
    return sorted(value) if isinstance(value, list | tuple) else value


def _remove_unspoken(row: InquiryRow, name: str) -> bool:
    """Remove a need by its name unless it has an outcome or a referral; return whether it did."""
    for need in row.needs:
        if NEED_PREFIX + need.term_code == name and not (need.outcome or need.referrals):
            row.needs.remove(need)
            return True
    return False
