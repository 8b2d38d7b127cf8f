"""Views for the sitemap, the OpenSearch description, and the search in a frame of another site."""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from referral.directory.browse import list_headings
from referral.open_web.sitemap import KINDS, count_files, read_pages
from referral.records.visibility import Audience
from referral.web.current import current_instance, current_settings, path_below, public_address
from referral.web.i18n.catalogs import available_languages
from referral.web.i18n.page_language import page_language
from referral.web.security import allow_frames
from referral.web.terminal_device import is_terminal

open_web = Blueprint("open_web", __name__)

_PAGES = ("patron.home", "patron.help_now", "patron.organizations", "patron.about")


@open_web.get("/sitemap.xml")
def sitemap() -> ResponseReturnValue:
    """Show search engines the index of the sitemap's files."""
    _require(has_sitemap())
    instance = current_instance()
    files = [(kind, n + 1) for kind in KINDS for n in range(count_files(instance, kind))]
    paths = [url_for(".sitemap_pages")]
    paths += [url_for(".sitemap_file", kind=kind, number=number) for kind, number in files]
    return _xml("open_web/sitemap_index.xml", addresses=map(_absolute_url, paths))


@open_web.get("/sitemap/pages")
def sitemap_pages() -> ResponseReturnValue:
    """Show the sitemap file of the pages that are not about a single record."""
    _require(has_sitemap())
    headings = list_headings(current_instance(), Audience.PUBLIC)
    pages = [url_for(endpoint) for endpoint in _PAGES]
    pages += [url_for("patron.heading", slug=heading.slug) for heading, _ in headings]
    return _xml("open_web/sitemap.xml", pages=((_absolute_url(page), "") for page in pages))


@open_web.get("/sitemap/<any(services, organizations):kind>/<int:number>")
def sitemap_file(kind: str, number: int) -> ResponseReturnValue:
    """Show a sitemap file of the pages of services or organizations."""
    _require(has_sitemap() and number)
    records = read_pages(current_instance(), kind, number)
    _require(records)
    home = _absolute_url(url_for("patron.home"))
    pages = (
        (f"{home}{kind}/{record_id}", time.isoformat("T", "seconds") if time else "")
        for record_id, time in records
    )
    return _xml("open_web/sitemap.xml", pages=pages)


@open_web.get("/opensearch")
def opensearch() -> ResponseReturnValue:
    """Show the OpenSearch description, by which browsers add the search to the address bar."""
    _require(has_opensearch())
    response = _xml(
        "open_web/opensearch.xml",
        search=_absolute_url(url_for("patron.search")),
        picture=_absolute_url(url_for("static", filename="icons/favicon.svg")),
    )
    response.mimetype = "application/opensearchdescription+xml"
    return response


@open_web.get("/embed")
@open_web.get("/embed/<string:language>")
def embed(language: str = "") -> ResponseReturnValue:
    """Show the search form in a frame of another site that is named in the settings.

    Args:
        language: language of the form and of its results; "" for that of the user.
    """
    hosts = current_settings().embed_hosts
    _require(hosts and not is_terminal())
    _require(not language or language in available_languages())
    allow_frames(*hosts)
    headings = list_headings(current_instance(), Audience.PUBLIC)
    with force_locale(language or page_language()):
        return render_template("open_web/embed.html", headings=headings, language=language)


def has_sitemap() -> bool:
    """Return whether the site has a sitemap; a demo, a terminal and a hidden site have none."""
    settings = current_settings()
    return settings.search_engines and not (settings.terminal or settings.sample_data)


def has_opensearch() -> bool:
    """Return whether browsers may add the site's search.

    On terminals they must not store anything.
    """
    return not is_terminal()


def _require(condition: object) -> None:
    """Answer 404 to a request for an open web file or frame unless a condition is true."""
    if not condition:
        abort(404)


def _absolute_url(path: str) -> str:
    return public_address() + path_below(path)


def _xml(template: str, **values: object) -> Response:
    return Response(render_template(template, **values), mimetype="application/xml")
