"""Blueprint of the pages of suggested topics."""

from __future__ import annotations

from flask import Blueprint

from referral.records.accounts import Permission

topic_suggestions = Blueprint("topic_suggestions", __name__, url_prefix="/curation/suggestions")
EDIT = Permission.EDIT_VOCABULARY
