"""Liveness and readiness endpoints for load balancers and monitoring."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, jsonify

from referral.directory.health import check_health
from referral.web.current import current_directory

health = Blueprint("health", __name__, url_prefix="/health")


def init_app(app: Flask) -> None:
    """Register the endpoints."""
    app.register_blueprint(health)


@health.get("/live")
def live() -> Response:
    """Say that the program runs; looks at nothing else."""
    return jsonify(status="live")


@health.get("/ready")
def ready() -> tuple[Response, int]:
    """Say whether people may be sent here: database, tables, index, disk; and the index's lag."""
    found = check_health(current_directory())
    answer = jsonify(
        status="ready" if found.ready else "not ready",
        database=found.database,
        schema=found.schema,
        index=found.index,
        disk=found.disk,
        index_lag=found.index_lag,
        services=found.services,
        checked_at=found.checked_at.isoformat(),
    )
    return answer, 200 if found.ready else 503
