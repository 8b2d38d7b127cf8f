"""Pages of the API of HSDS."""

from __future__ import annotations

from flask import Flask

from referral.hsds_api.web.blueprint import HSDS, HSDS_UK, api_blueprint
from referral.hsds_api.web.changes_views import add_changes
from referral.hsds_api.web.description_views import add_description
from referral.hsds_api.web.page_views import has_open_data, open_data
from referral.hsds_api.web.views import add_operations


def register(app: Flask) -> None:
    """Register the operations under both prefixes, and the page about them."""
    for name in (HSDS, HSDS_UK):
        api = api_blueprint(name)
        add_description(api)
        if name == HSDS:
            add_changes(api)
        add_operations(api)
        app.register_blueprint(api)
    app.register_blueprint(open_data)
    app.jinja_env.globals["has_open_data"] = has_open_data
