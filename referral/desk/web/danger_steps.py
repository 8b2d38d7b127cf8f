"""What staff say and do: in danger, and when a person is handed over to a service.

In danger it differs by the danger, which the help line shown first tells. With violence at home
nothing happens without the person's consent: a call, a note or the police may put them in more
danger.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache

from flask_babel import gettext

from referral.directory.view_models import HelpLine
from referral.resources import resource_path

_EMERGENCY = "911"


class Danger(Enum):
    """Dangers that ask for different steps."""

    EMERGENCY = auto()
    SUICIDE = auto()
    VIOLENCE = auto()
    POISON = auto()
    CHILD = auto()
    ADULT = auto()
    YOUTH = auto()
    DISTRESS = auto()


_DANGER_OF_LINE = {
    "988": Danger.SUICIDE,
    "veterans-crisis": Danger.SUICIDE,
    "crisis-text": Danger.SUICIDE,
    "trevor": Danger.SUICIDE,
    "trans-lifeline": Danger.SUICIDE,
    "domestic-violence": Danger.VIOLENCE,
    "stronghearts": Danger.VIOLENCE,
    "sexual-assault": Danger.VIOLENCE,
    "human-trafficking": Danger.VIOLENCE,
    "poison": Danger.POISON,
    "child-abuse": Danger.CHILD,
    "eldercare": Danger.ADULT,
    "runaway": Danger.YOUTH,
    "samhsa": Danger.DISTRESS,
    "disaster-distress": Danger.DISTRESS,
}


def danger_of(lines: Sequence[HelpLine]) -> Danger:
    """The danger that these lines are shown for; violence goes before an emergency.

    A line of the library's own gets the general steps.
    """
    keys = [line.key for line in lines]
    if keys[:1] == [_EMERGENCY]:
        after = {_DANGER_OF_LINE.get(key) for key in keys[1:]}
        return Danger.VIOLENCE if Danger.VIOLENCE in after else Danger.EMERGENCY
    return _DANGER_OF_LINE.get(keys[0], Danger.DISTRESS) if keys else Danger.DISTRESS


def danger_steps(lines: Sequence[HelpLine]) -> list[str]:
    """What to say and do, in order."""
    phone = next((line.phone for line in lines if line.key != _EMERGENCY), _EMERGENCY)
    return [str(step) for step in _STEPS[danger_of(lines)](phone)]


def _emergency(_: str) -> list[str]:
    return [
        gettext("Call 911 now. Say where you are."),
        gettext("Say what happened, and when. Say what was taken, if anything."),
        gettext("Stay with the person. Stay calm."),
        gettext("Tell the person in charge of the building."),
    ]


def _suicide(phone: str) -> list[str]:
    return [
        gettext("Stay with the person. Stay calm."),
        gettext("Ask: “Are you thinking of killing yourself?” Asking does no harm."),
        gettext("Listen. Do not argue, and do not promise to keep it secret."),
        gettext("Call %(phone)s together, or offer a quiet phone.", phone=phone),
        gettext("Are they hurt? Are pills or a weapon nearby? Call 911."),
        gettext("Do not leave them alone until somebody else is there."),
    ]


def _violence(phone: str) -> list[str]:
    return [
        gettext("Go where nobody can see or hear you both."),
        gettext("Ask: “Is it safe to talk? Is the person who scares you here?”"),
        gettext("Do nothing without their yes: no call, no note, no police."),
        gettext("Offer a quiet phone. They may call %(phone)s, and stop any time.", phone=phone),
        gettext("Ask before you print or send anything. Somebody may find it."),
        gettext("Say: “You decide. You can come back any time.”"),
        gettext("Call 911 without a yes only when a life is in danger here, now."),
    ]


def _poison(phone: str) -> list[str]:
    return [
        gettext("Not awake, or hard to breathe? Call 911 now."),
        gettext("Awake and breathing? Call %(phone)s now, together.", phone=phone),
        gettext("Have the package at hand. Say how much, and when."),
        gettext("Do not make them throw up. Give nothing unless the line says so."),
        gettext("Was it on purpose? Then stay, and call 988 as well."),
    ]


def _child(phone: str) -> list[str]:
    return [
        gettext("Is the child in danger right now? Call 911."),
        gettext("Listen. Say: “It is good that you told me. It is not your fault.”"),
        gettext("Do not ask for more than they tell. Do not promise to keep it secret."),
        gettext("Tell the person in charge. The law may say that you must report."),
        gettext("Call %(phone)s. They tell you how, and you need no name.", phone=phone),
        gettext("Do not talk to the person who may have done it."),
    ]


def _adult(phone: str) -> list[str]:
    return [
        gettext("Speak with the person alone. Family and helpers wait outside."),
        gettext("Ask: “Do you feel safe where you live?”"),
        gettext("Are they in danger right now? Call 911."),
        gettext("Ask before you call anybody. An adult decides."),
        gettext("Call %(phone)s together, or offer a quiet phone.", phone=phone),
        gettext("Tell the person in charge. The law may say that you must report."),
    ]


def _youth(phone: str) -> list[str]:
    return [
        gettext("Say: “It is good that you came. You are not in trouble.”"),
        gettext("Ask: “Are you safe tonight? Is it safe at home?”"),
        gettext("Do not call the parents first. Home may be the danger."),
        gettext("Call %(phone)s together, or offer a quiet phone.", phone=phone),
        gettext("Are they in danger right now? Call 911."),
        gettext("Tell the person in charge of the building."),
    ]


def _distress(phone: str) -> list[str]:
    return [
        gettext("Stay with the person. Stay calm."),
        gettext("Ask: “Are you safe right now?”"),
        gettext("If not, call 911. Say where you are."),
        gettext("Call %(phone)s together, or offer a quiet phone.", phone=phone),
        gettext("Do not promise to keep a danger secret."),
        gettext("Tell the person in charge of the building."),
    ]


_STEPS = {
    Danger.EMERGENCY: _emergency,
    Danger.SUICIDE: _suicide,
    Danger.VIOLENCE: _violence,
    Danger.POISON: _poison,
    Danger.CHILD: _child,
    Danger.ADULT: _adult,
    Danger.YOUTH: _youth,
    Danger.DISTRESS: _distress,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A short plain text for one moment, in two languages; ``title_es`` and ``words_es`` too."""

    key: str
    title: str
    title_es: str
    words: str
    words_es: str


@cache
def warm_transfer_scripts() -> tuple[Script, ...]:
    """All scripts, in the order of a call."""
    path = resource_path("seed_data") / "hand_over_scripts.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(Script(**row) for row in csv.DictReader(file))
