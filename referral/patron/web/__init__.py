"""Public pages: home, search, listings, topics, my list."""

from __future__ import annotations

from flask import Flask

from referral.patron.web import my_list_session
from referral.patron.web.first_step import first_step
from referral.patron.web.how_to_start import how_to_start, spoken_languages
from referral.patron.web.my_list_views import my_list
from referral.patron.web.results_page import topic_address
from referral.patron.web.views import patron


def register(app: Flask) -> None:
    """Register the public pages."""
    app.register_blueprint(patron)
    app.register_blueprint(my_list)
    app.jinja_env.filters.update(
        how_to_start=how_to_start,
        spoken_languages=spoken_languages,
        first_step=first_step,
        topic_address=topic_address,
    )
    app.jinja_env.globals["my_list"] = my_list_session.my_list
