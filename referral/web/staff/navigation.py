"""Navigation of staff pages; each entry is shown to those who have its permission.

A feature adds its own when it is registered::

    register_staff_pages(app, StaffPage(endpoint="desk.home", work=Work.DESK, …))
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from flask import Flask, current_app, g, request, url_for
from flask_babel import lazy_gettext

from referral.directory.context import Directory
from referral.records.accounts import Account, Permission
from referral.web.current import current_directory
from referral.web.staff.permissions import account_or_none

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
    Work.LISTS_IN: lazy_gettext("Lists in"),
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
        count: how many things wait there, for the start page; None where nothing is counted.
    """

    endpoint: str
    label: Any
    work: Work
    permission: Permission
    description: Any = ""
    icon: str = ""
    count: Callable[[Directory, Account], int] | None = None

    @property
    def is_current(self) -> bool:
        """Whether the page shown is this one."""
        return request.endpoint == self.endpoint


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
    )


def register_staff_pages(app: Flask, *pages: StaffPage) -> None:
    """Add to the navigation, in the order of calls."""
    app.extensions[_PAGES].extend(pages)


def staff_pages() -> list[StaffPage]:
    """What the person signed in may open."""
    account = account_or_none()
    pages = cast("list[StaffPage]", current_app.extensions[_PAGES])
    return [page for page in pages if account and account.may(page.permission)]


def staff_menu() -> list[MenuPart]:
    """The pages of the person signed in, by work; without work that has none."""
    pages = staff_pages()
    here = {page.endpoint for page in staff_trail()} | {request.endpoint}
    parts = []
    for work, label in _WORK_LABELS.items():
        of_work = tuple(page for page in pages if page.work is work)
        if of_work:
            is_current = any(page.endpoint in here for page in of_work)
            parts.append(MenuPart(label, of_work, is_current))
    return parts


def has_staff_bar() -> bool:
    """Whether a page for everybody has the bar of staff instead of the patrons' header.

    An error page must need no database: there only an account counts that was looked up before.
    """
    if "without_sidebar" in g:
        return g.get("staff_account") is not None
    return account_or_none() is not None


def pages_with_counts(account: Account) -> list[tuple[StaffPage, int | None]]:
    """Each page with how many things wait there."""
    directory = current_directory()
    return [
        (page, page.count(directory, account) if page.count else None) for page in staff_pages()
    ]


def staff_trail() -> tuple[StaffPage, ...]:
    """Pages of the navigation above the page shown, by its address; the highest first."""
    here = f"{request.root_path}{request.path}"
    addresses = sorted((url_for(page.endpoint), page.endpoint, page) for page in staff_pages())
    return tuple(page for address, _, page in addresses if here.startswith(f"{address}/"))
