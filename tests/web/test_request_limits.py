"""Limits on open data: honest numbers, each client by itself, and an end to waiting."""

import pytest

from referral.web.open_data.request_limits import RequestLimits


def test_a_client_waits_until_its_minute_is_over():
    seconds = [0.0]
    limits = RequestLimits(lambda: seconds[0])
    assert [limits.spend("a", 3).left for _ in range(3)] == [2, 1, 0]
    seconds[0] = 20
    over = limits.spend("a", 3)
    assert over.is_over
    assert over.headers()["Retry-After"] == "41"
    assert over.headers()["RateLimit"] == '"client";r=0;t=41'
    assert not limits.spend("b", 3).is_over
    seconds[0] = 60
    assert limits.spend("a", 3).left == 2


def test_what_costs_more_than_a_minute_allows_is_allowed_once():
    limits = RequestLimits(lambda: 0.0)
    assert not limits.spend("a", 10, cost=20).is_over
    assert limits.spend("a", 10).is_over


@pytest.mark.slow
def test_clients_are_forgotten():
    seconds = [0.0]
    limits = RequestLimits(lambda: seconds[0])
    for number in range(50_000):
        limits.spend(str(number), 3)
    seconds[0] = 61
    limits.spend("last", 3)
    assert len(limits._spent) == 1
