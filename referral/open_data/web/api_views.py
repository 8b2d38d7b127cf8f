"""Views of the API: lists, objects, the feed of changes, and descriptions of the API."""

from __future__ import annotations

from flask import Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.errors import NotFoundError
from referral.open_data.api.objects import (
    is_gone,
    merged_into,
    read_object,
    read_page,
    stream_lines,
)
from referral.open_data.api.openapi import (
    DIALECT,
    SCHEMA_FILE,
    describe,
    kinds,
    patch_of,
    patched_kinds,
    schema_of,
)
from referral.open_data.api.operations import LISTS
from referral.open_data.ledger.changes_feed import (
    NotPublishedError,
    UnknownCursorError,
    read_changes,
)
from referral.open_data.records import ObjectPage
from referral.open_data.web.data_responses import (
    VERSION,
    DataProblem,
    address_of,
    charge_for_records,
    hsds,
    json_response,
    problem_response,
    response_for_later,
)
from referral.open_data.web.parameters import list_query, no_parameters, one_text, yes_or_no
from referral.web.current import current_instance, current_settings, path_below, public_address

_OTHER_METHODS = ("POST", "PUT", "PATCH", "DELETE", "TRACE")
_PROFILE_VERSION = "1.0.0"


@hsds.get("/")
def about() -> ResponseReturnValue:
    """Show the version of HSDS, the publisher and the addresses of the descriptions."""
    no_parameters()
    description = {
        "version": VERSION,
        "profile": address_of(".profile"),
        "openapi_url": address_of(".openapi"),
        "publisher": {"name": current_settings().library_name, "website": public_address()},
    }
    if current_settings().open_data_license:
        description["license"] = current_settings().open_data_license
    description["changes"] = address_of(".changes")
    return json_response(description)


def list_objects(path: str) -> ResponseReturnValue:
    """Show a page of a list, or the whole list as lines of JSON."""
    operation = LISTS[path]
    query = list_query(operation)
    instance = current_instance()
    is_whole = query.full or query.full_service
    if query.stream:
        count, lines = stream_lines(instance, operation.kind, query)
        charge_for_records(count, are_whole=is_whole)
        return Response(lines, mimetype="application/x-ndjson")
    page = read_page(instance, operation.kind, query)
    if not query.minimal:
        nested_services = (item.get("services", ()) for item in page.contents if query.full_service)
        charge_for_records(len(page.contents) + sum(map(len, nested_services)), are_whole=is_whole)
    response = json_response(page.as_hsds())
    if page.has_more and request.method != "POST":
        response.headers["Link"] = f'<{_next_page_address(path, page)}>; rel="next"'
    return response


def _next_page_address(path: str, page: ObjectPage) -> str:
    """Return the address of the next page.

    It names the last id rather than a number, so that withheld records do not shift the pages.
    """
    arguments = dict(request.args) | {"page": page.number + 1}
    if page.last_id:
        arguments["after"] = page.last_id
    return address_of(f".list_{path}", **arguments)


def show_object(path: str, record_id: str) -> ResponseReturnValue:
    """Show one record with its nested parts."""
    kind, record_id = LISTS[path].kind, record_id.lower()
    full_service = False
    if kind == "organization":
        full_service = yes_or_no("full_service")
    else:
        no_parameters()
    try:
        record = read_object(current_instance(), kind, record_id, full_service=full_service)
    except NotFoundError:
        return _redirect_or_refuse(path, kind, record_id)
    return json_response(record)


@hsds.route("/", methods=_OTHER_METHODS, defaults={"other": ""})
@hsds.route("/<path:other>", methods=["GET", *_OTHER_METHODS])
def nothing(other: str) -> ResponseReturnValue:
    """Refuse an unknown address or method, and list those that exist."""
    first, *more = other.rstrip("/").split("/")
    if other.endswith("/") and first in LISTS and len(more) <= 1:
        path = f"{request.path.rstrip('/')}?{request.query_string.decode()}"
        return redirect(path_below(path.rstrip("?")), 308)
    if not first or (first in LISTS and len(more) <= 1) or (first == "changes" and not more):
        is_list = first in LISTS and not more
        methods = "GET, HEAD, OPTIONS, POST" if is_list else "GET, HEAD, OPTIONS"
        text = gettext("Use one of these methods: %(names)s.", names=methods)
        response = problem_response(405, text)
        response.headers["Allow"] = methods
        return response
    names = ", ".join(f"/{path}" for path in (*LISTS, "changes"))
    raise DataProblem(
        404, gettext("There is nothing at this address. There are: %(names)s.", names=names)
    )


def _redirect_or_refuse(path: str, kind: str, record_id: str) -> ResponseReturnValue:
    """Redirect to the record into which a record was merged, or refuse.

    The redirect is temporary (302), since a merge can be undone.
    """
    survivor = merged_into(current_instance(), kind, record_id)
    if survivor:
        return redirect(url_for(f".show_{path}", record_id=survivor, **dict(request.args)), 302)  # type: ignore[arg-type]
    if is_gone(current_instance(), kind, record_id):
        raise DataProblem(410, gettext("This record is not listed any more. Take it out."))
    raise DataProblem(
        404,
        gettext(
            "We list no record with this id. All ids are in the list: %(address)s",
            address=url_for(f".list_{path}"),
        ),
    )


for _path in LISTS:
    _route_defaults = {"path": _path}
    hsds.add_url_rule(
        f"/{_path}",
        f"list_{_path}",
        list_objects,
        methods=["GET", "POST"],
        defaults=_route_defaults,
    )
    hsds.add_url_rule(
        f"/{_path}/<string:record_id>", f"show_{_path}", show_object, defaults=_route_defaults
    )


@hsds.get("/openapi.json")
def openapi() -> ResponseReturnValue:
    """Show the OpenAPI 3.1 description of the API."""
    title = f"{current_settings().library_name}: HSDS"
    base = address_of(".about").rstrip("/")
    license_name = current_settings().open_data_license
    return json_response(describe(title, VERSION, base, license_name=license_name))


@hsds.get("/profile")
def profile() -> ResponseReturnValue:
    """Show our HSDS profile: the addresses of our additions and schemas."""
    patched = patched_kinds()
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
    """Show our additions to a kind as a JSON Merge Patch of its HSDS schema."""
    if kind not in patched_kinds():
        abort(404)
    return json_response(patch_of(kind), "application/merge-patch+json")


@hsds.get("/schema/<string:kind>.json")
def schema(kind: str) -> ResponseReturnValue:
    """Show the JSON Schema of a kind's objects."""
    if kind not in kinds():
        abort(404)
    header = {"$schema": DIALECT, "$id": address_of(".schema", kind=kind)}
    return json_response(header | schema_of(kind, SCHEMA_FILE), "application/schema+json")


@hsds.get("/changes", endpoint="changes")
def list_changes() -> ResponseReturnValue:
    """Show a page of the changes after a cursor as lines of JSON."""
    try:
        page = read_changes(current_instance(), one_text("after"))
    except UnknownCursorError:
        return _unknown_cursor_response()
    except NotPublishedError:
        return response_for_later()
    charge_for_records(page.lines.count(b"\n"), are_whole=False)
    response = Response(page.lines, mimetype="application/x-ndjson")
    if page.has_more:
        response.headers["Link"] = f'<{address_of(".changes", after=page.cursor)}>; rel="next"'
    return response


@hsds.get("/all.ndjson.gz")
@hsds.get("/changes.atom")
def refuse_removed_file() -> ResponseReturnValue:
    """Answer 410 for what earlier releases had here, and name the pages to read instead."""
    raise DataProblem(
        410,
        gettext(
            "This is no longer here. Read all services page by page from %(services)s and follow "
            "“next” in the header Link. What changed is at %(changes)s",
            services=address_of(".list_services", full="true"),
            changes=address_of(".changes"),
        ),
    )


def _unknown_cursor_response() -> Response:
    everything = address_of(".changes")
    text = gettext(
        "We cannot tell all that changed since then. Take everything again from %(address)s",
        address=everything,
    )
    response = problem_response(410, text, parameter="after", changes=everything)
    response.headers["Link"] = f'<{everything}>; rel="alternate"'
    return response
