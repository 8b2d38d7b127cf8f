"""Scripts for staff: steps for each kind of danger, and sentences for warm transfers to services.

The steps depend on the kind of danger, which follows from the help lines shown. With violence at
home nothing is done without the person's consent: a call, a note or the police may put them in more
danger.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from typing import Any

from flask_babel import lazy_gettext

from referral.directory.view_models import HelpLine
from referral.resources import resource_path

_EMERGENCY = "911"


class Danger(Enum):
    """A kind of danger for a person at the desk, such as violence, with its own steps for staff."""

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
    """Return the kind of danger for which help lines are shown.

    Violence takes priority over emergency.

    A help line that the library added gets the general steps.
    """
    keys = [line.key for line in lines]
    if keys[:1] == [_EMERGENCY]:
        after = {_DANGER_OF_LINE.get(key) for key in keys[1:]}
        return Danger.VIOLENCE if Danger.VIOLENCE in after else Danger.EMERGENCY
    return _DANGER_OF_LINE.get(keys[0], Danger.DISTRESS) if keys else Danger.DISTRESS


def danger_steps(lines: Sequence[HelpLine]) -> list[str]:
    """Return the steps that staff take, in order, when help lines for a danger are shown."""
    phone = next((line.phone for line in lines if line.key != _EMERGENCY), _EMERGENCY)
    return [str(step) % {"phone": phone} for step in _STEPS[danger_of(lines)]]


_STEPS: Mapping[Danger, tuple[Any, ...]] = {
    Danger.EMERGENCY: (
        lazy_gettext("Call 911 now. Say where you are."),
        lazy_gettext("Say what happened, and when. Say what was taken, if anything."),
        lazy_gettext("Stay with the person. Stay calm."),
        lazy_gettext("Tell the person in charge of the building."),
    ),
    Danger.SUICIDE: (
        lazy_gettext("Stay with the person. Stay calm."),
        lazy_gettext("Ask: “Are you thinking of killing yourself?” Asking does no harm."),
        lazy_gettext("Listen. Do not argue, and do not promise to keep it secret."),
        lazy_gettext("Call %(phone)s together, or offer a quiet phone."),
        lazy_gettext("Are they hurt? Are pills or a weapon nearby? Call 911."),
        lazy_gettext("Do not leave them alone until somebody else is there."),
    ),
    Danger.VIOLENCE: (
        lazy_gettext("Go where nobody can see or hear you both."),
        lazy_gettext("Ask: “Is it safe to talk? Is the person who scares you here?”"),
        lazy_gettext("Do nothing without their yes: no call, no note, no police."),
        lazy_gettext("Offer a quiet phone. They may call %(phone)s, and stop any time."),
        lazy_gettext("Ask before you print or send anything. Somebody may find it."),
        lazy_gettext("Say: “You decide. You can come back any time.”"),
        lazy_gettext("Call 911 without a yes only when a life is in danger here, now."),
    ),
    Danger.POISON: (
        lazy_gettext("Not awake, or hard to breathe? Call 911 now."),
        lazy_gettext("Awake and breathing? Call %(phone)s now, together."),
        lazy_gettext("Have the package at hand. Say how much, and when."),
        lazy_gettext("Do not make them throw up. Give nothing unless the line says so."),
        lazy_gettext("Was it on purpose? Then stay, and call 988 as well."),
    ),
    Danger.CHILD: (
        lazy_gettext("Is the child in danger right now? Call 911."),
        lazy_gettext("Listen. Say: “It is good that you told me. It is not your fault.”"),
        lazy_gettext("Do not ask for more than they tell. Do not promise to keep it secret."),
        lazy_gettext("Tell the person in charge. The law may say that you must report."),
        lazy_gettext("Call %(phone)s. They tell you how, and you need no name."),
        lazy_gettext("Do not talk to the person who may have done it."),
    ),
    Danger.ADULT: (
        lazy_gettext("Speak with the person alone. Family and helpers wait outside."),
        lazy_gettext("Ask: “Do you feel safe where you live?”"),
        lazy_gettext("Are they in danger right now? Call 911."),
        lazy_gettext("Ask before you call anybody. An adult decides."),
        lazy_gettext("Call %(phone)s together, or offer a quiet phone."),
        lazy_gettext("Tell the person in charge. The law may say that you must report."),
    ),
    Danger.YOUTH: (
        lazy_gettext("Say: “It is good that you came. You are not in trouble.”"),
        lazy_gettext("Ask: “Are you safe tonight? Is it safe at home?”"),
        lazy_gettext("Do not call the parents first. Home may be the danger."),
        lazy_gettext("Call %(phone)s together, or offer a quiet phone."),
        lazy_gettext("Are they in danger right now? Call 911."),
        lazy_gettext("Tell the person in charge of the building."),
    ),
    Danger.DISTRESS: (
        lazy_gettext("Stay with the person. Stay calm."),
        lazy_gettext("Ask: “Are you safe right now?”"),
        lazy_gettext("If not, call 911. Say where you are."),
        lazy_gettext("Call %(phone)s together, or offer a quiet phone."),
        lazy_gettext("Do not promise to keep a danger secret."),
        lazy_gettext("Tell the person in charge of the building."),
    ),
}
"""Steps for staff by danger, in order, with a placeholder for the help line's number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A short text that staff say at one moment of a warm transfer, in English and Spanish."""

    key: str
    title: str
    title_es: str
    words: str
    words_es: str


@cache
def warm_transfer_scripts() -> tuple[Script, ...]:
    """Return the texts that staff say during a warm transfer, in the order of the call."""
    path = resource_path("seed_data") / "hand_over_scripts.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(Script(**row) for row in csv.DictReader(file))
