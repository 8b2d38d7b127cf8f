"""The same hours on slips, at the desk, for providers and for staff as on the public pages.

They take the same macros and the same values, and this holds them to it, on a holiday.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest
import time_machine
from bs4 import BeautifulSoup
from flask import Flask, render_template_string

from referral.app import create_app
from referral.directory.instance import Instance
from referral.directory.listings import read_services
from referral.directory.search import find_services
from referral.directory.view_models import HoursBlock, ServicePage
from referral.records.accounts import COMMAND_LINE, Role
from referral.records.visibility import Audience
from referral.search.query import SearchQuery
from referral.slips.records import SlipItem
from referral.slips.slips import MOST_ON_A_SLIP, make_slip
from referral.verification.provider_links import make_provider_link
from tests.conftest import copied
from tests.support.real_lists import DISTRICT
from tests.support.staff import PASSWORD, add_account, post

_COUNTY = "sample county"
_THANKSGIVING = datetime(2026, 11, 26, 15, tzinfo=UTC)
_TABLE = """{% from "macros/facts.html" import hours_table %}{{ hours_table(hours, "Hours") }}"""
_BADGE = """{% from "macros/facts.html" import open_badge %}{{ open_badge(hours, status) }}"""

pytestmark = pytest.mark.slow


@pytest.fixture(params=[_COUNTY, pytest.param(DISTRICT, marks=pytest.mark.slow, id="district")])
def listed(request, tmp_path) -> Iterator[Instance]:
    """Give a copy of a directory with one whole list in it, on a holiday."""
    if request.param == _COUNTY:
        original = request.getfixturevalue("sample_instance")
    else:
        original = request.getfixturevalue("listed_instance")(request.param)
    with (
        copied(original, tmp_path / "copy") as instance,
        time_machine.travel(_THANKSGIVING, tick=False),
    ):
        yield instance


@pytest.fixture
def app(listed) -> Flask:
    return create_app(listed.settings, listed)


def every_service(instance: Instance) -> tuple[ServicePage, ...]:
    """Every service of a list; in a short run every thirtieth."""
    ids, page = [], 1
    while found := find_services(instance, SearchQuery(), Audience.PUBLIC, page, limit=200):
        if not found.cards.items:
            break
        ids += [card.service.id for card in found.cards.items]
        page += 1
    return read_services(instance, ids[::30], Audience.PUBLIC)


def words(html: object) -> str:
    """What a page or a part of it says, without the captions of tables, which name the place."""
    parsed = BeautifulSoup(
        re.sub(r"<caption.*?</caption>", "", str(html), flags=re.DOTALL), "html.parser"
    )
    return " ".join(parsed.text.split())


class Macros:
    """What the macros say of hours, in words."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def badge(self, hours: HoursBlock, status: str) -> str:
        return self._words(_BADGE, hours=hours, status=status)

    def table(self, hours: HoursBlock) -> str:
        return self._words(_TABLE, hours=hours)

    def _words(self, macro: str, **values: object) -> str:
        with self._app.test_request_context():
            html = render_template_string(macro, **values)
        return words(html)


def test_every_page_says_the_hours_of_the_public_page(listed, app):
    services, macros = every_service(listed), Macros(app)
    add_account(listed, Role)
    client, public = app.test_client(), app.test_client()  # other tests inspect these pages
    post(client, "/staff/sign-in", email="pat@example.org", password=PASSWORD)
    for page in services:
        badge = macros.badge(page.hours, page.service.status)
        tables = [macros.table(hours) for hours in hours_of(page)]
        address = f"/services/{page.service.id}"
        for asking, path in (
            (public, address),
            (client, address),
            (client, f"/curation/records/service/{page.service.id}/preview"),
        ):
            shown = words(asking.get(path).text)
            assert badge in shown, path
            for table in tables:
                assert table in shown, path
    assert any(page.hours.is_holiday for page in services)


def test_a_check_shows_the_hours_that_staff_may_know(listed, app):
    macros = Macros(app)
    add_account(listed, Role)
    client = app.test_client()
    post(client, "/staff/sign-in", email="pat@example.org", password=PASSWORD)
    ids = [page.service.id for page in every_service(listed)]
    for page in read_services(listed, ids, Audience.CURATION):
        shown = words(client.get(f"/curation/verification/services/{page.service.id}").text)
        for hours in hours_of(page)[:3]:
            assert macros.table(hours) in shown, page.service.id


def test_slips_show_the_same_hours(listed, app):
    services, macros = every_service(listed), Macros(app)
    add_account(listed, Role)
    public, client = app.test_client(), app.test_client()
    post(client, "/staff/sign-in", email="pat@example.org", password=PASSWORD)
    for some in batched(services, MOST_ON_A_SLIP):
        code = make_slip(listed, [SlipItem(service_id=each.service.id) for each in some])
        cards = BeautifulSoup(public.get(f"/l/{code}").text, "html.parser").select(".slip-result")
        sheets = BeautifulSoup(client.get(f"/desk/slips/{code}").text, "html.parser").select(
            ".slip-service"
        )
        for page, card, sheet in zip(some, cards, sheets, strict=True):
            assert macros.badge(page.hours, page.service.status) in words(card), page.service.id
            assert macros.table(page.hours) in words(sheet), page.service.id


def test_a_provider_is_shown_the_hours_of_the_public_page(listed, app):
    macros, client = Macros(app), app.test_client()
    services = [page for page in every_service(listed) if page.organization]
    shown = {}
    for key in {page.organization.id for page in services}:
        link = make_provider_link(listed, COMMAND_LINE, key)
        shown[key] = words(client.get(f"/provider/{link.token}").text)
    for page in services:
        for hours in hours_of(page):
            assert macros.table(hours) in shown[page.organization.id], page.service.id


def hours_of(page: ServicePage) -> list[HoursBlock]:
    """Those of each place, or of the service without any."""
    return [site.hours for site in page.sites] or [page.hours]


def batched(services: Sequence[ServicePage], size: int) -> Iterator[Sequence[ServicePage]]:
    return (services[start : start + size] for start in range(0, len(services), size))
