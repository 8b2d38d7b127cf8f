"""Public page of needs, which other websites may embed in a frame."""

from __future__ import annotations

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from referral.errors import NotFoundError
from referral.reports.public_needs import has_public_needs, read_public_needs
from referral.reports.records import Dimension
from referral.reports.web.figures import rounding_note
from referral.reports.web.labels import months_label, number_label, value_label
from referral.web.current import current_instance
from referral.web.i18n.catalogs import available_languages
from referral.web.security import allow_frames

public_needs = Blueprint("public_needs", __name__)


@public_needs.get("/needs/<string:language>")
def show(language: str) -> ResponseReturnValue:
    """Show the needs of the last closed year, in the language of the URL."""
    if language not in available_languages():
        abort(404)
    try:
        found = read_public_needs(current_instance())
    except NotFoundError:
        abort(404)
    allow_frames("*")
    with force_locale(language):
        year = found.year  # if not all its months are counted, the counted ones are named
        time = year and (year.year if year.is_whole else months_label(year.period))
        return render_template(
            "reports/public_needs.html",
            year=year,
            time=time,
            hiding=rounding_note(),
            number_label=lambda number: number_label(number, is_rounded=True),
            heading_label=lambda value: value_label(Dimension.HEADING, value, found.names),
            topic_label=lambda value: value_label(Dimension.TERM, value, found.names),
        )


def shows_public_needs() -> bool:
    """Return whether pages may link to the public page of needs."""
    return has_public_needs(current_instance())
