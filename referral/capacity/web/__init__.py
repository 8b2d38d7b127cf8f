"""Pages of capacity for staff, and the page of a provider's link."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext

from referral.capacity.web.link_views import room
from referral.capacity.web.views import SAY, capacity, part_values
from referral.web.staff.labels import add_audit_labels
from referral.web.staff.page_parts import register_page_part


def register(app: Flask) -> None:
    """Register the pages of capacity, and the part on the page of a service."""
    app.register_blueprint(capacity)
    app.register_blueprint(room)
    register_page_part(
        app, "room of a service", "capacity/say_form.html", part_values, permission=SAY
    )
    add_audit_labels(
        {
            "capacity-said": lazy_gettext("said how much room there is"),
            "capacity-link-made": lazy_gettext("made a link to say how much room there is"),
            "capacity-link-ended": lazy_gettext("ended a link to say how much room there is"),
        }
    )
