"""Sitemap, description of the search for browsers, and the search in a frame of another site."""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from referral.directory.browse import list_headings
from referral.open_web.sitemap import KINDS, count_files, read_pages
from referral.records.visibility import Audience
from referral.web.current import current_instance, current_settings, path_below, public_address
from referral.web.i18n.catalogues import available_languages
from referral.web.i18n.page_language import page_language
from referral.web.security import allow_frames
from referral.web.terminal_device import is_terminal

open_web = Blueprint("open_web", __name__)

_PAGES = ("patron.home", "patron.help_now", "patron.organizations", "patron.about")


@open_web.get("/sitemap.xml")
def sitemap() -> ResponseReturnValue:
    """Name the files of the sitemap."""
    _only_if(has_sitemap())
    instance = current_instance()
    files = [(kind, n + 1) for kind in KINDS for n in range(count_files(instance, kind))]
    places = [url_for(".sitemap_pages")]
    places += [url_for(".sitemap_file", kind=kind, number=number) for kind, number in files]
    return _xml("open_web/sitemap_index.xml", addresses=map(_whole, places))


@open_web.get("/sitemap/pages")
def sitemap_pages() -> ResponseReturnValue:
    """List the pages that are not about one record."""
    _only_if(has_sitemap())
    headings = list_headings(current_instance(), Audience.PUBLIC)
    pages = [url_for(endpoint) for endpoint in _PAGES]
    pages += [url_for("patron.heading", slug=heading.slug) for heading, _ in headings]
    return _xml("open_web/sitemap.xml", pages=((_whole(page), "") for page in pages))


@open_web.get("/sitemap/<any(services, organizations):kind>/<int:number>")
def sitemap_file(kind: str, number: int) -> ResponseReturnValue:
    """List the pages of some services or organizations."""
    _only_if(has_sitemap() and number)
    found = read_pages(current_instance(), kind, number)
    _only_if(found)
    start = _whole(url_for("patron.home"))
    pages = (
        (f"{start}{kind}/{key}", at.isoformat("T", "seconds") if at else "") for key, at in found
    )
    return _xml("open_web/sitemap.xml", pages=pages)


@open_web.get("/opensearch")
def opensearch() -> ResponseReturnValue:
    """Describe the search for a browser's address bar (OpenSearch 1.1)."""
    _only_if(has_opensearch())
    answer = _xml(
        "open_web/opensearch.xml",
        search=_whole(url_for("patron.search")),
        picture=_whole(url_for("static", filename="favicon.svg")),
    )
    answer.mimetype = "application/opensearchdescription+xml"
    return answer


@open_web.get("/embed")
@open_web.get("/embed/<string:language>")
def embed(language: str = "") -> ResponseReturnValue:
    """Show the search in a frame of a site that the library names.

    Args:
        language: of the page and of what it leads to; that of the browser where none is given.
    """
    hosts = current_settings().embed_hosts
    _only_if(hosts and not is_terminal())
    _only_if(not language or language in available_languages())
    allow_frames(*hosts)
    headings = list_headings(current_instance(), Audience.PUBLIC)
    with force_locale(language or page_language()):
        return render_template("open_web/embed.html", headings=headings, language=language)


def has_sitemap() -> bool:
    """Whether search engines may read which pages there are."""
    settings = current_settings()
    return settings.search_engines and not (settings.terminal or settings.sample_data)


def has_opensearch() -> bool:
    """Whether browsers may offer the search; a terminal's browser keeps nothing of its own."""
    return not is_terminal()


def _only_if(wanted: object) -> None:
    if not wanted:
        abort(404)


def _whole(path: str) -> str:
    return public_address() + path_below(path)


def _xml(template: str, **values: object) -> Response:
    return Response(render_template(template, **values), mimetype="application/xml")
