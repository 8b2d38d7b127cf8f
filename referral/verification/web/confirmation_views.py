"""Pages for confirmation mails to all due providers: the preview and the rounds with replies."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext, lazy_gettext

from referral.accounts.links import LIFETIMES, LinkPurpose
from referral.errors import RefusedError
from referral.verification.confirmation_mails import (
    list_rounds,
    plan_confirmations,
    read_round,
    resume_confirmations,
    start_confirmations,
    stop_confirmations,
)
from referral.verification.web.labels import MAIL_STATUSES
from referral.verification.web.views import REVIEW
from referral.web.current import current_instance, current_settings
from referral.web.forms import PressForm
from referral.web.messages import message_text
from referral.web.staff.access import current_account, requires
from referral.web.staff.labels import add_audit_labels

confirmations = Blueprint("confirmations", __name__, url_prefix="/curation/verification/mails")
_LANGUAGES = ("en", "es")
_LINK = "{link}"  # placeholders, replaced when a mail is sent
_NAME = "{name}"


def register(app: Flask) -> None:
    """Register the pages of confirmation mails, which are linked from the check queue."""
    app.register_blueprint(confirmations)
    add_audit_labels(
        {
            "confirmations-started": lazy_gettext("mailed all providers that were due"),
            "confirmations-stopped": lazy_gettext("stopped the mails to providers"),
            "confirmations-resumed": lazy_gettext("went on with the mails to providers"),
        },
        kinds={"confirmation_round": lazy_gettext("mails to providers")},
        addresses={
            "confirmation_round": lambda record_id: url_for("confirmations.one", round_id=record_id)
        },
    )


@confirmations.context_processor
def _labels() -> dict[str, object]:
    return {"mail_words": MAIL_STATUSES}


@confirmations.get("")
@requires(REVIEW)
def overview() -> ResponseReturnValue:
    """Show which providers would get a confirmation mail, and the rounds so far."""
    return _overview_page()


@confirmations.post("")
@requires(REVIEW)
def start() -> ResponseReturnValue:
    """Start a round of confirmation mails to all providers in the preview, and show it."""
    if not current_settings().sends_mail:
        return _overview_page(), 409
    try:
        round_id = start_confirmations(
            current_instance(),
            current_account().actor,
            request.form.get("digest", ""),
            mail_subject(),
            mail_text(),
        )
    except RefusedError as error:
        return _overview_page(message_text(error.message)), 409
    return redirect(url_for("confirmations.one", round_id=round_id))


@confirmations.get("/<uuid:round_id>")
@requires(REVIEW)
def one(round_id: UUID) -> ResponseReturnValue:
    """Show a round of confirmation mails, with the status of each mail."""
    return _round_page(round_id)


@confirmations.post("/<uuid:round_id>/stop")
@requires(REVIEW)
def stop(round_id: UUID) -> ResponseReturnValue:
    """Stop a round of confirmation mails, and show it."""
    stop_confirmations(current_instance(), current_account().actor, str(round_id))
    return redirect(url_for("confirmations.one", round_id=round_id))


@confirmations.post("/<uuid:round_id>/resume")
@requires(REVIEW)
def resume(round_id: UUID) -> ResponseReturnValue:
    """Resume a round of confirmation mails, and show it."""
    try:
        resume_confirmations(current_instance(), current_account().actor, str(round_id))
    except RefusedError as error:
        return _round_page(round_id, message_text(error.message)), 409
    return redirect(url_for("confirmations.one", round_id=round_id))


def mail_subject() -> str:
    """Return the subject of confirmation mails in English and Spanish."""
    return _in_each_language(lambda: str(gettext("Please check your listing")), " / ")


def mail_text() -> str:
    """Return the text of confirmation mails in English and Spanish, with placeholders."""
    return _in_each_language(_text_in_locale, "\n\n* * *\n\n") + "\n"


def _in_each_language(text_in_locale: Callable[[], str], separator: str) -> str:
    texts = []
    for language in _LANGUAGES:
        with force_locale(language):
            texts.append(text_in_locale())
    return separator.join(texts)


def _text_in_locale() -> str:
    settings = current_settings()
    reached = ", ".join(filter(None, (settings.ask_email, settings.ask_phone)))
    paragraphs = [
        gettext("Hello!"),
        gettext(
            "%(name)s is in the list of %(library)s. People find you there when they need help.",
            name=_NAME,
            library=settings.library_name,
        ),
        gettext(
            "Is what we say about you still right? Please open this link. "
            "Say that all is right, or correct it. You need no account."
        ),
        _LINK,
        gettext(
            "The link works once, for %(days)s days.", days=LIFETIMES[LinkPurpose.PROVIDER].days
        ),
        gettext("Do you have a question? Ask us: %(reached)s", reached=reached) if reached else "",
        gettext("Thank you!"),
        settings.library_name,
    ]
    return "\n\n".join(filter(None, map(str, paragraphs)))


def _overview_page(refusal: str = "") -> str:
    instance = current_instance()
    return render_template(
        "verification/confirmations.html",
        plan=plan_confirmations(instance),
        rounds=list_rounds(instance),
        sends_mail=current_settings().sends_mail,
        again_days=current_settings().ask_again_days,
        subject=mail_subject(),
        text=mail_text(),
        refusal=refusal,
        press=PressForm(),
    )


def _round_page(round_id: UUID, refusal: str = "") -> str:
    return render_template(
        "verification/confirmation_round.html",
        page=read_round(current_instance(), str(round_id)),
        refusal=refusal,
        press=PressForm(),
    )
