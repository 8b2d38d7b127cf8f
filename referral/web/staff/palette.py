"""Command palette: to a page of staff, a listing, a topic or an inquiry, by a few typed letters.

What is typed goes by POST, so it is in no address and no log. Features add what they know::

    register_palette_source(app, find_records_entries, permission=Permission.EDIT_RECORDS)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from flask import Blueprint, Flask, current_app, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from referral.directory.search import find_services
from referral.directory.term_lookup import find_terms
from referral.errors import IndexUnavailableError
from referral.fields.places.gazetteer import place_key
from referral.records.accounts import Permission
from referral.records.visibility import Audience
from referral.search.query import SearchQuery
from referral.web.current import current_directory
from referral.web.staff.access import account_or_none, requires
from referral.web.staff.navigation import staff_pages

LONGEST_ASKED = 100
_MOST_OF_A_KIND = 5
_SOURCES = "referral_palette_sources"
palette = Blueprint("palette", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaletteEntry:
    """Where one may go; ``kind`` says in a word what it is, ``detail`` what sets it apart."""

    label: str
    address: str
    kind: Any
    detail: str = ""


FindEntries = Callable[[str], Iterable[PaletteEntry]]


@dataclass(frozen=True, slots=True)
class _Source:
    find: FindEntries
    permission: Permission


def init_app(app: Flask) -> None:
    """Offer the palette, which knows pages of staff, listings and topics by itself."""
    app.extensions[_SOURCES] = []
    app.register_blueprint(palette)
    for find in (_pages, _listings, _topics):
        register_palette_source(app, find, permission=Permission.OWN_ACCOUNT)


def register_palette_source(app: Flask, find: FindEntries, *, permission: Permission) -> None:
    """Add what else can be found, for those with the permission."""
    app.extensions[_SOURCES].append(_Source(find, permission))


@palette.route("/staff/go", methods=["GET", "POST"])
@requires(Permission.OWN_ACCOUNT)
def go() -> ResponseReturnValue:
    """Find where to go; as a page, or for the script of the palette."""
    asked = request.form.get("words", "")[:LONGEST_ASKED].strip()
    found = find_entries(asked)
    if request.accept_mimetypes.best == "application/json":
        suggestions = [
            {
                "text": each.label,
                "detail": " · ".join(filter(None, (str(each.kind), each.detail))),
                "address": each.address,
            }
            for each in found
        ]
        return jsonify(suggestions=suggestions)
    return render_template("staff/go.html", asked=asked, found=found)


def find_entries(asked: str) -> list[PaletteEntry]:
    """What this person may open by these words, of each kind a few; nothing for no words."""
    account = account_or_none()
    if not asked or account is None:
        return []
    found: dict[str, PaletteEntry] = {}
    for source in cast("list[_Source]", current_app.extensions[_SOURCES]):
        if account.may(source.permission):
            for entry, _ in zip(source.find(asked), range(_MOST_OF_A_KIND), strict=False):
                found.setdefault(entry.address, entry)
    return list(found.values())


def _pages(asked: str) -> Iterator[PaletteEntry]:
    """Pages whose name, or one sentence about it, has all the words; those by name first."""
    words = place_key(asked).split()
    of_text = []
    for page in staff_pages():
        entry = PaletteEntry(
            label=str(page.label), address=url_for(page.endpoint), kind=lazy_gettext("Page")
        )
        if _has_all(str(page.label), words):
            yield entry
        elif _has_all(str(page.description), words):
            of_text.append(entry)
    yield from of_text


def _has_all(text: str, words: Iterable[str]) -> bool:
    key = f" {place_key(text)}"
    return all(f" {word}" in key for word in words)


def _listings(asked: str) -> Iterator[PaletteEntry]:
    directory, query = current_directory(), SearchQuery(words=asked)
    try:
        results = find_services(directory, query, Audience.PUBLIC, limit=_MOST_OF_A_KIND)
    except IndexUnavailableError:
        return
    for card in results.cards:
        yield PaletteEntry(
            label=card.service.name,
            address=url_for("patron.service", service_id=card.service.id),
            kind=lazy_gettext("Listing"),
            detail=card.organization.name if card.organization else "",
        )


def _topics(asked: str) -> Iterator[PaletteEntry]:
    for term in find_terms(current_directory(), asked, coded=True, most=_MOST_OF_A_KIND):
        yield PaletteEntry(
            label=term.name,
            address=url_for("patron.topic", code=term.code),
            kind=lazy_gettext("Topic"),
            detail=" – ".join(term.above),
        )
