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
    append_need,
    inquiry_from,
    open_inquiry_row,
    place_columns,
)
from referral.desk.records import CAME_IN, NEED_PREFIX, PLACE, TAKEN_OUT, Inquiry
from referral.desk.rows import InquiryRow
from referral.directory.heading_placement import first_heading
from referral.directory.instance import Instance


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchDetails:
    """The details and needs of a person that a search implies.

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
    """Return the slug of the first heading that a topic is filed under, "" if there is none.

    Raises:
        NotFoundError: there is no such topic.
    """
    with instance.store.read() as session:
        return first_heading(session, instance.listings.terms(session), code)


def new_values_of_search(inquiry: Inquiry, implied: SearchDetails) -> tuple[str, ...]:
    """Return the names of details and needs that a search would add or change in a desk inquiry."""
    return tuple(
        name
        for name, value in _iter_named_values(implied)
        if _is_new(inquiry, implied, name, value)
    )


def fill_from_search(instance: Instance, inquiry_id: str, implied: SearchDetails) -> None:
    """Fill the details and needs that a search implies into the open inquiry.

    Values entered by hand, or taken out, are not changed. New needs replace needs of an earlier
    search that have no outcome and no referral.

    Raises:
        NotFoundError, RefusedError: there is no such inquiry or topic, or the inquiry is closed.
    """
    with instance.store.write() as session:
        row = open_inquiry_row(session, inquiry_id)
        news, states = new_values_of_search(inquiry_from(row), implied), dict(row.from_search)
        names = {name for name, _ in _iter_named_values(implied)}
        for name, value in _iter_named_values(implied):
            if name not in news:
                continue
            if name == PLACE:
                row.zip_code, row.county = place_columns(implied.zip_code, implied.area)
            elif name.startswith(NEED_PREFIX):
                _remove_earlier_needs(row, states, names)
                append_need(instance, session, row, term_code=value)
            else:
                setattr(row, name, value)
            states[name] = CAME_IN
        row.from_search = states


def take_out_of_inquiry(instance: Instance, inquiry_id: str, name: str = "") -> None:
    """Remove details or needs that searches filled into an inquiry: one by name, or all.

    Raises:
        NotFoundError, RefusedError: there is no such inquiry, or it is closed.
    """
    with instance.store.write() as session:
        row = open_inquiry_row(session, inquiry_id)
        taken_out = [
            filled
            for filled, state in row.from_search.items()
            if state == CAME_IN and name in {"", filled}
        ]
        for removed in taken_out:
            if removed == PLACE:
                row.zip_code = row.county = ""
            elif removed.startswith(NEED_PREFIX):
                _remove_open_need(row, removed)
            else:
                setattr(row, removed, type(getattr(row, removed))())
            row.from_search = {**row.from_search, removed: TAKEN_OUT}


def _iter_named_values(implied: SearchDetails) -> Iterator[tuple[str, Any]]:
    if implied.zip_code or implied.area:
        yield PLACE, (implied.zip_code, implied.area)
    yield from ((name, value) for name, value in implied.values.items() if value)
    yield from ((NEED_PREFIX + code, code) for code in implied.needs)


def _is_new(inquiry: Inquiry, implied: SearchDetails, name: str, value: Any) -> bool:
    state, details = inquiry.from_search.get(name, ""), inquiry.details
    if state == TAKEN_OUT:
        return False
    if name.startswith(NEED_PREFIX):
        codes_and_headings = {need.term_code or need.heading for need in inquiry.needs}
        return codes_and_headings.isdisjoint({value, implied.needs[value]})
    current: Any = (
        (details.zip_code, details.area) if name == PLACE else getattr(details, name) or ""
    )
    is_empty = not (any(current) if name == PLACE else current)
    return is_empty or (state == CAME_IN and _comparable(current) != _comparable(value))


def _comparable(value: Any) -> Any:
    return sorted(value) if isinstance(value, list | tuple) else value


def _remove_earlier_needs(row: InquiryRow, states: dict[str, str], names: set[str]) -> None:
    """Remove needs that earlier searches filled into an inquiry, except some by name."""
    for name, state in list(states.items()):
        if name not in names and state == CAME_IN and _remove_open_need(row, name):
            del states[name]


def _remove_open_need(row: InquiryRow, name: str) -> bool:
    """Remove a need without outcome or referral from an inquiry; return whether it was removed."""
    for need in row.needs:
        if NEED_PREFIX + need.term_code == name and not (need.outcome or need.referrals):
            row.needs.remove(need)
            return True
    return False
