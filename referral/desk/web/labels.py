"""Labels of the desk's codes, in the page's language."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from flask_babel import gettext, lazy_gettext, ngettext

from referral.desk.codes import (
    AccessNeed,
    AgeBand,
    AttemptResult,
    Barrier,
    Channel,
    ContactKind,
    FewerReason,
    FollowUpStatus,
    FurthestStep,
    Household,
    Method,
    Outcome,
    OutcomeProblem,
    QuestionType,
    Tried,
    UnmetReason,
    WhyNot,
)
from referral.desk.log_settings import LogField
from referral.web.code_labels import add_code_labels

_Labels = Mapping[Any, Any]

# One table for each kind of code, because codes of different kinds may be equal strings.
_LABELS: Mapping[type[StrEnum], _Labels] = {
    Channel: {
        Channel.IN_PERSON: lazy_gettext("In person"),
        Channel.PHONE: lazy_gettext("Phone"),
        Channel.TEXT: lazy_gettext("Text message"),
        Channel.CHAT: lazy_gettext("Chat"),
        Channel.EMAIL: lazy_gettext("E-mail"),
        Channel.OUTREACH: lazy_gettext("Out in town"),
        Channel.OTHER: lazy_gettext("Another way"),
    },
    QuestionType: {
        QuestionType.DIRECTIONAL: lazy_gettext("Directional"),
        QuestionType.REFERENCE: lazy_gettext("Reference"),
        QuestionType.REFERRAL: lazy_gettext("Referral"),
        QuestionType.TECHNOLOGY: lazy_gettext("Technology"),
    },
    LogField: {
        LogField.READ_SCALE: lazy_gettext("Effort (READ scale)"),
        LogField.MINUTES: lazy_gettext("Minutes"),
        LogField.COUNT: lazy_gettext("How many of these"),
        LogField.DAY: lazy_gettext("Another day than today"),
    },
    AgeBand: {band: lazy_gettext("Age %(ages)s", ages=band.value) for band in AgeBand},
    Household: {
        Household.ALONE: lazy_gettext("Lives alone"),
        Household.ADULTS: lazy_gettext("Adults only"),
        Household.WITH_CHILDREN: lazy_gettext("With children"),
        Household.NO_HOME: lazy_gettext("No home now"),
        Household.OTHER: lazy_gettext("Another way"),
    },
    Tried: {
        Tried.NOTHING: lazy_gettext("Nothing yet"),
        Tried.CALLED: lazy_gettext("Called"),
        Tried.WENT: lazy_gettext("Went there"),
        Tried.APPLIED: lazy_gettext("Applied"),
        Tried.WAITING: lazy_gettext("Waiting for an answer"),
        Tried.TURNED_DOWN: lazy_gettext("Was turned down"),
    },
    Barrier: {
        Barrier.TRANSPORT: lazy_gettext("No ride"),
        Barrier.MONEY: lazy_gettext("Money"),
        Barrier.LANGUAGE: lazy_gettext("Language"),
        Barrier.READING: lazy_gettext("Reading and forms"),
        Barrier.PHONE_OR_INTERNET: lazy_gettext("No phone or internet"),
        Barrier.CHILD_CARE: lazy_gettext("Child care"),
        Barrier.DOCUMENTS: lazy_gettext("Missing papers"),
        Barrier.WORK_HOURS: lazy_gettext("Work hours"),
        Barrier.HEALTH: lazy_gettext("Health"),
        Barrier.FEAR: lazy_gettext("Afraid to ask"),
        Barrier.ALONE: lazy_gettext("Cannot do it alone"),
    },
    AccessNeed: {
        AccessNeed.WHEELCHAIR: lazy_gettext("Wheelchair"),
        AccessNeed.HEARING: lazy_gettext("Hearing"),
        AccessNeed.SEEING: lazy_gettext("Seeing"),
        AccessNeed.INTERPRETER: lazy_gettext("Interpreter"),
        AccessNeed.PLAIN_WORDS: lazy_gettext("Plain words"),
        AccessNeed.QUIET: lazy_gettext("A quiet place"),
    },
    Outcome: {
        Outcome.REFERRED: lazy_gettext("Services given"),
        Outcome.INFORMATION: lazy_gettext("Answered"),
        Outcome.PARTLY_MET: lazy_gettext("Partly met"),
        Outcome.UNMET: lazy_gettext("Not met"),
        Outcome.DECLINED: lazy_gettext("Person declined"),
        Outcome.CRISIS: lazy_gettext("Handed to a crisis line"),
    },
    OutcomeProblem: {
        OutcomeProblem.NEED_MISSING: lazy_gettext("Say what the person needs."),
        OutcomeProblem.OUTCOME_MISSING: lazy_gettext("Say how this need stands."),
        OutcomeProblem.NO_SERVICE_GIVEN: lazy_gettext("Give a service, or choose another outcome."),
        OutcomeProblem.UNMET_WITH_SERVICES: lazy_gettext(
            "A service was given. Choose “Partly met”, or take it back."
        ),
        OutcomeProblem.REASON_MISSING: lazy_gettext("Choose the reason that comes closest."),
        OutcomeProblem.FEWER_THAN_THREE: lazy_gettext(
            "Three services give a person a choice. Add more, or say why fewer."
        ),
    },
    UnmetReason: {
        UnmetReason.NOT_ELIGIBLE: lazy_gettext("Not eligible"),
        UnmetReason.NONE_EXISTS: lazy_gettext("There is no such service"),
        UnmetReason.FULL: lazy_gettext("Full, or a waiting list"),
        UnmetReason.FUNDS_GONE: lazy_gettext("Funds are used up"),
        UnmetReason.HOURS_OR_TRANSPORT: lazy_gettext("Hours or no ride"),
        UnmetReason.COST: lazy_gettext("Cost"),
        UnmetReason.LANGUAGE: lazy_gettext("Language"),
        UnmetReason.DOCUMENTS: lazy_gettext("Missing papers"),
        UnmetReason.REFUSED: lazy_gettext("Turned down by the service"),
        UnmetReason.LIMIT_REACHED: lazy_gettext("Used as often as allowed"),
        UnmetReason.OTHER: lazy_gettext("Another reason"),
    },
    FewerReason: {
        FewerReason.NO_MORE_EXIST: lazy_gettext("There are no more"),
        FewerReason.THEIR_CHOICE: lazy_gettext("The person chose"),
        FewerReason.URGENT: lazy_gettext("It was urgent"),
        FewerReason.ONE_FITS: lazy_gettext("Only this one fits"),
    },
    Method: {
        Method.REFERRAL: lazy_gettext("Gave name and number"),
        Method.INFORMATION: lazy_gettext("Told about it"),
        Method.WARM_TRANSFER: lazy_gettext("Called and handed over"),
        Method.THREE_WAY_CALL: lazy_gettext("Called together"),
        Method.APPLICATION_HELP: lazy_gettext("Helped to apply"),
        Method.ADVOCACY: lazy_gettext("Spoke up for them"),
    },
    # The labels begin with different letters, so that a key press in a list chooses one.
    FurthestStep: {
        FurthestStep.NOT_TRIED: lazy_gettext("Did not try it"),
        FurthestStep.TRIED: lazy_gettext("Tried it"),
        FurthestStep.NOT_REACHED: lazy_gettext("Nobody answered"),
        FurthestStep.REACHED: lazy_gettext("Reached somebody"),
        FurthestStep.NO_HELP: lazy_gettext("Asked, but got no help"),
        FurthestStep.GOT_HELP: lazy_gettext("Got help"),
        FurthestStep.NOT_SOLVED: lazy_gettext("Helped, but the need is still there"),
        FurthestStep.SOLVED: lazy_gettext("Solved: the need is met"),
    },
    WhyNot: {
        WhyNot.NO_TIME: lazy_gettext("No time yet"),
        WhyNot.LOST_IT: lazy_gettext("Lost the slip"),
        WhyNot.WAITING: lazy_gettext("Still waiting"),
        WhyNot.SOLVED_OTHERWISE: lazy_gettext("Solved another way"),
        WhyNot.NOT_REACHED: lazy_gettext("Nobody answered"),
        WhyNot.WRONG_NUMBER: lazy_gettext("Wrong number"),
        WhyNot.NOT_ELIGIBLE: lazy_gettext("Not eligible"),
        WhyNot.FULL: lazy_gettext("Full, or a waiting list"),
        WhyNot.FUNDS_GONE: lazy_gettext("Funds are used up"),
        WhyNot.OTHER: lazy_gettext("Another reason"),
    },
    ContactKind: {
        ContactKind.PHONE: lazy_gettext("Phone call"),
        ContactKind.TEXT: lazy_gettext("Text message"),
        ContactKind.EMAIL: lazy_gettext("E-mail"),
        ContactKind.AT_DESK: lazy_gettext("They come back to the desk"),
    },
    FollowUpStatus: {
        FollowUpStatus.WAITING: lazy_gettext("Waiting"),
        FollowUpStatus.DONE: lazy_gettext("Done"),
        FollowUpStatus.GIVEN_UP: lazy_gettext("Not reached"),
        FollowUpStatus.FORGOTTEN: lazy_gettext("Forgotten"),
    },
    AttemptResult: {
        AttemptResult.REACHED: lazy_gettext("Reached"),
        AttemptResult.NO_ANSWER: lazy_gettext("No answer"),
        AttemptResult.LEFT_WORD: lazy_gettext("Asked to call us back"),
        AttemptResult.WRONG_CONTACT: lazy_gettext("Wrong number or address"),
    },
}


add_code_labels(_LABELS)


def due_words(days: int) -> str:
    """Return the label for how many days a follow-up is overdue, or how many days are left."""
    if days > 0:
        return str(ngettext("%(num)s day overdue", "%(num)s days overdue", days))
    if days < 0:
        return str(ngettext("in %(num)s day", "in %(num)s days", -days))
    return str(gettext("due today"))
