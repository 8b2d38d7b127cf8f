"""Listings of the demo for tests of pages, found by what they are and not by their ids."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from referral.app import create_app
from referral.directory.instance import Instance
from referral.directory.listings import read_service
from referral.directory.search import find_services
from referral.directory.view_models import ServiceCard, ServicePage
from referral.records.accounts import Role
from referral.records.visibility import Audience
from referral.search.query import SearchQuery
from referral.settings import Settings
from tests.conftest import copied
from tests.support.inspector import InspectingClient, inspecting
from tests.support.plants import planted
from tests.support.server import serving
from tests.support.staff import add_account


def terminal_settings(instance: Instance, **more: Any) -> Settings:
    """Give the settings of a directory whose every visitor sits at a shared computer."""
    return replace(instance.settings, **{"terminal": True, "exit_address": "/about", **more})


@pytest.fixture(scope="session")
def sample_address(sample_app: Flask) -> Iterator[str]:
    """Serve the demo for a browser and give its address."""
    with serving(sample_app) as address:
        yield address


@pytest.fixture
def demo_address(demo: Instance) -> Iterator[str]:
    """Serve a copy of the demo with somebody who may do everything, and give its address."""
    add_account(demo, Role)
    with serving(create_app(demo.settings, demo)) as address:
        yield address


@pytest.fixture(scope="session")
def own_instance(
    sample_instance: Instance, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Instance]:
    """Give the demo's listings in a directory that these tests may add lists to."""
    with copied(sample_instance, tmp_path_factory.mktemp("my-list") / "demo") as instance:
        yield instance


@pytest.fixture(scope="session")
def own_app(own_instance: Instance) -> Flask:
    """Give the site of this directory."""
    return create_app(own_instance.settings, own_instance)


@pytest.fixture
def own_client(own_app: Flask) -> InspectingClient:
    """Give a client of it that inspects every page it fetches, for withheld text too."""
    return inspecting(own_app, *planted())


@pytest.fixture(scope="session")
def own_address(own_app: Flask) -> Iterator[str]:
    """Serve it for a browser and give its address."""
    with serving(own_app) as address:
        yield address


@pytest.fixture(scope="session")
def terminal_address(sample_instance: Instance) -> Iterator[str]:
    """Serve the demo as a library's terminals see it."""
    with serving(create_app(terminal_settings(sample_instance), sample_instance)) as address:
        yield address


@pytest.fixture(scope="session")
def plain_client(sample_app: Flask) -> FlaskClient:
    """Give a client that takes what it gets: for many pages, and for packed ones."""
    return FlaskClient(sample_app, sample_app.response_class)


@pytest.fixture(scope="session")
def sample_cards(sample_instance: Instance) -> list[ServiceCard]:
    """Give the card of every public service of the demo."""
    cards: list[ServiceCard] = []
    page = 1
    while True:
        found = find_services(sample_instance, SearchQuery(), Audience.PUBLIC, page, limit=200)
        cards += found.cards
        if not found.cards.has_next:
            return cards
        page += 1


@pytest.fixture(scope="session")
def sample_service(
    sample_instance: Instance, sample_cards: list[ServiceCard]
) -> Callable[[Callable[[ServicePage], object]], ServicePage]:
    """Give a function that finds the first service for which something is true."""

    @cache
    def read(service_id: str) -> ServicePage:
        return read_service(sample_instance, service_id, Audience.PUBLIC)

    def find(is_wanted: Callable[[ServicePage], object]) -> ServicePage:
        listings = (read(card.service.id) for card in sample_cards)
        return next(listing for listing in listings if is_wanted(listing))

    return find
