"""Fixtures for tests of pages: the demo site served, and its listings found by their content."""

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
    """Return the settings of an instance with every visitor at a shared computer."""
    return replace(instance.settings, **{"terminal": True, "exit_address": "/about", **more})


@pytest.fixture(scope="session")
def sample_address(sample_app: Flask) -> Iterator[str]:
    """Serve the demo for a browser, and yield its address."""
    with serving(sample_app) as address:
        yield address


@pytest.fixture
def demo_address(demo: Instance) -> Iterator[str]:
    """Serve a copy of the demo that has an account with all roles, and yield its address."""
    add_account(demo, Role)
    with serving(create_app(demo.settings, demo)) as address:
        yield address


@pytest.fixture(scope="session")
def own_instance(
    sample_instance: Instance, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Instance]:
    """Yield a copy of the demo that tests of patrons' lists may change."""
    with copied(sample_instance, tmp_path_factory.mktemp("my-list") / "demo") as instance:
        yield instance


@pytest.fixture(scope="session")
def own_app(own_instance: Instance) -> Flask:
    """Return the site of ``own_instance``."""
    return create_app(own_instance.settings, own_instance)


@pytest.fixture
def own_client(own_app: Flask) -> InspectingClient:
    """Return a client of ``own_app`` that inspects every page, for withheld text too."""
    return inspecting(own_app, *planted())


@pytest.fixture(scope="session")
def own_address(own_app: Flask) -> Iterator[str]:
    """Serve ``own_app`` for a browser, and yield its address."""
    with serving(own_app) as address:
        yield address


@pytest.fixture(scope="session")
def terminal_address(sample_instance: Instance) -> Iterator[str]:
    """Serve the demo in terminal mode, for a library's shared computers, and yield its address."""
    with serving(create_app(terminal_settings(sample_instance), sample_instance)) as address:
        yield address


@pytest.fixture(scope="session")
def plain_client(sample_app: Flask) -> FlaskClient:
    """Return a client that does not inspect pages, for many pages and for compressed ones."""
    return FlaskClient(sample_app, sample_app.response_class)


@pytest.fixture(scope="session")
def sample_cards(sample_instance: Instance) -> list[ServiceCard]:
    """Return the card of every public service of the demo."""
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
    """Return a function that finds the first service page of the demo that meets a condition."""

    @cache
    def read(service_id: str) -> ServicePage:
        return read_service(sample_instance, service_id, Audience.PUBLIC)

    def find(is_wanted: Callable[[ServicePage], object]) -> ServicePage:
        listings = (read(card.service.id) for card in sample_cards)
        return next(listing for listing in listings if is_wanted(listing))

    return find
