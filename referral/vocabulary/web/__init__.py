"""Vocabulary pages for staff."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext

from referral.vocabulary.usual_needs import read_estimate
from referral.vocabulary.web import (
    crisis_views,
    heading_views,
    labels,
    overview_views,
    question_views,
    site_text_views,
    taxonomy_views,
    thesaurus_views,
)
from referral.vocabulary.web.overview_views import EDIT, vocabulary
from referral.web.current import current_instance
from referral.web.staff.labels import add_audit_labels
from referral.web.staff.navigation import StaffPage, Work, register_staff_pages
from referral.web.staff.page_parts import register_page_part

__all__ = [
    "crisis_views",
    "heading_views",
    "overview_views",
    "question_views",
    "register",
    "site_text_views",
    "taxonomy_views",
    "thesaurus_views",
]


def register(app: Flask) -> None:
    """Register the vocabulary pages, their labels and the estimate on import pages."""
    app.register_blueprint(vocabulary)
    register_staff_pages(
        app,
        StaffPage(
            endpoint="vocabulary.overview",
            work=Work.WORDS,
            label=lazy_gettext("Words"),
            description=lazy_gettext("What people say, words of danger, headings and notices."),
            icon="chat-quote",
            permission=EDIT,
        ),
    )
    register_page_part(
        app,
        "applied import",
        "vocabulary/usual_needs_part.html",
        lambda batch_id, **_list: {
            "estimate": read_estimate(current_instance(), batch_id),
            "reasons": labels.REASON_LABELS,
            "batch_id": batch_id,
        },
        permission=EDIT,
    )
    add_audit_labels(labels.AUDIT_ACTION_LABELS, labels.AUDIT_KIND_LABELS)
