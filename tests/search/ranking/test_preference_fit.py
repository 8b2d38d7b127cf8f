"""What fits comes first, what does not or is not known after it, and nothing is hidden."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from referral.records.conditions import people_in
from referral.records.hsds import (
    CostOption,
    Language,
    Location,
    Organization,
    Schedule,
    Service,
    ServiceAtLocation,
)
from referral.search.query import Fit, PreferenceKind, SearchQuery, Sort
from referral.search.sites import moments_meant

WEDNESDAY_NOON = datetime(2026, 12, 2, 17, tzinfo=UTC)  # 12:00 there


def service(key, *, text="soup", opens="", languages=(), fee=None, ages=(None, None), name=""):
    """Yield a service at one place."""
    low, high = ages
    yield Service(
        id=key,
        organization_id="o",
        name=name or f"{key}{key} help",
        description=text,
        minimum_age=low,
        maximum_age=high,
    )
    yield Location(id=key, location_type="physical")
    yield ServiceAtLocation(id=key, service_id=key, location_id=key)
    if opens:
        start, end = opens.split("-")
        yield Schedule(
            id=key,
            service_id=key,
            freq="WEEKLY",
            byday="MO,TU,WE,TH,FR",
            opens_at=start,
            closes_at=end,
        )
    for code in languages:
        yield Language(id=f"{key}{code}", service_id=key, code=code)
    if fee is not None:
        yield CostOption(id=key, service_id=key, amount=fee)


@pytest.fixture
def searching(indexed):
    """Give a function that indexes services and returns the index."""

    def make(*services):
        records = [record for each in services for record in each]
        return indexed(Organization(id="o", name="Agency"), *records)

    return make


def found(index, words, **asked):
    answer = index.search(SearchQuery(words=words, **asked))
    return [(hit.service_id, hit.fit) for hit in answer.hits], answer


@time_machine.travel(WEDNESDAY_NOON, tick=False)
@pytest.mark.parametrize(
    ("words", "first"), [("soup right now", "noon"), ("soup tonight", "evening")]
)
def test_what_is_open_comes_first(searching, words, first):
    index = searching(
        service("closed", opens="09:00-10:00"),
        service("evening", opens="17:00-21:00"),
        service("noon", opens="11:00-13:00"),
        service("unlisted"),
    )
    hits, answer = found(index, words)
    assert hits[0] == (first, Fit.FITS)
    assert hits[1] == ("unlisted", Fit.UNKNOWN)
    assert {fit for _, fit in hits[2:]} == {Fit.MISFIT}
    (preference,) = answer.preferences
    assert (preference.fits, preference.unknown, preference.misfits) == (1, 1, 2)


@time_machine.travel(WEDNESDAY_NOON, tick=False)
def test_a_day_whose_hours_are_not_known_is_no_misfit(searching):
    """Neither a row without times nor words that name the day make it closed, or open."""
    doubtful = Schedule(id="d", service_id="doubtful", freq="WEEKLY", byday="WE")
    worded = Schedule(id="w", service_id="worded", description="Wednesday by appointment")
    other_day = Schedule(id="x", service_id="other", description="Friday by appointment")
    index = searching(
        service("closed", opens="09:00-10:00"),
        service("noon", opens="11:00-13:00"),
        (*service("doubtful"), doubtful),
        (*service("worded"), worded),
        (*service("other", opens="09:00-10:00"), other_day),
    )
    fits = dict(found(index, "soup right now")[0])
    assert fits == {
        "noon": Fit.FITS,
        "doubtful": Fit.UNKNOWN,
        "worded": Fit.UNKNOWN,
        "closed": Fit.MISFIT,
        "other": Fit.MISFIT,
    }
    answer = index.search(SearchQuery(words="soup", open_at=WEDNESDAY_NOON))
    assert [hit.service_id for hit in answer.hits] == ["noon"]


@pytest.mark.parametrize(
    ("words", "order"),
    [
        (
            "soup who speaks spanish",
            [("es", Fit.FITS), ("silent", Fit.UNKNOWN), ("fr", Fit.MISFIT)],
        ),
        ("soup no money", [("gratis", Fit.FITS), ("silent", Fit.UNKNOWN), ("paid", Fit.MISFIT)]),
        ("soup my mother is 80", [("silent", Fit.FITS), ("young", Fit.MISFIT)]),
        ("soup for kids", [("silent", Fit.FITS), ("young", Fit.FITS), ("old", Fit.MISFIT)]),
        ("soup delivered", [("silent", Fit.UNKNOWN)]),
        ("soup wheelchair accessible", [("silent", Fit.UNKNOWN)]),
    ],
)
def test_order_by_what_is_known(searching, words, order):
    index = searching(
        service("es", languages=["es", "en"]),
        service("fr", languages=["fr"]),
        service("gratis", fee=0.0),
        service("paid", fee=25.0),
        service("young", ages=(None, 12.0)),
        service("old", ages=(60.0, None)),
        service("silent"),
    )
    hits, answer = found(index, words)
    fits = dict(hits)
    for key, fit in order:
        assert fits[key] is fit
    states = list(Fit)
    assert [states.index(fit) for _, fit in hits] == sorted(states.index(fit) for _, fit in hits)
    assert len(hits) == answer.total == 7


def test_two_of_them_must_both_fit(searching):
    index = searching(
        service("both", languages=["es"], fee=0.0),
        service("one", languages=["es"], fee=9.0),
        service("perhaps", fee=0.0),
    )
    hits, _ = found(index, "soup in spanish no money")
    assert hits == [("both", Fit.FITS), ("perhaps", Fit.UNKNOWN), ("one", Fit.MISFIT)]


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("soup for men", "soup for men and women", "soup for women only"),
        ("soup for women", "soup for women", "soup. men only"),
        ("soup for couples", "soup for couples", "soup for single adults"),
        ("soup for families", "soup. families welcome", "soup for single men"),
        ("soup no id", "soup. No ID needed.", "soup. Bring photo ID."),
        ("soup no id", "soup. You do not need an ID, but it helps.", "soup, with photo ID"),
        ("soup without a referral", "soup. Walk-ins welcome.", "soup. By referral only."),
    ],
)
def test_who_is_served_and_which_papers_are_conditions(searching, words, first, last):
    index = searching(service("c", text=last), service("b", text="soup"), service("a", text=first))
    hits, _ = found(index, words)
    assert hits == [("a", Fit.FITS), ("b", Fit.UNKNOWN), ("c", Fit.MISFIT)]


def test_who_takes_families_too_is_not_for_singles_only():
    assert "only-single" in people_in("", "Single men")
    assert "only-single" not in people_in("", "Single men, families welcome")


def test_what_fits_but_is_hardly_meant_comes_last(searching):
    weak = " ".join(f"word{number}" for number in range(400)) + " soup"
    index = searching(
        service("meant", name="Soup kitchen soup", text="soup soup", fee=9.0),
        service("weak", text=weak, fee=0.0),
    )
    hits, _ = found(index, "soup no money")
    assert hits == [("meant", Fit.MISFIT), ("weak", Fit.WEAK)]
    by_name, _ = found(index, "soup no money", sort=Sort.NAME)
    assert by_name == [("weak", Fit.FITS), ("meant", Fit.MISFIT)]


def test_a_whole_name_stays_first(searching):
    index = searching(
        service("named", name="Clothing Tonight", opens="09:00-09:01"),
        service("other", name="Clothing and more", text="clothing", opens="00:00-23:59"),
    )
    hits, _ = found(index, "clothing tonight")
    assert hits[0] == ("named", Fit.NOT_ASKED)


def test_nothing_said_is_nothing_asked(searching):
    hits, answer = found(searching(service("a")), "soup")
    assert hits == [("a", Fit.NOT_ASKED)]
    assert answer.preferences == ()


def test_counting_alone_tells_what_was_read(searching):
    answer = searching(service("a")).search(SearchQuery(words="soup no money"), limit=0)
    assert [each.kind for each in answer.preferences] == [PreferenceKind.COST]


@pytest.mark.parametrize(
    ("said", "hour", "hours"),
    [
        ("now", 9, [9]),
        ("tonight", 9, [18, 20]),
        ("tonight", 19, [19, 20]),
        ("tonight", 23, [23]),
        ("tonight", 3, [3]),
    ],
)
def test_moments(said, hour, hours):
    now = datetime(2026, 12, 2, hour, tzinfo=UTC)
    assert [moment.hour for moment in moments_meant(said, now, "UTC")] == hours


def test_the_evening_is_that_of_the_place():
    now = datetime(2026, 12, 2, 22, 30, tzinfo=UTC)  # half past two in the afternoon there
    moments = moments_meant("tonight", now, "America/Los_Angeles")
    assert [moment.astimezone(UTC).hour for moment in moments] == [2, 4]


SAID = [
    "tonight", "right now", "for kids", "my mother is 80", "who speaks spanish", "no money", "gratis",
    "wheelchair accessible", "delivered", "by phone", "para mis hijos", "en español",
]  # fmt: skip


@pytest.fixture
def mixed(searching):
    """Give an index of services of all kinds."""
    keys = range(12)
    return searching(
        *(
            service(
                f"s{key}",
                text="soup and rent" if key % 3 else "soup",
                opens="09:00-21:00" if key % 2 else "",
                languages=["es"] if key % 4 == 1 else [],
                fee=float(key % 3) if key % 5 else None,
                ages=(18.0, None) if key % 6 == 2 else (None, None),
            )
            for key in keys
        )
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(SAID), max_size=4, unique=True), st.sampled_from(list(Sort)))
def test_nothing_is_ever_hidden(mixed, said, sort):
    query = SearchQuery(words=" ".join(["soup", *said]), sort=sort)
    answer, plain = mixed.search(query), mixed.search(SearchQuery(words="soup"))
    assert answer.total == plain.total
    assert {hit.service_id for hit in answer.hits} == {hit.service_id for hit in plain.hits}
    for preference in answer.preferences:
        assert preference.fits + preference.unknown + preference.misfits == answer.total
