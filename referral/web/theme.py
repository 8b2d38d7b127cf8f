"""Theme of a library: style sheet with its colors, and its logo."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from flask import Blueprint, Flask, Response, abort, url_for
from markupsafe import Markup

from referral.theme import Theme
from referral.web.assets import YEAR, icon
from referral.web.current import current_settings

theme = Blueprint("theme", __name__)


def init_app(app: Flask) -> None:
    """Register the views and template globals of the library's style sheet and logo."""
    app.register_blueprint(theme)
    app.jinja_env.globals.update(brand_picture=brand_picture, theme_sheet=theme_sheet)


@theme.get("/theme/colors")
def sheet() -> Response:
    """Send the library's colors as a style sheet."""
    return _cacheable(Response(_rules(), mimetype="text/css"))


@theme.get("/theme/logo")
def logo() -> Response:
    """Send the library's logo; 404 if there is none."""
    logo = current_settings().logo
    if logo is None:
        abort(404)
    return _cacheable(Response(logo.content, mimetype=logo.media_type))


def theme_sheet() -> str:
    """Return the URL of the style sheet of the library's colors, "" for the default colors."""
    rules = _rules()
    return url_for("theme.sheet", v=_digest(rules.encode())) if rules else ""


def brand_picture() -> Markup:
    """Return the library's logo as HTML, or the default icon. The name beside it describes it."""
    logo = current_settings().logo
    if logo is None:
        return icon("signpost-2-fill")
    return Markup('<img class="logo" src="{}" alt="">').format(
        url_for("theme.logo", v=_digest(logo.content))
    )


def _rules() -> str:
    """Return the style sheet with the library's colors.

    Pages in high contrast keep their own colors.
    """
    return rules_of(current_settings().theme, ":root:not(.high-contrast)")


def rules_of(theme: Theme, selector: str) -> str:
    """Return a library's colors as CSS rules for a selector; "" for the default colors."""
    if not theme.tokens:
        return ""
    light, dark = (_rule(selector, tokens) for tokens in (theme.tokens, theme.dark_tokens))
    return f"{light}@media screen and (prefers-color-scheme: dark) {{\n{dark}}}\n"


def _rule(selector: str, tokens: Mapping[str, str]) -> str:
    lines = "".join(f"  --{name}: {value};\n" for name, value in tokens.items())
    return f"{selector} {{\n{lines}}}\n"


def _cacheable(response: Response) -> Response:
    response.cache_control.public = True
    response.cache_control.max_age = YEAR
    return response


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:10]
