"""Pages of slips: registration and template filters."""

from __future__ import annotations

from flask import Flask

from referral.slips.records import SLIP_LANGUAGES
from referral.slips.web.views import lang_attr_in, phone_script, slips, text_in


def register(app: Flask) -> None:
    """Register the pages of slips with the app."""
    app.register_blueprint(slips)
    for text in (text_in, lang_attr_in, phone_script):
        app.jinja_env.filters[text.__name__] = text
    app.jinja_env.globals["slip_languages"] = SLIP_LANGUAGES
