"""Navigation of staff pages; each entry is shown to those who have its permission.

A feature adds its own when it is registered::

    register_staff_pages(app, StaffPage("desk.inquiries", lazy_gettext("Inquiries"), …))
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from flask import Flask, current_app, request, url_for

from referral.directory.context import Directory
from referral.records.accounts import Account, Permission
from referral.web.current import current_directory
from referral.web.staff.permissions import account_or_none

_PAGES = "referral_staff_pages"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffPage:
    """One entry of the navigation and of the start page.

    Attributes:
        label, description: lazy strings; the description is one sentence for the start page.
        icon: name of a Bootstrap icon.
        count: how many things wait there, for the start page; None where nothing is counted.
    """

    endpoint: str
    label: Any
    permission: Permission
    description: Any = ""
    icon: str = ""
    count: Callable[[Directory, Account], int] | None = None

    @property
    def is_current(self) -> bool:
        """Whether the page shown is this one."""
        return request.endpoint == self.endpoint


def init_app(app: Flask) -> None:
    """Offer ``staff_pages()`` and ``staff_account()`` to templates."""
    app.extensions[_PAGES] = []
    app.jinja_env.globals["staff_pages"] = staff_pages
    app.jinja_env.globals["staff_trail"] = staff_trail
    app.jinja_env.globals["staff_account"] = account_or_none


def register_staff_pages(app: Flask, *pages: StaffPage) -> None:
    """Add to the navigation, in the order of calls."""
    app.extensions[_PAGES].extend(pages)


def staff_pages() -> list[StaffPage]:
    """What the person signed in may open."""
    account = account_or_none()
    pages = cast("list[StaffPage]", current_app.extensions[_PAGES])
    return [page for page in pages if account and account.may(page.permission)]


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
