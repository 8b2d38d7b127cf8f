"""All pages that keep the directory true: of staff, of anybody, and of providers."""

from __future__ import annotations

from flask import Flask

from referral.web import list_checked
from referral.web.curation.duplicates import duplicates, offer_duplicates
from referral.web.curation.quality import offer_quality, quality
from referral.web.curation.verification import offer_verification, verification
from referral.web.patron.feedback import feedback
from referral.web.provider.views import provider


def add_trust_pages(app: Flask) -> None:
    """Register them, and add those of staff to the navigation."""
    list_checked.init_app(app)
    for area in (feedback, provider, verification, duplicates, quality):
        app.register_blueprint(area)
    for offer in (offer_verification, offer_duplicates, offer_quality):
        offer(app)
