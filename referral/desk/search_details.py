"""What a search says of a person, brought into the open inquiry, and taken out of it again.

It fills only what nobody has said by hand. ``InquiryRow.from_search`` has the names of what came in
that way, and of what was taken out, which then stays out; closing the inquiry empties it.
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
from referral.directory.context import Directory
from referral.directory.heading_placement import first_heading


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchDetails:
    """What a search says.

    Attributes:
        zip_code, area: one of them at the most: five digits, or the county with its state.
        values: of ``language``, ``age_band``, ``household`` and ``access_needs``, where said.
        needs: codes of topics, each with the slug of its first heading.
    """

    zip_code: str = ""
    area: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    needs: Mapping[str, str] = field(default_factory=dict)


def heading_of_topic(directory: Directory, code: str) -> str:
    """The slug of the first heading of a topic, "" for none.

    Raises:
        NotFoundError: there is no such topic.
    """
    with directory.store.read() as session:
        return first_heading(session, directory.listings.terms(session), code)


def news_of_search(inquiry: Inquiry, said: SearchDetails) -> tuple[str, ...]:
    """The names of what a search would bring into an inquiry, or change of what it brought in."""
    return tuple(name for name, value in _by_name(said) if _is_new(inquiry, said, name, value))


def fill_from_search(directory: Directory, inquiry_id: str, said: SearchDetails) -> None:
    """Bring in what a search says. What somebody said by hand, or took out, stays as it is.

    A need that an earlier search brought in, and of which nobody has spoken since, makes room for
    those of this one.

    Raises:
        NotFoundError, RefusedError: there is no such inquiry or topic, or the inquiry is closed.
    """
    with directory.store.write() as session:
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
                new_need(directory, session, row, term_code=value)
            else:
                setattr(row, name, value)
            states[name] = CAME_IN
        row.from_search = states


def take_out_of_inquiry(directory: Directory, inquiry_id: str, name: str = "") -> None:
    """Take out what searches brought in: one thing by its name, or all of it.

    Raises:
        NotFoundError, RefusedError: there is no such inquiry, or it is closed.
    """
    with directory.store.write() as session:
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
    """Remove the need of this name, unless a service was given for it or it has an outcome."""
    for need in row.needs:
        if NEED_PREFIX + need.term_code == name and not (need.outcome or need.referrals):
            row.needs.remove(need)
            return True
    return False
