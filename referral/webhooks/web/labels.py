"""Labels of how calls of webhooks ended."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext, lazy_gettext
from flask_babel.speaklater import LazyString

from referral.webhooks.records import CallOutcome, CallResult

_OUTCOME_LABELS: Mapping[str, LazyString] = {
    CallOutcome.NONE: lazy_gettext("Not called yet."),
    CallOutcome.TAKEN: lazy_gettext("It was accepted."),
    CallOutcome.REFUSED_ADDRESS: lazy_gettext(
        "We may not call it: it has no https, or is in a private network."
    ),
    CallOutcome.BAD_CERTIFICATE: lazy_gettext("Its certificate is not valid."),
    CallOutcome.NO_ANSWER: lazy_gettext("No answer came."),
    CallOutcome.MOVED: lazy_gettext("It leads to another address. Add that one, please."),
    CallOutcome.FAULT: lazy_gettext("It said that it did not accept the call."),
    CallOutcome.GONE: lazy_gettext("It said that it wants no more calls."),
}


def result_text(result: CallResult) -> str:
    """How a call ended, with its status."""
    text = str(_OUTCOME_LABELS[result.outcome])
    if not result.status:
        return text
    status = gettext("(Status %(status)s)", status=result.status)
    return f"{text} {status}"
