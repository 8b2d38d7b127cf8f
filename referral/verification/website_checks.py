"""Checks websites of listings now and then, where the settings allow it, and keeps the results.

Websites that a confidential listing has too are not asked, nor hosts in private networks, also
where a redirect leads there.
"""

from __future__ import annotations

import hashlib
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPException
from threading import Event
from time import monotonic
from typing import Any
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, delete, func, insert, or_, select
from sqlalchemy.orm import Session

from referral.directory.instance import Instance
from referral.fields.urls_and_emails import normalise_url, to_uri, website_host
from referral.outgoing_requests import (
    MOST_REDIRECTS,
    MOVED,
    Network,
    RefusedAddressError,
    response_to,
)
from referral.records.visibility import Audience, Visibility
from referral.store.base import in_batches
from referral.store.rows import (
    LocationRow,
    OrganizationRow,
    ServiceAtLocationRow,
    ServiceRow,
    UrlRow,
)
from referral.store.visibility import shown, shown_services
from referral.store.withheld_locations import withheld_location_ids
from referral.verification.records import WebsiteResult, WebsiteState
from referral.verification.rows import WebsiteCheckRow

FAILURES_SHOWN = 2  # the first may be a bad moment
PAUSE_SECONDS = 2.0
_A_ROUND = 25
_SAME_HOST = timedelta(minutes=1)
_LEASE = timedelta(hours=1)
_AGAIN = timedelta(days=7)
_AGAIN_AFTER_FAILURE = timedelta(days=1)
_BATCH = 500
# Of these the library's own network may be the cause.
_NETWORK_TROUBLE = frozenset(
    {WebsiteResult.NO_ANSWER, WebsiteResult.NO_NAME, WebsiteResult.BAD_CERTIFICATE}
)
_NO_FAILURE = frozenset({WebsiteResult.ANSWERS, WebsiteResult.NOT_ASKED})


@dataclass(frozen=True, slots=True)
class FailingWebsite:
    """A website that does not answer, and the record that names it."""

    listed: ListedWebsite
    state: WebsiteState


@dataclass(frozen=True, slots=True, kw_only=True)
class WebsitePage:
    """What the checks found; ``asked`` of ``listed`` web addresses were asked at least once."""

    failing: tuple[FailingWebsite, ...]
    listed: int
    asked: int
    last_at: datetime | None


def check_websites(
    instance: Instance,
    stop: Event,
    network: Network | None = None,
    pause_seconds: float = PAUSE_SECONDS,
) -> int:
    """Ask some of the websites that are due, one after the other; how many were asked.

    Where the settings do not allow it nothing is asked. While no website answers at all, the
    fault is here, and none is noted.
    """
    if not instance.settings.check_websites:
        return 0
    websites = _follow_listings(instance)
    site = instance.settings.public_url
    agent = "Referral website check" + (f" (+{site})" if site else "")
    is_online, count = False, 0
    for key, website in _due(instance, websites):
        if stop.is_set():
            _put_off(instance, key, timedelta(0))
            break
        result = ask_website(website.url, agent, network)
        count += 1
        if result not in _NETWORK_TROUBLE:
            is_online = is_online or result is not WebsiteResult.NOT_ASKED
        elif not is_online:
            known = _last_that_answered(instance, websites)
            answer = ask_website(known.url, agent, network) if known else result
            is_online = answer is WebsiteResult.ANSWERS
            if not is_online:
                break  # put off by its lease
        _note(instance, key, result)
        stop.wait(pause_seconds)
    return count


def read_websites(instance: Instance) -> WebsitePage:
    """What is known, the longest silent first."""
    with instance.store.read() as session:
        rows = {row.url_hash: row for row in session.scalars(select(WebsiteCheckRow))}
        websites = listed_websites(session)
    states = {key: state for key, row in rows.items() if (state := _state(instance, row))}
    keys = {each.key for each in websites}
    asked = [rows[key].asked_at for key in keys if key in rows]
    times = [each for each in asked if each]
    failing = [FailingWebsite(each, states[each.key]) for each in websites if each.key in states]
    return WebsitePage(
        failing=tuple(sorted(failing, key=lambda each: each.state.since)),
        listed=len(keys),
        asked=len(times),
        last_at=max(times, default=None),
    )


def count_failing_websites(instance: Instance) -> int:
    """How many web addresses of listings do not answer."""
    with instance.store.read() as session:
        row = WebsiteCheckRow
        failing = select(func.count()).select_from(row).where(row.failures >= FAILURES_SHOWN)
        return session.scalar(failing) or 0


def website_state(instance: Instance, url: str) -> WebsiteState | None:
    """How a web address failed; None when it answers, or nobody asked."""
    key = website_key(url)
    if not key:
        return None
    with instance.store.read() as session:
        row = session.get(WebsiteCheckRow, key)
        return _state(instance, row) if row else None


def _state(instance: Instance, row: WebsiteCheckRow) -> WebsiteState | None:
    if row.failures < FAILURES_SHOWN or not row.failed_since:
        return None
    zone = ZoneInfo(instance.settings.timezone)
    since = row.failed_since.astimezone(zone).date()
    return WebsiteState(result=WebsiteResult(row.result), since=since)


def _follow_listings(instance: Instance) -> Mapping[str, ListedWebsite]:
    """What may be asked now, by key; rows of other addresses are dropped, new ones are due."""
    row, now = WebsiteCheckRow, instance.now()
    with instance.store.read() as session:
        websites = {each.key: each for each in listed_websites(session)}
        known = set(session.scalars(select(row.url_hash)))
    if known == websites.keys():
        return websites
    with instance.store.write() as session:
        for some in in_batches(sorted(known - websites.keys()), _BATCH):
            session.execute(delete(row).where(row.url_hash.in_(some)))
        known = set(session.scalars(select(row.url_hash)))  # another node may have been faster
        new = sorted(websites.keys() - known)
        if new:
            session.execute(insert(row), [{"url_hash": key, "next_at": now} for key in new])
    return websites


def _due(
    instance: Instance, websites: Mapping[str, ListedWebsite]
) -> Iterator[tuple[str, ListedWebsite]]:
    """Each of a round, taken so that no other node asks it too; a host only once."""
    hosts: set[str] = set()
    for _ in range(_A_ROUND):
        key = _take_due(instance)
        if key is None:
            return
        website = websites.get(key)
        if website is None:
            continue
        if website.host in hosts:
            _put_off(instance, key, _SAME_HOST)
            continue
        hosts.add(website.host)
        yield key, website


def _take_due(instance: Instance) -> str | None:
    row, now = WebsiteCheckRow, instance.now()
    with instance.store.write() as session:
        due = session.scalar(
            select(row)
            .where(row.next_at <= now)
            .order_by(row.next_at, row.url_hash)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if due is None:
            return None
        due.next_at = now + _LEASE  # whoever dies meanwhile holds it up for an hour
        return due.url_hash


def _put_off(instance: Instance, key: str, by: timedelta) -> None:
    with instance.store.write() as session:
        if row := session.get(WebsiteCheckRow, key):
            row.next_at = instance.now() + by


def _note(instance: Instance, key: str, result: WebsiteResult) -> None:
    now = instance.now()
    with instance.store.write() as session:
        row = session.get(WebsiteCheckRow, key)
        if row is None:  # the listing changed meanwhile
            return
        row.asked_at, row.result = now, result.value
        if result in _NO_FAILURE:
            row.failures, row.failed_since, row.next_at = 0, None, now + _AGAIN
        else:
            row.failures += 1
            row.failed_since = row.failed_since or now
            is_sure = row.failures > FAILURES_SHOWN
            row.next_at = now + (_AGAIN if is_sure else _AGAIN_AFTER_FAILURE)


def _last_that_answered(
    instance: Instance, websites: Mapping[str, ListedWebsite]
) -> ListedWebsite | None:
    row = WebsiteCheckRow
    with instance.store.read() as session:
        key = session.scalar(
            select(row.url_hash)
            .where(row.result == WebsiteResult.ANSWERS.value)
            .order_by(row.asked_at.desc())
            .limit(1)
        )
    return websites.get(key or "")


_GONE = frozenset({404, 410})


def ask_website(url: str, agent: str, network: Network | None = None) -> WebsiteResult:
    """Ask with HEAD, and with GET where HEAD did not do. No body is read.

    Args:
        agent: who asks, for the log of the website.
    """
    network = network or Network()
    deadline = monotonic() + network.seconds
    result = _result_of("HEAD", url, agent, network, deadline)
    if result in {WebsiteResult.GONE, WebsiteResult.FAULT, WebsiteResult.NO_ANSWER}:
        return _result_of("GET", url, agent, network, deadline)
    return result


def _result_of(
    method: str, url: str, agent: str, network: Network, deadline: float
) -> WebsiteResult:
    try:
        status = _last_status(method, url, agent, network, deadline)
    except RefusedAddressError:
        return WebsiteResult.NOT_ASKED
    except socket.gaierror:
        return WebsiteResult.NO_NAME
    except ssl.SSLCertVerificationError:
        return WebsiteResult.BAD_CERTIFICATE
    except (OSError, HTTPException, ValueError):
        return WebsiteResult.NO_ANSWER
    if status in _GONE:
        return WebsiteResult.GONE
    # 403, 429 and the like: a program is turned away, so somebody is there.
    return WebsiteResult.FAULT if status >= 500 else WebsiteResult.ANSWERS


def _last_status(method: str, url: str, agent: str, network: Network, deadline: float) -> int:
    """The status of the last page that the address leads to."""
    for _ in range(MOST_REDIRECTS + 1):
        uri = to_uri(normalise_url(url))
        if not uri:
            raise RefusedAddressError
        with response_to(method, uri, network, deadline, {"User-Agent": agent}) as response:
            status = response.status
            location = response.headers.get("Location", "").strip()
        if status not in MOVED or not location:
            return status
        url = urljoin(uri, location)
    raise HTTPException("too many redirects")


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
    found = (each for each in _public_websites(session) if each.key and each.host not in secret)
    return tuple(sorted(found, key=lambda each: (each.name.casefold(), each.kind, each.record_id)))


def _public_websites(session: Session) -> Iterator[ListedWebsite]:
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
