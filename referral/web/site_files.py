"""Files and metadata of the site for browsers, phones and search engines.

Manifest of a web app (W3C), ``robots.txt`` (RFC 9309), ``security.txt`` (RFC 9116), theme colors,
and the description shown below a title in search engines and shared links (Open Graph).
"""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Flask, Response, abort, json, request, url_for
from markupsafe import Markup

from referral.resources import resource_path
from referral.web.assets import YEAR
from referral.web.current import current_instance, current_settings, path_below, public_address

site_files = Blueprint("site_files", __name__)

_HEADER = ("#0b5563", "#0d3b45")  # --header of static/site/tokens.css, light and dark
_GROUND = "#f7f3ec"
_SECURITY_CONTACT_LIFETIME = timedelta(days=90)  # then a stored copy of the file expires
_SHORT_NAME_LENGTH = 12  # letters that a phone shows below an icon
# Paths that search engines may index: listings and help, never a person's search or list.
_INDEXED = (
    "/$", "/services/", "/organizations", "/headings/", "/topics/", "/guides", "/help-now",
    "/about", "/policy", "/accessibility", "/safety", "/static/", "/sitemap",
)  # fmt: skip
_NOT_INDEXED = ("/services/*/", "/*?")


def init_app(app: Flask) -> None:
    """Register the views of ``robots.txt``, manifest and others, and the globals for metadata."""
    app.register_blueprint(site_files)
    app.jinja_env.globals.update(theme_colors=theme_colors, share_metadata=share_metadata)


@site_files.get("/manifest.webmanifest")
def manifest() -> Response:
    """Send the web app manifest, with name, colors and icons for a phone's start screen."""
    name = current_settings().library_name
    content = {
        "name": name,
        "short_name": name
        if len(name) <= _SHORT_NAME_LENGTH
        else name.split()[0][:_SHORT_NAME_LENGTH],
        "start_url": url_for("patron.home"),
        "scope": url_for("patron.home"),
        "display": "browser",
        "theme_color": theme_colors()[0],
        "background_color": current_settings().theme.tokens.get("sand", _GROUND),
        "icons": [
            _icon("favicon.svg", "any", "image/svg+xml"),
            *(_icon(f"icon-{size}.png", f"{size}x{size}", "image/png") for size in (192, 512)),
            _icon("icon-maskable-512.png", "512x512", "image/png", "maskable"),
        ],
    }
    return _with_cache_age(Response(json.dumps(content), mimetype="application/manifest+json"))


@site_files.get("/service-worker")
def end_worker() -> Response:
    """Send the script that removes the service worker of releases up to 0.2."""
    script = (resource_path("static") / "site" / "service_worker_end.js").read_bytes()
    return Response(script, mimetype="text/javascript", headers={"Cache-Control": "no-store"})


def _icon(filename: str, sizes: str, kind: str, purpose: str = "any") -> dict[str, str]:
    source = url_for("static", filename=f"icons/{filename}")
    return {"src": source, "sizes": sizes, "type": kind, "purpose": purpose}


@site_files.get("/robots.txt")
def robots() -> Response:
    """Send ``robots.txt``; sample data and servers for terminals allow no indexing."""
    settings = current_settings()
    lines = ["User-agent: *"]
    listed = settings.search_engines
    if listed and not (settings.terminal or settings.sample_data):
        root = request.root_path
        lines += [f"Allow: {root}{path}" for path in _INDEXED]
        lines += [f"Disallow: {root}{path}" for path in _NOT_INDEXED]
        lines.append(f"Sitemap: {public_address()}/sitemap.xml")
    return _with_cache_age(Response("\n".join([*lines, "Disallow: /", ""]), mimetype="text/plain"))


@site_files.get("/.well-known/security.txt")
def security() -> Response:
    """Send ``security.txt`` with the contact for vulnerabilities; 404 if there is none."""
    contact = current_settings().security_contact
    if not contact:
        abort(404)
    expires = current_instance().now() + _SECURITY_CONTACT_LIFETIME
    lines = [
        f"Contact: {contact}",
        f"Expires: {expires:%Y-%m-%dT00:00:00Z}",
        "Preferred-Languages: en, es",
        f"Canonical: {public_address()}{request.path}",
    ]
    return _with_cache_age(Response("\n".join([*lines, ""]), mimetype="text/plain"))


def theme_colors() -> tuple[str, str]:
    """Return the colors of the browser's toolbar above light and above dark pages."""
    theme = current_settings().theme
    light, dark = (tokens.get("header") for tokens in (theme.tokens, theme.dark_tokens))
    return light or _HEADER[0], dark or _HEADER[1]


def share_metadata(title: str, description: str) -> Markup:
    """Return the description and Open Graph tags of a public page, for previews of shared links.

    Args:
        title: of the page, with the library's name.
        description: one or two sentences; search engines show about 155 letters.
    """
    address = f"{public_address()}{request.path}"
    picture = public_address() + path_below(url_for("static", filename="icons/social.png"))
    values = {
        "og:type": "website",
        "og:site_name": current_settings().library_name,
        "og:title": title,
        "og:description": description,
        "og:url": address,
        "og:image": picture,
    }
    tags = [Markup('<meta name="description" content="{}">').format(description)]
    tags += [Markup('<meta property="{}" content="{}">').format(*item) for item in values.items()]
    if current_settings().search_engines:
        tags.append(Markup('<link rel="canonical" href="{}">').format(address))
    return Markup("\n").join(tags)


def _with_cache_age(response: Response) -> Response:
    response.cache_control.public = True
    response.cache_control.max_age = YEAR // 365
    return response
