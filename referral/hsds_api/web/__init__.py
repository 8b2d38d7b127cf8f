"""Pages of the API of HSDS."""

from __future__ import annotations

from flask import Flask

from referral.hsds_api.web import changes_views, description_views, views
from referral.hsds_api.web.blueprint import hsds
from referral.hsds_api.web.page_views import has_open_data, open_data

__all__ = ["changes_views", "description_views", "register", "views"]


def register(app: Flask) -> None:
    """Register the operations, and the page about them."""
    app.register_blueprint(hsds)
    app.register_blueprint(open_data)
    app.jinja_env.globals["has_open_data"] = has_open_data
