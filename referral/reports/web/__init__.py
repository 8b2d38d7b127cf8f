"""Pages of reports: figures, charts, map, unmet needs, settings and statistics."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext

from referral.reports.web import statistics_views
from referral.reports.web.labels import month_label, period_label
from referral.reports.web.needs_map import coverage_label, coverage_of
from referral.reports.web.public_needs_views import public_needs, shows_public_needs
from referral.reports.web.report_settings_views import CHANGE_SETTINGS, report_settings_admin
from referral.reports.web.unmet_needs_views import unmet_needs
from referral.reports.web.views import SEE_LIVE_COUNTS, SEE_REPORTS, reports
from referral.web.staff.labels import add_audit_labels
from referral.web.staff.navigation import StaffPage, Work, register_staff_pages

__all__ = ["register", "statistics_views"]


def register(app: Flask) -> None:
    """Register the pages of reports with the app."""
    app.register_blueprint(reports)
    app.register_blueprint(unmet_needs)
    app.register_blueprint(report_settings_admin)
    app.register_blueprint(public_needs)
    app.jinja_env.globals["shows_public_needs"] = shows_public_needs
    for label in (month_label, period_label, coverage_of, coverage_label):
        app.jinja_env.filters[label.__name__] = label
    add_audit_labels({"report-settings-changed": lazy_gettext("changed the settings of reports")})
    _add_navigation(app)


def _add_navigation(app: Flask) -> None:
    register_staff_pages(
        app,
        StaffPage(
            endpoint="reports.overview",
            work=Work.REPORTS,
            label=lazy_gettext("Reports"),
            description=lazy_gettext("What people needed, what they got, and what was missing."),
            icon="bar-chart-line",
            permission=SEE_REPORTS,
        ),
        StaffPage(
            endpoint="reports.statistics",
            work=Work.REPORTS,
            label=lazy_gettext("Reference statistics"),
            description=lazy_gettext("Questions of a year, as surveys of libraries ask for them."),
            icon="clipboard-data",
            permission=SEE_LIVE_COUNTS,
        ),
        StaffPage(
            endpoint="report_settings.show",
            work=Work.REPORTS,
            label=lazy_gettext("Our area, and the public page"),
            description=lazy_gettext("The places we serve, and what everybody sees of needs."),
            icon="geo-alt",
            permission=CHANGE_SETTINGS,
        ),
        StaffPage(
            endpoint="ledger.show",
            work=Work.REPORTS,
            label=lazy_gettext("Unmet needs"),
            description=lazy_gettext("What people looked for here and could not get."),
            icon="clipboard-x",
            permission=SEE_REPORTS,
        ),
    )
