"""Regular checks of the websites of listings, if the settings allow them, and their results.

No request is sent to a host that a confidential listing names too, nor to one in a private network,
not even after a redirect.
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
from referral.fields.urls_and_emails import normalize_url, to_uri, website_host
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

FAILURES_SHOWN = 2  # consecutive ones: a single failure may pass by itself
PAUSE_SECONDS = 2.0
_WEBSITES_PER_ROUND = 25
_DELAY_OF_SAME_HOST = timedelta(minutes=1)
_LEASE = timedelta(hours=1)
_INTERVAL = timedelta(days=7)
_INTERVAL_AFTER_FAILURE = timedelta(days=1)
_BATCH = 500
# Results whose cause may be the library's own network.
_NETWORK_TROUBLE = frozenset(
    {WebsiteResult.NO_ANSWER, WebsiteResult.NO_NAME, WebsiteResult.BAD_CERTIFICATE}
)
_NO_FAILURE = frozenset({WebsiteResult.ANSWERS, WebsiteResult.NOT_ASKED})
_GONE = frozenset({404, 410})
_PUBLIC = Visibility.PUBLIC.value


@dataclass(frozen=True, slots=True)
class FailingWebsite:
    """A website of a listing that does not answer."""

    listed: ListedWebsite
    state: WebsiteState


@dataclass(frozen=True, slots=True, kw_only=True)
class WebsitePage:
    """The results of the checks of listings' websites.

    Attributes:
        listed: number of web addresses that may be checked.
        asked: number of those that were checked at least once.
        last_at: time of the last check.
    """

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
    """Check some of the listings' websites that are due, and return how many.

    Returns 0 if the settings do not allow checks. A failure whose cause may be the library's own
    network is stored only if another website responds.

    Args:
        stop: ends the checks when it is set.
    """
    if not instance.settings.check_websites:
        return 0
    websites = _sync_with_listings(instance)
    site = instance.settings.public_url
    agent = "Referral website check" + (f" (+{site})" if site else "")
    is_online, count = False, 0
    for key, website in _iter_due(instance, websites):
        if stop.is_set():
            _postpone(instance, key, timedelta(0))
            break
        result = ask_website(website.url, agent, network)
        count += 1
        if result not in _NETWORK_TROUBLE:
            is_online = is_online or result is not WebsiteResult.NOT_ASKED
        elif not is_online:
            other = _last_answering_website(instance, websites)
            other_result = ask_website(other.url, agent, network) if other else result
            is_online = other_result is WebsiteResult.ANSWERS
            if not is_online:
                break  # the website is due again when its lease ends
        _store_result(instance, key, result)
        stop.wait(pause_seconds)
    return count


def read_websites(instance: Instance) -> WebsitePage:
    """Return the results of the checks of listings' websites, longest failing first."""
    with instance.store.read() as session:
        rows = {row.url_hash: row for row in session.scalars(select(WebsiteCheckRow))}
        websites = listed_websites(session)
    states = {key: state for key, row in rows.items() if (state := _failing_state(instance, row))}
    keys = {website.key for website in websites}
    times = [time for key in keys if key in rows and (time := rows[key].asked_at)]
    failing = [
        FailingWebsite(website, states[website.key])
        for website in websites
        if website.key in states
    ]
    return WebsitePage(
        failing=tuple(sorted(failing, key=lambda each: each.state.since)),
        listed=len(keys),
        asked=len(times),
        last_at=max(times, default=None),
    )


def count_failing_websites(instance: Instance) -> int:
    """Count the websites of listings that do not answer."""
    with instance.store.read() as session:
        failing = (
            select(func.count())
            .select_from(WebsiteCheckRow)
            .where(WebsiteCheckRow.failures >= FAILURES_SHOWN)
        )
        return session.scalar(failing) or 0


def website_state(instance: Instance, url: str) -> WebsiteState | None:
    """Return how a listing's website fails and since when; None if it does not."""
    key = website_key(url)
    if not key:
        return None
    with instance.store.read() as session:
        row = session.get(WebsiteCheckRow, key)
        return _failing_state(instance, row) if row else None


def _failing_state(instance: Instance, row: WebsiteCheckRow) -> WebsiteState | None:
    """Return the state of a website that failed often enough in a row, otherwise None."""
    if row.failures < FAILURES_SHOWN or not row.failed_since:
        return None
    zone = ZoneInfo(instance.settings.timezone)
    since = row.failed_since.astimezone(zone).date()
    return WebsiteState(result=WebsiteResult(row.result), since=since)


def _sync_with_listings(instance: Instance) -> Mapping[str, ListedWebsite]:
    """Update the rows of website checks to match the listings, and return these websites.

    Rows of other web addresses are deleted. New web addresses get a row and are due at once.
    """
    now = instance.now()
    with instance.store.read() as session:
        websites = {website.key: website for website in listed_websites(session)}
        stored = set(session.scalars(select(WebsiteCheckRow.url_hash)))
    if stored == websites.keys():
        return websites
    with instance.store.write() as session:
        for batch in in_batches(sorted(stored - websites.keys()), _BATCH):
            session.execute(delete(WebsiteCheckRow).where(WebsiteCheckRow.url_hash.in_(batch)))
        # Read again, because another node may have added some.
        stored = set(session.scalars(select(WebsiteCheckRow.url_hash)))
        new = sorted(websites.keys() - stored)
        if new:
            session.execute(
                insert(WebsiteCheckRow), [{"url_hash": key, "next_at": now} for key in new]
            )
    return websites


def _iter_due(
    instance: Instance, websites: Mapping[str, ListedWebsite]
) -> Iterator[tuple[str, ListedWebsite]]:
    """Yield due websites to check, each leased by this node, and only one of each host."""
    hosts: set[str] = set()
    for _ in range(_WEBSITES_PER_ROUND):
        key = _lease_due(instance)
        if key is None:
            return
        website = websites.get(key)
        if website is None:
            continue
        if website.host in hosts:
            _postpone(instance, key, _DELAY_OF_SAME_HOST)
            continue
        hosts.add(website.host)
        yield key, website


def _lease_due(instance: Instance) -> str | None:
    """Lease the website that is due for a check longest, so that other nodes skip it."""
    now = instance.now()
    with instance.store.write() as session:
        due = session.scalar(
            select(WebsiteCheckRow)
            .where(WebsiteCheckRow.next_at <= now)
            .order_by(WebsiteCheckRow.next_at, WebsiteCheckRow.url_hash)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if due is None:
            return None
        due.next_at = now + _LEASE  # if this process dies, the check is an hour late
        return due.url_hash


def _postpone(instance: Instance, key: str, delay: timedelta) -> None:
    with instance.store.write() as session:
        if row := session.get(WebsiteCheckRow, key):
            row.next_at = instance.now() + delay


def _store_result(instance: Instance, key: str, result: WebsiteResult) -> None:
    now = instance.now()
    with instance.store.write() as session:
        row = session.get(WebsiteCheckRow, key)
        if row is None:  # the listing has changed since
            return
        row.asked_at, row.result = now, result.value
        if result in _NO_FAILURE:
            row.failures, row.failed_since, row.next_at = 0, None, now + _INTERVAL
        else:
            row.failures += 1
            row.failed_since = row.failed_since or now
            is_sure = row.failures > FAILURES_SHOWN
            row.next_at = now + (_INTERVAL if is_sure else _INTERVAL_AFTER_FAILURE)


def _last_answering_website(
    instance: Instance, websites: Mapping[str, ListedWebsite]
) -> ListedWebsite | None:
    with instance.store.read() as session:
        key = session.scalar(
            select(WebsiteCheckRow.url_hash)
            .where(WebsiteCheckRow.result == WebsiteResult.ANSWERS.value)
            .order_by(WebsiteCheckRow.asked_at.desc())
            .limit(1)
        )
    return websites.get(key or "")


def ask_website(url: str, agent: str, network: Network | None = None) -> WebsiteResult:
    """Request a website with HEAD, and with GET if HEAD fails; return the result.

    Response bodies are not read.

    Args:
        agent: value of the header ``User-Agent``.
    """
    network = network or Network()
    deadline = monotonic() + network.seconds
    result = _request_result("HEAD", url, agent, network, deadline)
    if result in {WebsiteResult.GONE, WebsiteResult.FAULT, WebsiteResult.NO_ANSWER}:
        return _request_result("GET", url, agent, network, deadline)
    return result


def _request_result(
    method: str, url: str, agent: str, network: Network, deadline: float
) -> WebsiteResult:
    try:
        status = _final_status(method, url, agent, network, deadline)
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
    # A website that refuses programs (403, 429) works for people.
    return WebsiteResult.FAULT if status >= 500 else WebsiteResult.ANSWERS


def _final_status(method: str, url: str, agent: str, network: Network, deadline: float) -> int:
    """Return the HTTP status of a web address after all redirects."""
    for _ in range(MOST_REDIRECTS + 1):
        uri = to_uri(normalize_url(url))
        if not uri:
            raise RefusedAddressError
        with response_to(method, uri, network, deadline, {"User-Agent": agent}) as response:
            status = response.status
            location = response.headers.get("Location", "").strip()
        if status not in MOVED or not location:
            return status
        url = urljoin(uri, location)
    raise HTTPException("too many redirects")


@dataclass(frozen=True, slots=True)
class ListedWebsite:
    """A website of a public organization or service.

    ``kind`` is ``service`` or ``organization``.
    """

    kind: str
    record_id: str
    name: str
    url: str

    @property
    def key(self) -> str:
        """Return the key under which the check of the website is stored."""
        return website_key(self.url)

    @property
    def host(self) -> str:
        """Return the host of the website, without ``www``."""
        return website_host(self.url)


def website_key(url: str) -> str:
    """Return a digest of a website's normalized address, "" if it is no web address."""
    uri = to_uri(normalize_url(url))
    return hashlib.sha256(uri.encode()).hexdigest() if uri else ""


def listed_websites(session: Session) -> tuple[ListedWebsite, ...]:
    """Return the websites of public records that may be checked, by the records' names.

    A listing is confidential if the service, its organization or one of its locations is not
    public. No host that a confidential listing names is checked, even if public listings name it.
    """
    confidential = _confidential_hosts(session)
    websites = (
        website
        for website in _public_websites(session)
        if website.key and website.host not in confidential
    )
    return tuple(
        sorted(websites, key=lambda each: (each.name.casefold(), each.kind, each.record_id))
    )


def _public_websites(session: Session) -> Iterator[ListedWebsite]:
    is_shown = {
        "service": shown_services(Audience.PUBLIC),
        "organization": shown(OrganizationRow, Audience.PUBLIC),
    }
    main_url: dict[str, Any] = {"service": ServiceRow.url, "organization": OrganizationRow.website}
    for kind, table in (("service", ServiceRow), ("organization", OrganizationRow)):
        main_urls = select(table.id, table.name, main_url[kind]).where(is_shown[kind])
        extra_urls = (
            select(table.id, table.name, UrlRow.url)
            .join(UrlRow, getattr(UrlRow, f"{kind}_id") == table.id)
            .where(is_shown[kind], shown(UrlRow, Audience.PUBLIC))
        )
        for query in (main_urls, extra_urls):
            for record_id, name, url in session.execute(query):
                yield ListedWebsite(kind, record_id, name, url)


def _confidential_hosts(session: Session) -> set[str]:
    """Return the hosts of all websites that confidential listings name."""
    location_ids = _nonpublic_location_ids()
    service_ids = select(ServiceRow.id).where(
        or_(
            _is_withheld(ServiceRow),
            ServiceRow.id.in_(
                select(ServiceAtLocationRow.service_id).where(
                    ServiceAtLocationRow.location_id.in_(location_ids)
                )
            ),
            ServiceRow.organization_id.in_(
                select(OrganizationRow.id).where(_is_withheld(OrganizationRow))
            ),
        )
    )
    organization_ids = select(OrganizationRow.id).where(
        or_(
            _is_withheld(OrganizationRow),
            OrganizationRow.id.in_(
                select(LocationRow.organization_id).where(LocationRow.id.in_(location_ids))
            ),
            OrganizationRow.id.in_(
                select(ServiceRow.organization_id).where(ServiceRow.id.in_(service_ids))
            ),
        )
    )
    queries = [
        select(ServiceRow.url).where(ServiceRow.id.in_(service_ids)),
        select(OrganizationRow.website).where(OrganizationRow.id.in_(organization_ids)),
        select(LocationRow.url).where(LocationRow.id.in_(location_ids)),
        select(UrlRow.url).where(
            or_(
                _is_withheld(UrlRow),
                UrlRow.service_id.in_(service_ids),
                UrlRow.organization_id.in_(organization_ids),
            )
        ),
    ]
    hosts = {website_host(url) for query in queries for url in session.scalars(query)}
    return hosts - {""}


def _nonpublic_location_ids() -> Any:
    """Return a query for the ids of locations that are withheld or have a withheld address."""
    return select(LocationRow.id).where(
        or_(_is_withheld(LocationRow), LocationRow.id.in_(withheld_location_ids(Audience.PUBLIC)))
    )


def _is_withheld(table: Any) -> ColumnElement[bool]:
    """Return an SQL condition: a record is not public and not deleted."""
    withheld: ColumnElement[bool] = (table.visibility != _PUBLIC) & table.retired_at.is_(None)
    return withheld
