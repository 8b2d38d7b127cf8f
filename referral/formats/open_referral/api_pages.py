"""Pages of an HSDS API and of a feed of changes, taken apart into what a pull needs of them.

Called in the sandbox. The objects stay text, which is read later, as a list.
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

# What a flat list never has. Organization and program, of which there is one, it may have.
_NESTED = frozenset(
    {
        "phones", "schedules", "service_areas", "service_at_locations", "languages", "funding",
        "cost_options", "required_documents", "contacts", "attributes", "additional_urls",
    }
)  # fmt: skip
_LONGEST_NAME = 200

Json = dict[str, Any]


class ApiService(msgspec.Struct, frozen=True, kw_only=True):
    """A service of a page.

    Attributes:
        key: what the API calls it.
        changed: when it last changed, as the API writes it.
        is_nested: whether it has what belongs to it; a flat list has not.
        documents: it and its places.
        text: the object as JSON.
    """

    key: str
    changed: str
    is_nested: bool
    documents: tuple[Key, ...]
    text: bytes


class ServicePage(msgspec.Struct, frozen=True, kw_only=True, tag="services"):
    """A page of services.

    Attributes:
        total: how many services the publisher said there are; 0 where it did not.
        is_last: whether it is the last one; None where it does not say.
        total_pages: how many pages there are; None where it does not say.
    """

    services: tuple[ApiService, ...]
    total: int
    is_last: bool | None
    total_pages: int | None


class FeedLine(msgspec.Struct, frozen=True):
    """A line of the feed: the object of a record as JSON, or none where the record is gone."""

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
    """Lines of a feed of changes."""

    lines: tuple[FeedLine, ...]


class Publisher(msgspec.Struct, frozen=True, tag="publisher"):
    """Its name, and its e-mail address or web page; "" for what it does not say."""

    name: str = ""
    contact: str = ""


class PageRequest(msgspec.Struct, frozen=True):
    """A page to read, and which kind of page it is: a name in ``READERS``."""

    form: str
    body: bytes


Page = ServicePage | FeedPage | Publisher


def read_page(request: PageRequest) -> Page:
    """Return what a page says.

    Raises:
        RefusedError: it is not such a page.
    """
    try:
        return READERS[request.form](request.body)
    except (ValueError, RecursionError) as error:
        raise refused("The answer is not JSON. We try again later.") from error


def _read_services(body: bytes) -> ServicePage:
    page = _object(json.loads(body))
    found = page.get("contents", page.get("content"))
    if not isinstance(found, list):
        raise refused("This is not an HSDS API of version 3. Check the address.")
    last = next((page[name] for name in ("last_page", "last") if name in page), None)
    pages = page.get("total_pages", page.get("totalPages"))
    return ServicePage(
        services=tuple(_service(each) for each in found if isinstance(each, dict)),
        total=_number(page.get("total_items", page.get("totalElements"))),
        is_last=None if last is None else last is True,
        total_pages=None if pages is None else _number(pages),
    )


def _read_service(body: bytes) -> ServicePage:
    """Read a service by itself, as a page of one."""
    service = _service(_object(json.loads(body)))
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
    said = _object(json.loads(body)).get("publisher")
    if not isinstance(said, dict):
        return Publisher()
    return Publisher(
        _publisher_text(said, "name"),
        _publisher_text(said, "email") or _publisher_text(said, "website"),
    )


READERS: Mapping[str, Callable[[bytes], Page]] = {
    "feed": _read_feed,
    "publisher": _read_publisher,
    "service": _read_service,
    "services": _read_services,
}


def _object(value: Any) -> Json:
    if not isinstance(value, dict):
        raise refused("This is not an HSDS API of version 3. Check the address.")
    return value


def _service(item: Json) -> ApiService:
    return ApiService(
        key=_text(item.get("id", "")),
        changed=_text(item.get("last_modified", "")),
        is_nested=not _NESTED.isdisjoint(item),
        documents=documents_in(item),
        text=json.dumps(item).encode(),  # ASCII: a half letter must not spoil the whole file
    )


def documents_in(service: Json) -> tuple[Key, ...]:
    """Return the records that the JSON of a service has with all their parts."""
    found = [("service", _text(service.get("id", "")))]
    for link in service.get("service_at_locations") or ():
        place = link.get("location") if isinstance(link, dict) else None
        if isinstance(place, dict) and place.get("id"):
            found.append(("location", _text(place["id"])))
    return tuple(found)


def _publisher_text(said: Json, name: str) -> str:
    value = said.get(name)
    return clean_text(_text(value))[:_LONGEST_NAME] if isinstance(value, str) else ""


def _text(value: object) -> str:
    """Return a value as text that can be stored: half a letter becomes a question mark."""
    return str(value).encode(errors="replace").decode()


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
