"""The rules about outcomes: what must be said before a conversation is over."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from referral.desk.codes import UNMET_GROUPS, FewerReason, Outcome, UnmetReason
from referral.desk.records import Inquiry, Need, ReferralGiven, closing_problems, outcome_problems
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
