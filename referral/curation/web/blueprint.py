"""Blueprint of the record pages, and the number of form parts they accept."""

from __future__ import annotations

from flask import Blueprint, request

from referral.records.accounts import Permission

curation = Blueprint("curation", __name__, url_prefix="/curation")
EDIT = Permission.EDIT_RECORDS
_MOST_PARTS = 5_000  # a service with many rows; twenty parts each


@curation.url_value_preprocessor
def _take_many_parts(_endpoint: str | None, _values: object) -> None:
    request.max_form_parts = _MOST_PARTS
