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
    leave,
    list_checked,
    listing_words,
    page_frame,
    places_map,
    qr,
    request_log,
    security,
    site_texts,
    slip_words,
    theme,
    told,
    translation_notes,
    visit,
)
from referral.web.admin.exports import offer_export_pages
from referral.web.admin.help_lines import offer_help_line_pages
from referral.web.admin.imports.offering import offer_import_pages
from referral.web.admin.terminals import offer_terminal_pages
from referral.web.admin.views import admin, offer_admin_pages
from referral.web.curation.duplicates import duplicates, offer_duplicates
from referral.web.curation.editing import curation
from referral.web.curation.quality import offer_quality, quality
from referral.web.curation.verification import offer_verification, verification
from referral.web.curation.views import offer_curation_pages
from referral.web.curation.vocabulary.pages import offer_vocabulary, vocabulary
from referral.web.desk import area as desk_area
from referral.web.desk.ledger import ledger, offer_ledger_pages
from referral.web.desk.reports import offer_report_pages, reports
from referral.web.desk.slip_replies import take_reply
from referral.web.patron import chosen, my_list
from referral.web.patron.feedback import feedback
from referral.web.patron.views import patron
from referral.web.provider.views import provider
from referral.web.slips import slips
from referral.web.staff import navigation, session_cookie, words
from referral.web.staff.entrance import entrance
from referral.web.staff.views import staff
from referral.web.terminal import mode as terminal_mode
from referral.web.terminal.mode import Site
from referral.web.terminal.views import terminal

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
        ledger,
        curation,
        vocabulary,
        admin,
        verification,
        duplicates,
        quality,
    ):
        app.register_blueprint(of_staff)
    slip_words.init_app(app)
    desk_area.init_app(app)
    app.register_blueprint(slips)
    for offer in (
        offer_report_pages,
        offer_ledger_pages,
        offer_curation_pages,
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
