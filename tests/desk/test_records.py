"""The rules about outcomes: what must be said before a conversation is over."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.desk.codes import UNMET_GROUPS, FewerReason, Outcome, UnmetReason
from referral.desk.records import (
    CAME_IN,
    Inquiry,
    Need,
    ReferralGiven,
    closing_problems,
    outcome_problems,
)
from referral.fields.short_codes import ALPHABET, generate_code, normalize_code
from referral.records.problems import Severity

NOW = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)


def given_services(count):
    return tuple(
        ReferralGiven(id=f"r{number}", service_id=f"s{number}", said={}, given_at=NOW)
        for number in range(count)
    )


NEEDS = st.builds(
    Need,
    id=st.just("n1"),
    outcome=st.none() | st.sampled_from(Outcome),
    unmet_reason=st.none() | st.sampled_from(UnmetReason),
    fewer_reason=st.none() | st.sampled_from(FewerReason),
    referrals=st.integers(0, 5).map(given_services),
)


def codes(need):
    return set(outcome_problems(need))


@given(NEEDS)
def test_what_can_be_closed_has_an_outcome_that_its_services_bear_out(need):
    inquiry = Inquiry(id="i1", code="ABC", started_at=NOW, needs=(need,))
    if closing_problems(inquiry):
        return
    assert need.outcome is not None
    if need.outcome in {Outcome.REFERRED, Outcome.PARTLY_MET}:
        assert need.referrals
    if need.outcome is Outcome.UNMET:
        assert not need.referrals
    if need.outcome in {Outcome.UNMET, Outcome.PARTLY_MET}:
        assert need.unmet_reason is not None


@given(NEEDS)
def test_fewer_than_three_is_warned_of_and_never_in_the_way(need):
    problems = [each for each in outcome_problems(need) if each == "fewer-than-three"]
    expected = (
        need.outcome is Outcome.REFERRED and len(need.referrals) < 3 and need.fewer_reason is None
    )
    assert [each.severity for each in problems] == [Severity.WARNING] * expected


@pytest.mark.parametrize(
    ("outcome", "services", "unmet", "fewer", "problems"),
    [
        (None, 1, None, None, {"outcome-missing"}),
        (Outcome.REFERRED, 0, None, FewerReason.URGENT, {"no-service-given"}),
        (Outcome.REFERRED, 2, None, None, {"fewer-than-three"}),
        (Outcome.REFERRED, 2, None, FewerReason.URGENT, set()),
        (Outcome.REFERRED, 3, None, None, set()),
        (Outcome.PARTLY_MET, 0, UnmetReason.COST, None, {"no-service-given"}),
        (Outcome.PARTLY_MET, 1, UnmetReason.COST, None, set()),
        (Outcome.PARTLY_MET, 1, None, None, {"reason-missing"}),
        (Outcome.UNMET, 0, UnmetReason.COST, None, set()),
        (Outcome.UNMET, 1, UnmetReason.COST, None, {"unmet-with-services"}),
        (Outcome.UNMET, 0, None, None, {"reason-missing"}),
        (Outcome.INFORMATION, 0, None, None, set()),
        (Outcome.DECLINED, 1, None, None, set()),
    ],
)
def test_what_an_outcome_asks_for(outcome, services, unmet, fewer, problems):
    need = Need(
        id="n1", outcome=outcome, unmet_reason=unmet, fewer_reason=fewer,
        referrals=given_services(services),
    )  # fmt: skip
    assert codes(need) == problems
    inquiry = Inquiry(id="i1", code="ABC", started_at=NOW, needs=(need,))
    assert set(closing_problems(inquiry)) == problems - {"fewer-than-three"}


@pytest.mark.parametrize(
    ("needs", "is_one_step"),
    [
        ((), True),
        ((Need(id="n1", heading="legal"),), True),
        ((Need(id="n1", heading="legal", term_code="BD"),), False),
        ((Need(id="n1", heading="legal", referrals=given_services(1)),), False),
        ((Need(id="n1", heading="legal"), Need(id="n2", heading="health")), False),
    ],
)
def test_what_a_question_of_one_step_can_say(needs, is_one_step):
    assert Inquiry(id="i1", code="ABC", started_at=NOW, needs=needs).is_one_step is is_one_step


def test_a_need_from_a_search_counts_once_it_has_an_outcome_or_a_service():
    def counted(*needs):
        inquiry = Inquiry(
            id="i1", code="ABC", started_at=NOW, needs=needs, from_search={"need:BD": CAME_IN}
        )
        return [need.id for need in inquiry.needs_to_count]

    own = Need(id="n1", heading="legal")
    for need, is_counted in (
        (Need(id="n2", term_code="BD"), False),
        (Need(id="n2", term_code="BD", outcome=Outcome.DECLINED), True),
        (Need(id="n2", term_code="BD", referrals=given_services(1)), True),
        (Need(id="n2", term_code="BH"), True),
    ):
        assert counted(own, need) == (["n1", "n2"] if is_counted else ["n1"])
    assert counted(Need(id="n2", term_code="BD")) == ["n2"], "the only one counts"


@given(st.lists(NEEDS, max_size=4))
def test_an_inquiry_closes_when_each_of_its_needs_may(needs):
    inquiry = Inquiry(id="i1", code="ABC", started_at=NOW, needs=tuple(needs))
    alone = [
        closing_problems(Inquiry(id="i1", code="ABC", started_at=NOW, needs=(need,)))
        for need in needs
    ]
    assert bool(closing_problems(inquiry)) == (not needs or any(alone))


def test_a_need_and_an_outcome_are_enough():
    need = Need(id="n1", outcome=Outcome.INFORMATION)
    assert closing_problems(Inquiry(id="i1", code="ABC", started_at=NOW, needs=(need,))) == []


def test_every_reason_says_what_kind_of_gap_it_is():
    assert set(UNMET_GROUPS) == set(UnmetReason)


@given(st.text())
def test_a_code_is_read_however_it_is_typed(noise):
    code = generate_code(6)
    assert len(code) == 6
    assert normalize_code(f" {code[:3].lower()}-{code[3:]} ") == code
    assert set(normalize_code(noise)) <= set(ALPHABET)
