"""What staff do in danger differs by danger; with violence at home the person decides."""

import pytest

from referral.desk.web.danger_steps import Danger, danger_of, danger_steps
from referral.directory.help_lines import help_lines
from referral.directory.view_models import HelpLine

CONSENT = "Do nothing without their yes: no call, no note, no police."


def lines(instance, *keys):
    known = {line.key: line for line in help_lines(instance.settings)}
    return [known[key] for key in keys]


@pytest.mark.parametrize(
    ("keys", "danger"),
    [
        (["988"], Danger.SUICIDE),
        (["988", "911"], Danger.SUICIDE),
        (["911", "988"], Danger.EMERGENCY),
        (["domestic-violence", "911"], Danger.VIOLENCE),
        (["911", "domestic-violence"], Danger.VIOLENCE),
        (["stronghearts", "domestic-violence"], Danger.VIOLENCE),
        (["poison"], Danger.POISON),
        (["child-abuse", "sexual-assault"], Danger.CHILD),
        (["eldercare", "911"], Danger.ADULT),
        (["runaway"], Danger.YOUTH),
        (["samhsa"], Danger.DISTRESS),
        (["911"], Danger.EMERGENCY),
    ],
)
def test_the_danger_comes_from_the_lines(sample_app, sample_instance, keys, danger):
    found = lines(sample_instance, *keys)
    assert danger_of(found) is danger
    with sample_app.test_request_context("/"):
        steps = danger_steps(found)
    assert (CONSENT in steps) is (danger is Danger.VIOLENCE)
    if danger not in {Danger.EMERGENCY, Danger.VIOLENCE}:
        named = next(line.phone for line in found if line.key != "911")
        assert any(named in step for step in steps)


def test_a_line_of_the_librarys_own_gets_the_general_steps():
    own = HelpLine(key="county-line", name="County line", phone="814-555-0100", tel="+18145550100")
    assert danger_of([own]) is Danger.DISTRESS
