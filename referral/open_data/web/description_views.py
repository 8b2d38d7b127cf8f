"""What the API says of itself: OpenAPI, schemas, and the profile of what HSDS lacks."""

from __future__ import annotations

from flask import abort
from flask.typing import ResponseReturnValue

from referral.open_data.api.openapi import describe
from referral.open_data.api.schemas import DIALECT, kinds, patch_of, patched_kinds, schema_of
from referral.open_data.web.data_responses import VERSION, address_of, hsds, json_response
from referral.web.current import current_settings

_PROFILE_VERSION = "1.0.0"
_BESIDE = "{kind}.json"  # a schema names another one by its file


@hsds.get("/openapi.json")
def openapi() -> ResponseReturnValue:
    """Describe the API by OpenAPI 3.1."""
    title = f"{current_settings().library_name}: HSDS"
    base = address_of(".about").rstrip("/")
    named = current_settings().open_data_license
    return json_response(describe(title, VERSION, base, license_name=named))


@hsds.get("/profile")
def profile() -> ResponseReturnValue:
    """Say what we have beyond HSDS, and where its schemas are."""
    patched = patched_kinds(_BESIDE)
    return json_response(
        {
            "name": f"{current_settings().library_name}: profile of HSDS",
            "version": _PROFILE_VERSION,
            "hsds_version": VERSION,
            "profile": {kind: address_of(".patch", kind=kind) for kind in patched},
            "schema": {kind: address_of(".schema", kind=kind) for kind in kinds()},
        }
    )


@hsds.get("/profile/<string:kind>.json")
def patch(kind: str) -> ResponseReturnValue:
    """Give what we have of a kind beyond HSDS, as a JSON Merge Patch of its schema."""
    if kind not in patched_kinds(_BESIDE):
        abort(404)
    return json_response(patch_of(kind, _BESIDE), "application/merge-patch+json")


@hsds.get("/schema/<string:kind>.json")
def schema(kind: str) -> ResponseReturnValue:
    """Give the schema of the objects of a kind."""
    if kind not in kinds():
        abort(404)
    found = {"$schema": DIALECT, "$id": address_of(".schema", kind=kind)}
    return json_response(found | schema_of(kind, _BESIDE), "application/schema+json")
