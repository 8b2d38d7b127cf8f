"""Navigation of staff pages; each entry is shown to those who have its permission.

A feature adds its own when it is registered::

    register_staff_pages(app, StaffPage(endpoint="desk.home", work=Work.DESK, …))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import Any, cast
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g, request, url_for
from flask_babel import lazy_gettext

from referral.directory.context import Directory, local_today
from referral.records.accounts import Account, Permission
from referral.records.waiting import Waiting
from referral.web.current import NO_DATABASE, current_directory
from referral.web.staff.access import account_or_none, sees_as_patron


class Urgency(IntEnum):
    """What comes first in the queue; the lower, the earlier."""

    PERSON = 1  # a person waits for us
    WRONG = 2  # people may read something wrong
    HELD_UP = 3  # work of others cannot go on
    UPKEEP = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingWork:
    """One line of the queue on the start page; it is shown while something waits.

    Attributes:
        label: a lazy string.
        endpoint: where the work is done; "" for the page that declares it.
        values: of the address.
    """

    label: Any
    urgency: Urgency
    find: Callable[[Directory, Account], Waiting]
    endpoint: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


_PAGES = "referral_staff_pages"


class Work(StrEnum):
    """The work that a staff page is for; the menu has a part for each, in this order."""

    DESK = "desk"
    LISTINGS = "listings"
    LISTS_IN = "lists-in"
    WORDS = "words"
    PEOPLE = "people"
    REPORTS = "reports"


_WORK_LABELS: dict[Work, Any] = {
    Work.DESK: lazy_gettext("Desk"),
    Work.LISTINGS: lazy_gettext("Listings"),
    Work.LISTS_IN: lazy_gettext("Incoming lists"),
    Work.WORDS: lazy_gettext("Words"),
    Work.PEOPLE: lazy_gettext("People"),
    Work.REPORTS: lazy_gettext("Reports"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffPage:
    """One entry of the navigation and of the start page.

    Attributes:
        work: the part of the menu in which it stands.
        label, description: lazy strings; the description is one sentence for the start page.
        icon: name of a Bootstrap icon.
        waiting: what may wait there, for the queue of the start page.
    """

    endpoint: str
    label: Any
    work: Work
    permission: Permission
    description: Any = ""
    icon: str = ""
    waiting: tuple[WaitingWork, ...] = ()

    @property
    def is_current(self) -> bool:
        """Whether the page shown is this one."""
        return request.endpoint == self.endpoint


@dataclass(frozen=True, slots=True)
class QueueLine:
    """Something that waits for the person signed in; ``days`` is how long the oldest has."""

    label: Any
    icon: str
    address: str
    count: int
    days: int | None


@dataclass(frozen=True, slots=True)
class MenuPart:
    """The pages for one kind of work; ``is_current`` where the page shown is one or below one."""

    label: Any
    pages: tuple[StaffPage, ...]
    is_current: bool


def init_app(app: Flask) -> None:
    """Offer the navigation and the account to templates."""
    app.extensions[_PAGES] = []
    app.jinja_env.globals.update(
        staff_account=account_or_none,
        staff_menu=staff_menu,
        staff_trail=staff_trail,
        has_staff_bar=has_staff_bar,
        sees_as_patron=sees_as_patron,
    )


def register_staff_pages(app: Flask, *pages: StaffPage) -> None:
    """Add to the navigation, in the order of calls."""
    app.extensions[_PAGES].extend(pages)


def staff_pages() -> list[StaffPage]:
    """What the person signed in may open."""
    account = account_or_none()
    return _pages_of(account) if account else []


def _pages_of(account: Account) -> list[StaffPage]:
    pages = cast("list[StaffPage]", current_app.extensions[_PAGES])
    return [page for page in pages if account.may(page.permission)]


def staff_menu() -> list[MenuPart]:
    """The pages of the person signed in, by work; without work that has none."""
    pages = staff_pages()
    above = [*staff_trail(), *(page for page in pages if page.is_current)]
    parts = []
    for work, label in _WORK_LABELS.items():
        of_work = tuple(page for page in pages if page.work is work)
        if of_work:
            is_current = bool(above) and above[-1] in of_work
            parts.append(MenuPart(label, of_work, is_current))
    return parts


def has_staff_bar() -> bool:
    """Whether a page for everybody has the bar of staff instead of the patrons' header.

    Where a page must need no database, only an account counts that was looked up before.
    """
    if NO_DATABASE in g:
        return g.get("staff_account") is not None
    return account_or_none() is not None


def work_queue(account: Account) -> list[QueueLine]:
    """What waits for this person: the most urgent first, then what has waited longest."""
    directory = current_directory()
    zone, today = ZoneInfo(directory.settings.timezone), local_today(directory)
    found: list[tuple[int, int, int, QueueLine]] = []
    for page in _pages_of(account):
        for work in page.waiting:
            waiting = work.find(directory, account)
            if waiting.count:
                days = _days_since(waiting.since, today, zone)
                address = url_for(work.endpoint or page.endpoint, **work.values)
                line = QueueLine(work.label, page.icon, address, waiting.count, days)
                found.append((work.urgency, -(days or 0), len(found), line))
    return [line for *_, line in sorted(found)]


def _days_since(since: date | datetime | None, today: date, zone: ZoneInfo) -> int | None:
    if since is None:
        return None
    day = since.astimezone(zone).date() if isinstance(since, datetime) else since
    return max((today - day).days, 0)


def staff_trail() -> tuple[StaffPage, ...]:
    """Pages of the navigation above the page shown, by its address; the highest first."""
    here = f"{request.root_path}{request.path}"
    addresses = sorted((url_for(page.endpoint), page.endpoint, page) for page in staff_pages())
    return tuple(page for address, _, page in addresses if here.startswith(f"{address}/"))
