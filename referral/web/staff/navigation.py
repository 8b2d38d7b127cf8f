"""Navigation of staff pages and the queue on the start page, by permission.

A feature adds its pages when it is registered::

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

from referral.directory.instance import Instance, local_today
from referral.records.accounts import Account, Permission
from referral.records.waiting import Waiting
from referral.web.current import NO_DATABASE, current_instance
from referral.web.staff.access import account_or_none, sees_as_patron

_PAGES = "referral_staff_pages"


class Urgency(IntEnum):
    """The order of lines in the staff queue of waiting work; lower values come first."""

    PERSON = 1  # a person waits for an answer
    WRONG = 2  # people may read something wrong
    HELD_UP = 3  # other people's work cannot continue
    UPKEEP = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingWork:
    """A line of the queue of waiting work on the staff start page, shown while something waits.

    Attributes:
        label: a lazy string.
        endpoint: page where the work is done; "" for the page that declares this line.
        values: of the address.
    """

    label: Any
    urgency: Urgency
    find: Callable[[Instance, Account], Waiting]
    endpoint: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


class Work(StrEnum):
    """The kind of work that a staff page is for.

    The staff menu has a part for each, in this order.
    """

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
    """A staff page in the navigation and on the start page.

    Attributes:
        work: the part of the menu that the page is in.
        label, description: lazy strings; the description is one sentence for the start page.
        icon: name of a Bootstrap icon.
        waiting: lines for the queue of the start page.
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
        """Return whether this staff page of the navigation is the one that is shown."""
        return request.endpoint == self.endpoint


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A line of a user's queue of waiting work; ``days`` is how long the oldest task has waited."""

    label: Any
    icon: str
    address: str
    count: int
    days: int | None


@dataclass(frozen=True, slots=True)
class MenuPart:
    """A part of the staff menu: the pages for one kind of work.

    ``is_current`` if one of them or a page below is shown.
    """

    label: Any
    pages: tuple[StaffPage, ...]
    is_current: bool


def init_app(app: Flask) -> None:
    """Register the template globals for the staff navigation and the signed-in account."""
    app.extensions[_PAGES] = []
    app.jinja_env.globals.update(
        staff_account=account_or_none,
        staff_menu=staff_menu,
        staff_trail=staff_trail,
        has_staff_bar=has_staff_bar,
        sees_as_patron=sees_as_patron,
    )


def register_staff_pages(app: Flask, *pages: StaffPage) -> None:
    """Add staff pages to the navigation, in the order of calls."""
    app.extensions[_PAGES].extend(pages)


def staff_pages() -> list[StaffPage]:
    """Return the staff pages that the signed-in user may open."""
    account = account_or_none()
    return _pages_of(account) if account else []


def _pages_of(account: Account) -> list[StaffPage]:
    pages = cast("list[StaffPage]", current_app.extensions[_PAGES])
    return [page for page in pages if account.may(page.permission)]


def staff_menu() -> list[MenuPart]:
    """Return the staff menu: the user's pages by kind of work, without kinds that have no pages."""
    pages = staff_pages()
    pages_above = [*staff_trail(), *(page for page in pages if page.is_current)]
    parts = []
    for work, label in _WORK_LABELS.items():
        work_pages = tuple(page for page in pages if page.work is work)
        if work_pages:
            is_current = bool(pages_above) and pages_above[-1] in work_pages
            parts.append(MenuPart(label, work_pages, is_current))
    return parts


def has_staff_bar() -> bool:
    """Return whether a public page shows the staff bar instead of the patrons' header.

    If the page must not use the database, only an account that was already looked up counts.
    """
    if NO_DATABASE in g:
        return g.get("staff_account") is not None
    return account_or_none() is not None


def work_queue(account: Account) -> list[QueueLine]:
    """Return a user's queue of waiting work: the most urgent lines first, then the oldest."""
    instance = current_instance()
    zone, today = ZoneInfo(instance.settings.timezone), local_today(instance)
    sortable: list[tuple[int, int, int, QueueLine]] = []
    for page in _pages_of(account):
        for work in page.waiting:
            waiting = work.find(instance, account)
            if waiting.count:
                days = _days_since(waiting.since, today, zone)
                address = url_for(work.endpoint or page.endpoint, **work.values)
                line = QueueLine(work.label, page.icon, address, waiting.count, days)
                sortable.append((work.urgency, -(days or 0), len(sortable), line))
    return [line for *_, line in sorted(sortable)]


def _days_since(since: date | datetime | None, today: date, zone: ZoneInfo) -> int | None:
    if since is None:
        return None
    day = since.astimezone(zone).date() if isinstance(since, datetime) else since
    return max((today - day).days, 0)


def staff_trail() -> tuple[StaffPage, ...]:
    """Return the breadcrumb of a staff page: the navigation pages above it, the highest first."""
    here = f"{request.root_path}{request.path}"
    addresses = sorted((url_for(page.endpoint), page.endpoint, page) for page in staff_pages())
    return tuple(page for address, _, page in addresses if here.startswith(f"{address}/"))
