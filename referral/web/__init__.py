"""HTTP in, HTML and JSON out. Nothing here decides anything about the directory."""

from __future__ import annotations

from flask import Flask

from referral.operations.directory import Directory, open_directory
from referral.resources import resource_path
from referral.settings import Settings
from referral.web import (
    assets,
    compression,
    errors,
    formats,
    health,
    hours,
    languages,
    listing_words,
    page_frame,
    request_log,
    security,
)
from referral.web.admin.views import admin, offer_admin_pages
from referral.web.patron.views import patron
from referral.web.staff import navigation, words
from referral.web.staff.entrance import entrance
from referral.web.staff.views import staff
from referral.web.trust_pages import add_trust_pages


def create_app(settings: Settings, directory: Directory | None = None) -> Flask:
    """Build the site.

    Args:
        settings: how this library runs Referral.
        directory: an open directory; opened from the settings when not given.
    """
    app = request_log.QuietFlask(
        __name__,
        template_folder=str(resource_path("templates")),
        static_folder=str(resource_path("static")),
        static_url_path="/static",
    )
    app.testing = settings.testing
    app.extensions["referral"] = directory or open_directory(settings)
    app.config["REFERRAL_SETTINGS"] = settings
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    # In this order: what answers last (compression) is registered first.
    for part in (compression, request_log, security, languages, assets):
        part.init_app(app)
    for part in (formats, hours, listing_words, page_frame, errors, navigation, words):
        part.init_app(app)
    app.register_blueprint(health.health)
    for area in (patron, entrance, staff, admin):
        app.register_blueprint(area)
    offer_admin_pages(app)
    add_trust_pages(app)
    return app
