"""Pages of an HSDS API and of a feed of changes, parsed into the fields that a pull needs.

This runs in the sandbox. The objects stay JSON text, which is read later as a list.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

import msgspec

from referral.errors import refused
from referral.fields.text import clean_text
from referral.records.ownership import Key

# Parts that a service of a flat API list never has. It may have its organization and program.
_NESTED_PARTS = frozenset(
    {
        "phones", "schedules", "service_areas", "service_at_locations", "languages", "funding",
        "cost_options", "required_documents", "contacts", "attributes", "additional_urls",
    }
)  # fmt: skip
_LONGEST_NAME = 200

Json = dict[str, Any]


class ApiService(msgspec.Struct, frozen=True, kw_only=True):
    """A service on a page of results of an HSDS API.

    Attributes:
        key: its id in the API.
        changed: when it last changed, as the API writes it.
        is_nested: whether its parts are in it; in a flat list they are not.
        documents: keys of the service and its locations.
        text: the object as JSON.
    """

    key: str
    changed: str
    is_nested: bool
    documents: tuple[Key, ...]
    text: bytes


class ServicePage(msgspec.Struct, frozen=True, kw_only=True, tag="services"):
    """A page of results of an HSDS API: services, and how many there are in all.

    Attributes:
        total: number of all services; 0 if the page does not give it.
        is_last: whether it is the last page; None if not given.
        total_pages: number of pages; None if not given.
    """

    services: tuple[ApiService, ...]
    total: int
    is_last: bool | None
    total_pages: int | None


class FeedLine(msgspec.Struct, frozen=True):
    """A line of an HSDS change feed: a record as JSON, empty if the record is gone."""

    kind: str
    id: str
    cursor: str
    record: bytes = b""


class _JsonLine(msgspec.Struct, frozen=True):
    kind: str
    id: str | int
    cursor: str | int
    record: msgspec.Raw = msgspec.Raw(b"")


class FeedPage(msgspec.Struct, frozen=True, tag="feed"):
    """A page of an HSDS change feed: its lines, each a changed record."""

    lines: tuple[FeedLine, ...]


class Publisher(msgspec.Struct, frozen=True, tag="publisher"):
    """Publisher of an HSDS API: its name, and its e-mail address or web page; "" if not given."""

    name: str = ""
    contact: str = ""


class PageRequest(msgspec.Struct, frozen=True):
    """Request to parse a page of an HSDS API, with its kind: a name in ``READERS``."""

    form: str
    body: bytes


Page = ServicePage | FeedPage | Publisher


def read_page(request: PageRequest) -> Page:
    """Parse a page of an HSDS API or change feed.

    Raises:
        RefusedError: it is no page of its kind.
    """
    try:
        return READERS[request.form](request.body)
    except (ValueError, RecursionError) as error:
        raise refused("The answer is not JSON. We try again later.") from error


def _read_services(body: bytes) -> ServicePage:
    page = _json_object(json.loads(body))
    found = page.get("contents", page.get("content"))
    if not isinstance(found, list):
        raise refused("This is not an HSDS API of version 3. Check the address.")
    is_last_page = next((page[name] for name in ("last_page", "last") if name in page), None)
    pages = page.get("total_pages", page.get("totalPages"))
    return ServicePage(
        services=tuple(_api_service(service) for service in found if isinstance(service, dict)),
        total=_number(page.get("total_items", page.get("totalElements"))),
        is_last=None if is_last_page is None else is_last_page is True,
        total_pages=None if pages is None else _number(pages),
    )


def _read_service(body: bytes) -> ServicePage:
    """Parse a single service of an HSDS API as a page with one service."""
    service = _api_service(_json_object(json.loads(body)))
    return ServicePage(services=(service,), total=1, is_last=True, total_pages=1)


def _read_feed(body: bytes) -> FeedPage:
    lines = (msgspec.json.decode(line, type=_JsonLine) for line in BytesIO(body))
    return FeedPage(
        tuple(
            FeedLine(line.kind, str(line.id), str(line.cursor), bytes(line.record).strip())
            for line in lines
        )
    )


def _read_publisher(body: bytes) -> Publisher:
    publisher = _json_object(json.loads(body)).get("publisher")
    if not isinstance(publisher, dict):
        return Publisher()
    return Publisher(
        _publisher_text(publisher, "name"),
        _publisher_text(publisher, "email") or _publisher_text(publisher, "website"),
    )


READERS: Mapping[str, Callable[[bytes], Page]] = {
    "feed": _read_feed,
    "publisher": _read_publisher,
    "service": _read_service,
    "services": _read_services,
}


def _json_object(value: Any) -> Json:
    if not isinstance(value, dict):
        raise refused("This is not an HSDS API of version 3. Check the address.")
    return value


def _api_service(item: Json) -> ApiService:
    return ApiService(
        key=_text(item.get("id", "")),
        changed=_text(item.get("last_modified", "")),
        is_nested=not _NESTED_PARTS.isdisjoint(item),
        documents=documents_in(item),
        text=json.dumps(item).encode(),  # ASCII: a lone surrogate must not spoil the whole file
    )


def documents_in(service: Json) -> tuple[Key, ...]:
    """Return the keys of the records in an API's service: itself and its locations."""
    found = [("service", _text(service.get("id", "")))]
    for link in service.get("service_at_locations") or ():
        location = link.get("location") if isinstance(link, dict) else None
        if isinstance(location, dict) and location.get("id"):
            found.append(("location", _text(location["id"])))
    return tuple(found)


def _publisher_text(publisher: Json, name: str) -> str:
    value = publisher.get(name)
    return clean_text(_text(value))[:_LONGEST_NAME] if isinstance(value, str) else ""


def _text(value: object) -> str:
    """Return a value of an HSDS API as text that can be stored, without lone surrogates."""
    return str(value).encode(errors="replace").decode()


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
