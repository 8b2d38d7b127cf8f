"""Blueprint of the vocabulary pages."""

from __future__ import annotations

from flask import Blueprint

from referral.records.accounts import Permission

vocabulary = Blueprint("vocabulary", __name__, url_prefix="/curation/vocabulary")
EDIT = Permission.EDIT_VOCABULARY
