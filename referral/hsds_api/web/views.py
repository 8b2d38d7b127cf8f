"""The operations of the API."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.errors import NotFoundError
from referral.hsds_api.objects import merged_into, read_object, read_page, stream_lines
from referral.hsds_api.operations import LISTS
from referral.hsds_api.web.blueprint import VERSION, address_of, hsds, json_response
from referral.hsds_api.web.parameters import list_query, no_parameters, yes_or_no
from referral.web.current import current_directory, current_settings, public_address
from referral.web.open_data.data_responses import DataProblem, problem_response


@hsds.get("/")
def about() -> ResponseReturnValue:
    """Say which version of HSDS this is, by whom, and where it is described."""
    no_parameters()
    return json_response(
        {
            "version": VERSION,
            "profile": address_of(".profile"),
            "openapi_url": address_of(".openapi"),
            "publisher": {"name": current_settings().library_name, "website": public_address()},
        }
    )


def list_objects(path: str) -> ResponseReturnValue:
    """Give a page of a list, or all of it as lines."""
    operation = LISTS[path]
    query = list_query(operation)
    directory = current_directory()
    if query.stream:
        lines = stream_lines(directory, operation.kind, query)
        return Response(lines, mimetype="application/x-ndjson")
    return json_response(read_page(directory, operation.kind, query).as_hsds())


def show_object(path: str, record_id: str) -> ResponseReturnValue:
    """Give one record with all that is told inside of it."""
    kind = LISTS[path].kind
    full_service = False
    if kind == "organization":
        full_service = yes_or_no("full_service")
    else:
        no_parameters()
    try:
        found = read_object(current_directory(), kind, record_id, full_service=full_service)
    except NotFoundError:
        return _elsewhere(path, kind, record_id)
    return json_response(found)


for _path in LISTS:
    hsds.add_url_rule(
        f"/{_path}",
        f"list_{_path}",
        list_objects,
        methods=["GET", "POST"],
        defaults={"path": _path},
    )
    hsds.add_url_rule(
        f"/{_path}/<string:record_id>", f"show_{_path}", show_object, defaults={"path": _path}
    )


@hsds.route("/<path:other>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def nothing(other: str) -> ResponseReturnValue:
    """Say what there is instead of what was asked for."""
    first, *more = other.rstrip("/").split("/")
    if first in LISTS and len(more) <= 1:
        methods = "GET, HEAD, OPTIONS" if more else "GET, HEAD, OPTIONS, POST"
        text = gettext("Use one of these methods: %(names)s.", names=methods)
        response = problem_response(405, text)
        response.headers["Allow"] = methods
        return response
    names = ", ".join(f"/{path}" for path in LISTS)
    raise DataProblem(
        404, gettext("There is nothing at this address. There are: %(names)s.", names=names)
    )


def _elsewhere(path: str, kind: str, record_id: str) -> ResponseReturnValue:
    """Redirect to the record that it was merged into; for now (302), as a merge can be undone."""
    survivor = merged_into(current_directory(), kind, record_id)
    if survivor:
        return redirect(url_for(f".show_{path}", record_id=survivor, **dict(request.args)), 302)  # type: ignore[arg-type]
    raise DataProblem(
        404,
        gettext(
            "We list no record with this id. All ids are in the list: %(address)s",
            address=url_for(f".list_{path}"),
        ),
    )
