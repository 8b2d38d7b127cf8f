"""Limits on open data: honest numbers, each client by itself, and an end to waiting."""

import pytest

from referral.open_data.web.data_responses import RequestLimits, cost_of_records


def test_a_client_waits_until_its_minute_is_over():
    seconds = [0.0]
    limits = RequestLimits(3, lambda: seconds[0])
    assert [limits.spend("a").left for _ in range(3)] == [2, 1, 0]
    seconds[0] = 20
    over = limits.spend("a")
    assert over.is_over
    assert over.headers()["Retry-After"] == "41"
    assert over.headers()["RateLimit"] == '"client";r=0;t=41'
    assert not limits.spend("b").is_over
    seconds[0] = 60
    assert limits.spend("a").left == 2


def test_what_costs_more_than_a_minute_allows_is_allowed_once():
    limits = RequestLimits(10, lambda: 0.0)
    assert not limits.spend("a", cost=20).is_over
    assert limits.spend("a").is_over


@pytest.mark.parametrize(
    ("pages", "are_whole"),
    [
        (300, True),  # of a hundred services in full
        (1_204, False),  # of the feed of changes, as measured in docs/open-data.md
    ],
)
def test_a_first_pull_of_30_000_services_ends_within_a_quarter_of_an_hour(pages, are_whole):
    seconds = 0.0
    limits = RequestLimits(clock=lambda: seconds)
    for _ in range(pages):
        if (quota := limits.spend("follower")).is_over:
            seconds += quota.seconds
            assert not limits.spend("follower").is_over
        limits.spend("follower", cost_of_records(100, are_whole=are_whole))
    assert seconds <= 15 * 60


@pytest.mark.slow
def test_clients_are_forgotten():
    seconds = [0.0]
    limits = RequestLimits(clock=lambda: seconds[0])
    for number in range(50_000):
        limits.spend(str(number))
    seconds[0] = 61
    limits.spend("last")
    assert len(limits._windows) == 1
