"""Websites of the public listings, without those that a confidential listing has too."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from referral.fields.urls_and_emails import normalise_url, to_uri, website_host
from referral.records.visibility import Audience, Visibility
from referral.store.rows import (
    LocationRow,
    OrganizationRow,
    ServiceAtLocationRow,
    ServiceRow,
    UrlRow,
)
from referral.store.visibility import shown, shown_services
from referral.store.withheld_locations import withheld_location_ids

_PUBLIC = Visibility.PUBLIC.value


@dataclass(frozen=True, slots=True)
class ListedWebsite:
    """A website of a record; ``kind`` is ``service`` or ``organization``."""

    kind: str
    record_id: str
    name: str
    url: str

    @property
    def key(self) -> str:
        """By which the result is stored."""
        return website_key(self.url)

    @property
    def host(self) -> str:
        """The host, without ``www``."""
        return website_host(self.url)


def website_key(url: str) -> str:
    """The key of a web address; "" for what is none."""
    uri = to_uri(normalise_url(url))
    return hashlib.sha256(uri.encode()).hexdigest() if uri else ""


def listed_websites(session: Session) -> tuple[ListedWebsite, ...]:
    """The websites that may be asked, by name.

    A listing is confidential when it, its organization or one of its places is not public. No
    host that such a listing names is asked, whoever else names it.
    """
    secret = _secret_hosts(session)
    found = (each for each in _public(session) if each.key and each.host not in secret)
    return tuple(sorted(found, key=lambda each: (each.name.casefold(), each.kind, each.record_id)))


def _public(session: Session) -> Iterator[ListedWebsite]:
    service, agency, extra = ServiceRow, OrganizationRow, UrlRow
    are_shown = {
        "service": shown_services(Audience.PUBLIC),
        "organization": shown(agency, Audience.PUBLIC),
    }
    own: dict[str, Any] = {"service": service.url, "organization": agency.website}
    for kind, row in (("service", service), ("organization", agency)):
        is_shown = are_shown[kind]
        for each in session.execute(select(row.id, row.name, own[kind]).where(is_shown)):
            yield ListedWebsite(kind, *each)
        parent = getattr(extra, f"{kind}_id")
        more = (
            select(row.id, row.name, extra.url)
            .join(extra, parent == row.id)
            .where(is_shown, shown(extra, Audience.PUBLIC))
        )
        for each in session.execute(more):
            yield ListedWebsite(kind, *each)


def _secret_hosts(session: Session) -> set[str]:
    service, agency, place, extra = ServiceRow, OrganizationRow, LocationRow, UrlRow
    places = _withheld_places()
    at = ServiceAtLocationRow
    services = select(service.id).where(
        or_(
            _is_hidden(service),
            service.id.in_(select(at.service_id).where(at.location_id.in_(places))),
            service.organization_id.in_(select(agency.id).where(_is_hidden(agency))),
        )
    )
    agencies = select(agency.id).where(
        or_(
            _is_hidden(agency),
            agency.id.in_(select(place.organization_id).where(place.id.in_(places))),
            agency.id.in_(select(service.organization_id).where(service.id.in_(services))),
        )
    )
    urls = [
        select(service.url).where(service.id.in_(services)),
        select(agency.website).where(agency.id.in_(agencies)),
        select(place.url).where(place.id.in_(places)),
        select(extra.url).where(
            or_(
                _is_hidden(extra),
                extra.service_id.in_(services),
                extra.organization_id.in_(agencies),
            )
        ),
    ]
    hosts = {website_host(url) for query in urls for url in session.scalars(query)}
    return hosts - {""}


def _withheld_places() -> Any:
    place = LocationRow
    return select(place.id).where(
        or_(_is_hidden(place), place.id.in_(withheld_location_ids(Audience.PUBLIC)))
    )


def _is_hidden(row: Any) -> ColumnElement[bool]:
    """Held back and not deleted."""
    hidden: ColumnElement[bool] = (row.visibility != _PUBLIC) & row.retired_at.is_(None)
    return hidden
