"""The blueprints of the API: that of HSDS, and the same by the profile of Open Referral UK.

The judge of Open Referral UK reads ``version`` and nothing else to know what to judge by.
"""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Blueprint, Response, request, url_for

from referral.web.current import path_below, public_address
from referral.web.open_data.data_responses import serve_as_open_data

HSDS = "hsds"
HSDS_UK = "hsds_uk"
_VERSIONS = {HSDS: "3.1", HSDS_UK: "HSDS-UK-3.0"}
_PREFIXES = {HSDS: "/hsds/3.1", HSDS_UK: "/hsds-uk/3.0"}


def api_blueprint(name: str) -> Blueprint:
    """A blueprint without views."""
    blueprint = Blueprint(name, __name__, url_prefix=_PREFIXES[name])
    serve_as_open_data(blueprint)
    return blueprint


def version_asked() -> str:
    """The version of the API that the present request is for."""
    return _VERSIONS[request.blueprint or HSDS]


def is_uk() -> bool:
    """Whether the present request is for the profile of Open Referral UK."""
    return request.blueprint == HSDS_UK


def json_response(found: Any, kind: str = "application/json") -> Response:
    """What was found, as JSON."""
    return Response(msgspec.json.encode(found), mimetype=kind)


def address_of(endpoint: str, **values: Any) -> str:
    """The whole address of an operation, for programs elsewhere."""
    return public_address() + path_below(url_for(endpoint, **values))
