"""Application factory of the site."""

from __future__ import annotations

from flask import Flask

from referral.accounts import web as accounts
from referral.app import component_gallery, first_steps, health, metrics
from referral.capacity import web as capacity
from referral.curation import web as curation
from referral.desk import web as desk
from referral.directory.instance import Instance, open_instance
from referral.duplicates import web as duplicates
from referral.following import web as following
from referral.guides import web as guides
from referral.help_lines import web as help_lines
from referral.imports import web as imports
from referral.library import web as library
from referral.local_notes import web as local_notes
from referral.open_data import web as open_data
from referral.open_web import web as open_web
from referral.patron import web as patron
from referral.proposals import web as proposals
from referral.reports import web as reports
from referral.resources import resource_path
from referral.settings import Settings
from referral.slips import web as slips
from referral.terminal import web as terminal
from referral.terminal.web.sealed_urls import Site
from referral.topic_suggestions import web as topic_suggestions
from referral.verification import web as verification
from referral.verification.web import quality_views
from referral.vocabulary import web as vocabulary
from referral.web import (
    assets,
    client_address,
    compression,
    cookie_prefix,
    display_preferences,
    errors,
    formatting,
    host_names,
    hours_labels,
    library_texts,
    listing_labels,
    page_frame,
    qr,
    request_log,
    security,
    site_files,
    theme,
    translated_text,
)
from referral.web.i18n import page_language
from referral.web.maps import directions, places_map, tiles
from referral.web.staff import labels as staff_labels
from referral.web.staff import navigation, page_parts

# In the order of the staff navigation.
FEATURES = (
    patron, slips, desk, reports, curation, vocabulary, guides, topic_suggestions, imports,
    following, open_data, accounts, help_lines, terminal, verification, proposals,
    duplicates, quality_views, open_web, capacity, local_notes, library,
)  # fmt: skip


def create_app(settings: Settings, instance: Instance | None = None) -> Flask:
    """Return the Flask application of the site.

    Args:
        settings: the settings of the instance.
        instance: the opened instance; None to open it from the settings.
    """
    app = Site(
        __name__,
        template_folder=str(resource_path("templates")),
        static_folder=str(resource_path("static")),
        static_url_path="/static",
    )
    app.testing = settings.testing
    app.extensions["referral"] = instance or open_instance(settings)
    app.config["REFERRAL_SETTINGS"] = settings
    # The order matters: the last handler of a response (compression) is registered first.
    for part in (
        compression, request_log, security, host_names, display_preferences, page_language,
        assets, formatting, hours_labels, listing_labels, page_frame, qr,
        translated_text, directions, places_map, tiles, theme, errors, navigation, page_parts,
        staff_labels, library_texts, site_files,
    ):  # fmt: skip
        part.init_app(app)
    for feature in FEATURES:
        feature.register(app)
    for page in (component_gallery, first_steps, health):
        page.init_app(app)
    cookie_prefix.init_app(app)
    client_address.init_app(app)
    metrics.init_app(app)
    return app
