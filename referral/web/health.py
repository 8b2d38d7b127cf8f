"""Liveness and readiness endpoints for load balancers and monitoring."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Flask, Response, current_app, jsonify

from referral.directory.health import check_health
from referral.web.current import current_directory
from referral.web.first_page import FirstPage

health = Blueprint("health", __name__, url_prefix="/health")
FIRST_PAGE = "referral_first_page"  # in app.extensions


def init_app(app: Flask) -> None:
    """Register the endpoints."""
    app.register_blueprint(health)
    app.extensions[FIRST_PAGE] = FirstPage(app)


@health.get("/live")
def live() -> Response:
    """Say that the program runs; looks at nothing else."""
    return jsonify(status="live")


@health.get("/ready")
def ready() -> tuple[Response, int]:
    """Say whether people may be sent here, and what is amiss if not."""
    found = check_health(current_directory())
    has_pages = found.ready and cast(FirstPage, current_app.extensions[FIRST_PAGE]).make()
    answer = jsonify(
        status="ready" if has_pages else "not ready",
        database=found.database,
        schema=found.schema,
        index=found.index,
        disk=found.disk,
        behind=found.is_behind,
        pages=has_pages,
        index_lag=found.index_lag,
        services=found.services,
        checked_at=found.checked_at.isoformat(),
    )
    return answer, 200 if has_pages else 503
