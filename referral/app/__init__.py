"""HTTP in, HTML and JSON out. Nothing here decides anything about the directory."""

from __future__ import annotations

from flask import Flask

from referral.accounts.web import session_cookie
from referral.accounts.web.admin_views import admin, offer_admin_pages
from referral.accounts.web.own_account_views import staff
from referral.accounts.web.sign_in_views import entrance
from referral.curation.web.edit_views import curation
from referral.curation.web.views import register_curation_pages
from referral.desk import web as desk_pages
from referral.desk.web.slip_views import take_reply
from referral.directory.directory import Directory, open_directory
from referral.duplicates.web.views import duplicates, offer_duplicates
from referral.exports.web.views import offer_export_pages
from referral.help_lines.web.views import offer_help_line_pages
from referral.imports.web.offering import offer_import_pages
from referral.patron.web import (
    my_list_session as chosen,
)
from referral.patron.web import (
    my_list_views as my_list,
)
from referral.patron.web.views import patron
from referral.reports.web.unmet_needs_views import (
    register_unmet_needs_pages,
    unmet_needs,
)
from referral.reports.web.views import register_report_pages, reports
from referral.resources import resource_path
from referral.settings import Settings
from referral.slips.web import labels as slip_words
from referral.slips.web.views import slips
from referral.terminal.web import mode as terminal_mode
from referral.terminal.web import quick_exit as leave
from referral.terminal.web.admin_views import offer_terminal_pages
from referral.terminal.web.mode import Site
from referral.terminal.web.views import terminal
from referral.verification.web.feedback_views import feedback
from referral.verification.web.provider_views import provider
from referral.verification.web.quality_views import offer_quality, quality
from referral.verification.web.views import (
    offer_verification,
    verification,
)
from referral.vocabulary.web.pages import offer_vocabulary, vocabulary
from referral.web import (
    assets,
    compression,
    errors,
    formats,
    health,
    hours,
    list_checked,
    page_frame,
    qr,
    request_log,
    security,
    site_texts,
    theme,
    translation_notes,
)
from referral.web import (
    listing_labels as listing_words,
)
from referral.web import (
    page_language as languages,
)
from referral.web import (
    preferences as visit,
)
from referral.web import (
    translated_text as told,
)
from referral.web.maps import places_map
from referral.web.staff import labels as words
from referral.web.staff import navigation

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
    for part in (compression, request_log, security, visit, languages, terminal_mode):
        part.init_app(app)
    for part in (assets, formats, hours, listing_words, page_frame, qr, told, chosen, places_map):
        part.init_app(app)
    for part in (
        list_checked,
        theme,
        errors,
        session_cookie,
        navigation,
        words,
        site_texts,
        translation_notes,
    ):
        part.init_app(app)
    _add_pages(app)
    return app


def _add_pages(app: Flask) -> None:
    """Pages for everybody, then those of staff, in the order of their navigation."""
    for open_to_all in (
        health.health, leave.leave, terminal, patron, my_list.my_list, entrance, feedback, provider,
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
    slip_words.init_app(app)
    desk_pages.init_app(app)
    app.register_blueprint(slips)
    for offer in (
        register_report_pages,
        register_unmet_needs_pages,
        register_curation_pages,
        offer_vocabulary,
        offer_import_pages,
        offer_export_pages,
        offer_admin_pages,
        offer_help_line_pages,
        offer_terminal_pages,
        offer_verification,
        offer_duplicates,
        offer_quality,
    ):
        offer(app)
