"""Public pages: home, search, listings, topics, my list."""

from __future__ import annotations

from flask import Flask

from referral.patron.web import my_list_session
from referral.patron.web.how_to_start import first_step, how_to_start, spoken_languages
from referral.patron.web.listing_texts import (
    address_not_listed,
    place_text,
    place_values,
    private_address,
)
from referral.patron.web.my_list_views import my_list
from referral.patron.web.read_aloud import spoken_list, spoken_parts
from referral.patron.web.results_page import topic_address
from referral.patron.web.take_along import take_along, take_service
from referral.patron.web.views import patron


def register(app: Flask) -> None:
    """Register the pages for patrons, and the template filters and globals for them."""
    app.register_blueprint(patron)
    app.register_blueprint(my_list)
    app.register_blueprint(take_along)
    app.jinja_env.filters.update(
        place_text=place_text,
        place_values=place_values,
        how_to_start=how_to_start,
        spoken_languages=spoken_languages,
        first_step=first_step,
        spoken_list=spoken_list,
        spoken_parts=spoken_parts,
        take_service=take_service,
        topic_address=topic_address,
    )
    app.jinja_env.globals.update(
        my_list=my_list_session.my_list,
        address_not_listed=address_not_listed,
        private_address=private_address,
    )
