"""The blueprint of the API of HSDS, and what its views share."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Blueprint, Response, url_for

from referral.open_data.web.data_responses import serve_as_open_data
from referral.web.current import path_below, public_address

VERSION = "3.1"

hsds = Blueprint("hsds", __name__, url_prefix=f"/hsds/{VERSION}")
serve_as_open_data(hsds)


def json_response(found: Any, kind: str = "application/json") -> Response:
    """What was found, as JSON."""
    return Response(msgspec.json.encode(found), mimetype=kind)


def address_of(endpoint: str, **values: Any) -> str:
    """The whole address of an operation, for programs elsewhere."""
    return public_address() + path_below(url_for(endpoint, **values))
