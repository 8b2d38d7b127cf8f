"""Application factory: the Flask site of all features, and their blueprints."""

from __future__ import annotations

from flask import Flask

from referral.accounts.web import session_cookie
from referral.accounts.web.admin_views import admin, register_account_admin
from referral.accounts.web.own_account_views import staff
from referral.accounts.web.sign_in_views import entrance
from referral.curation.web.edit_views import curation
from referral.curation.web.views import register_curation_pages
from referral.desk import web as desk_pages
from referral.desk.web.slip_views import take_reply
from referral.directory.context import Directory, open_directory
from referral.duplicates.web.views import duplicates, register_duplicates
from referral.exports.web.views import register_exports
from referral.help_lines.web.views import register_help_line_pages
from referral.imports.web import register_imports
from referral.patron.web import my_list_session
from referral.patron.web.my_list_views import my_list
from referral.patron.web.views import patron
from referral.reports.web.unmet_needs_views import register_unmet_needs_pages, unmet_needs
from referral.reports.web.views import register_report_pages, reports
from referral.resources import resource_path
from referral.settings import Settings
from referral.slips.web import labels as slip_labels
from referral.slips.web.views import slips
from referral.terminal.web import device_link_views, end_visit_views, sealed_urls
from referral.terminal.web.blueprint import terminal
from referral.terminal.web.device_link_admin_views import register_terminal_pages
from referral.terminal.web.quick_exit_views import leave
from referral.terminal.web.sealed_urls import Site
from referral.verification.web.feedback_views import feedback
from referral.verification.web.provider_views import provider
from referral.verification.web.quality_views import quality, register_quality
from referral.verification.web.views import register_verification, verification
from referral.vocabulary.web import register_vocabulary, vocabulary
from referral.web import (
    assets,
    compression,
    display_preferences,
    errors,
    formatting,
    health,
    hours_labels,
    library_texts,
    listing_labels,
    page_frame,
    qr,
    request_log,
    security,
    theme,
    translated_text,
)
from referral.web.i18n import page_language
from referral.web.maps import places_map
from referral.web.staff import labels as staff_labels
from referral.web.staff import navigation

# Routes of one blueprint stand in several modules, which are imported for them.
ROUTES = (device_link_views, end_visit_views)

# A reply to a slip settles a referral, so its view is the desk's.
slips.add_url_rule("/<string:code>", "take_reply", take_reply, methods=["POST"])


def create_app(settings: Settings, directory: Directory | None = None) -> Flask:
    """Build the site.

    Args:
        settings: how this library runs Referral.
        directory: an open directory; opened from the settings when not given.
    """
    app = Site(
        __name__,
        template_folder=str(resource_path("templates")),
        static_folder=str(resource_path("static")),
        static_url_path="/static",
    )
    app.testing = settings.testing
    app.extensions["referral"] = directory or open_directory(settings)
    app.config["REFERRAL_SETTINGS"] = settings
    # In this order: what answers last (compression) is registered first.
    for part in (
        compression, request_log, security, display_preferences, page_language, sealed_urls,
        assets, formatting, hours_labels, listing_labels, page_frame, qr, translated_text,
        my_list_session, places_map, theme, errors, session_cookie, navigation, staff_labels,
        library_texts,
    ):  # fmt: skip
        part.init_app(app)
    _add_pages(app)
    return app


def _add_pages(app: Flask) -> None:
    """Pages for everybody, then those of staff, in the order of their navigation."""
    for open_to_all in (
        health.health, leave, terminal, patron, my_list, entrance, feedback, provider,
    ):  # fmt: skip
        app.register_blueprint(open_to_all)
    for of_staff in (
        staff,
        reports,
        unmet_needs,
        curation,
        vocabulary,
        admin,
        verification,
        duplicates,
        quality,
    ):
        app.register_blueprint(of_staff)
    slip_labels.init_app(app)
    desk_pages.init_app(app)
    app.register_blueprint(slips)
    for offer in (
        register_report_pages,
        register_unmet_needs_pages,
        register_curation_pages,
        register_vocabulary,
        register_imports,
        register_exports,
        register_account_admin,
        register_help_line_pages,
        register_terminal_pages,
        register_verification,
        register_duplicates,
        register_quality,
    ):
        offer(app)
