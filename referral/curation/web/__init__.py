"""Pages for curators: record search, record form, history, preview, findability."""

from __future__ import annotations

from functools import partial

from flask import Flask, url_for
from flask_babel import lazy_gettext

from referral.curation.editable_fields import rows_name
from referral.curation.find_records import SEARCHED_KINDS
from referral.curation.web import (
    bulk_views,
    edit_views,
    forms,
    labels,
    views,
    withheld_views,
)
from referral.curation.web.views import EDIT, curation
from referral.curation.withheld_review import waiting_groups
from referral.web.record_labels import field_label, kind_label
from referral.web.staff.access import current_account
from referral.web.staff.labels import add_audit_labels
from referral.web.staff.navigation import (
    StaffPage,
    Urgency,
    WaitingWork,
    Work,
    register_staff_pages,
)

_FILTERS = (
    field_label, kind_label, labels.section_label, labels.add_label, labels.value_text,
    labels.record_text, labels.entry_title, labels.change_title, labels.rule_text,
    labels.gap_label, labels.hours_reading, labels.listing_days,
    labels.listing_days_mark, bulk_views.planned_value, forms.rare_fields,
    forms.visibility_exceptions, rows_name,
)  # fmt: skip


_PAGES = (
    StaffPage(
        endpoint="curation.records",
        work=Work.LISTINGS,
        label=lazy_gettext("Records"),
        description=lazy_gettext("Find, add and change services, organizations and places."),
        icon="pencil-square",
        permission=EDIT,
    ),
    StaffPage(
        endpoint="curation.unreached",
        work=Work.LISTINGS,
        label=lazy_gettext("Hard to find"),
        description=lazy_gettext("Services that no heading, topic or name leads to."),
        icon="signpost-split",
        permission=EDIT,
    ),
    StaffPage(
        endpoint=f"curation.{withheld_views.withheld.__name__}",
        work=Work.LISTINGS,
        label=lazy_gettext("Held back"),
        description=lazy_gettext("Private addresses and numbers that other records print."),
        icon="shield-lock",
        permission=EDIT,
        waiting=(
            WaitingWork(
                label=lazy_gettext("Private addresses and numbers to decide"),
                urgency=Urgency.WRONG,
                find=lambda instance, _: waiting_groups(instance),
            ),
        ),
    ),
)


def register(app: Flask) -> None:
    """Register the record pages, their filters and labels, and the edit links of public pages."""
    app.register_blueprint(curation)
    app.jinja_env.filters.update({function.__name__: function for function in _FILTERS})
    app.jinja_env.filters["field_id"] = edit_views.field_id
    app.jinja_env.globals["edit_address"] = views.edit_address
    app.jinja_env.globals["is_filled_or_wrong"] = forms.is_filled_or_wrong
    register_staff_pages(app, *_PAGES)
    add_audit_labels(
        {
            "withheld-decided": lazy_gettext("decided on a private address or number"),
            "withheld-decision-undone": lazy_gettext("took back a decision on a private address"),
            "withholding-decided": lazy_gettext("decided on what another list keeps private"),
            "staff-note-changed": lazy_gettext("changed a staff note"),
            "record-added": lazy_gettext("added a record"),
            "record-changed": lazy_gettext("changed a record"),
            "records-changed-together": lazy_gettext("changed records together"),
            "records-change-undone": lazy_gettext("took a change of many records back"),
            "record-retired": lazy_gettext("took a record off the list"),
            "record-brought-back": lazy_gettext("brought a record back"),
            "record-restored": lazy_gettext("took a change back"),
        },
        {
            "location": lazy_gettext("place"),
            "withheld_group": lazy_gettext("private address or number"),
        },
        {kind: partial(_record_address, kind) for kind in SEARCHED_KINDS},
    )


def _record_address(kind: str, record_id: str) -> str:
    """Return the URL of a record's staff page for editors, or of its public page for others."""
    if current_account().may(EDIT):
        return url_for("curation.record", kind=kind, record_id=record_id)
    return url_for("patron.service", service_id=record_id) if kind == "service" else ""
