"""Pages of the API of HSDS."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext

from referral.hsds_api.api_keys import KeysInUse
from referral.hsds_api.web.blueprint import HSDS, HSDS_UK, api_blueprint
from referral.hsds_api.web.changes_views import add_changes
from referral.hsds_api.web.description_views import add_description
from referral.hsds_api.web.key_views import CHANGE, api_keys
from referral.hsds_api.web.page_views import has_open_data, open_data
from referral.hsds_api.web.views import add_operations
from referral.web.staff.audit_labels import add_audit_labels
from referral.web.staff.navigation import StaffPage, Work, register_staff_pages


def register(app: Flask) -> None:
    """Register the operations under both prefixes, the page about them, and that of the keys."""
    keys = KeysInUse(app.extensions["referral"])
    for name in (HSDS, HSDS_UK):
        api = api_blueprint(name, keys)
        add_description(api)
        if name == HSDS:
            add_changes(api)
        add_operations(api)
        app.register_blueprint(api)
    app.register_blueprint(open_data)
    app.register_blueprint(api_keys)
    app.jinja_env.globals["has_open_data"] = has_open_data
    add_audit_labels(
        {
            "api-key-made": lazy_gettext("made a key for open data"),
            "api-key-ended": lazy_gettext("ended a key for open data"),
        },
        {"api_key": lazy_gettext("key for open data")},
    )
    register_staff_pages(
        app,
        StaffPage(
            endpoint="api_keys.show",
            work=Work.PEOPLE,
            label=lazy_gettext("Keys for open data"),
            description=lazy_gettext("Let a partner’s program ask more often."),
            icon="key",
            permission=CHANGE,
        ),
    )
