"""Web pages and files for search engines, browsers and other sites."""

from __future__ import annotations

from flask import Flask

from referral.open_web.web.structured_data import organization_data, service_data
from referral.open_web.web.views import has_opensearch, open_web


def register(app: Flask) -> None:
    """Register the sitemap and other pages for search engines, and structured data of pages."""
    app.register_blueprint(open_web)
    app.jinja_env.globals.update(
        has_opensearch=has_opensearch,
        organization_data=organization_data,
        service_data=service_data,
    )
