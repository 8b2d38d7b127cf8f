"""Pages for checking listings: the queue, one listing with its reports, answers of providers."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.accounts.mail import Mail, MailError, send_mail
from referral.errors import NotFoundError
from referral.records.accounts import Permission
from referral.verification.check_queue import (
    first_check,
    list_verification,
    log_contact,
    read_check,
    read_check_progress,
    undo_last_check,
)
from referral.verification.feedback import handle_report
from referral.verification.provider_answer import is_unreadable
from referral.verification.provider_links import ProviderLink, make_provider_link
from referral.verification.records import (
    TRIES_BEFORE_INACTIVE,
    CheckAge,
    ContactMethod,
    ContactResult,
    ReportStatus,
)
from referral.verification.suggestions import decide_answer, list_answers, read_answer
from referral.verification.web.labels import AGES, HOW, REPORTS, RESULTS, RIGHT_KEYS, STATUSES
from referral.web.current import current_instance, current_settings, page_number, path_below
from referral.web.formatting import format_date
from referral.web.forms import PressForm
from referral.web.staff.access import current_account, requires

verification = Blueprint("verification", __name__, url_prefix="/curation/verification")
REVIEW = Permission.REVIEW_FEEDBACK


@verification.context_processor
def _words() -> dict[str, object]:
    return {
        "age_words": AGES,
        "report_words": REPORTS,
        "how_words": HOW,
        "right_keys": RIGHT_KEYS,
        "result_words": RESULTS,
        "status_words": STATUSES,
    }


@verification.get("")
@requires(REVIEW)
def queue() -> ResponseReturnValue:
    """List what needs a check, the most needed first."""
    asked = request.args.get("only", "")
    only = asked if asked in {"reported", *CheckAge} else ""
    instance = current_instance()
    return render_template(
        "verification/queue.html",
        listed=list_verification(instance, only, page_number()),
        only=only,
        answers=list_answers(instance),
        press=PressForm(),
        note=_note(),
    )


@verification.get("/services/<uuid:service_id>")
@requires(REVIEW)
def check(service_id: UUID) -> ResponseReturnValue:
    """Show what to ask about one listing, and what came of asking before."""
    return render_template(
        "verification/check.html",
        check=read_check(current_instance(), str(service_id)),
        progress=read_check_progress(current_instance(), current_account(), str(service_id)),
        sends_mail=current_settings().sends_mail,
        tries_needed=TRIES_BEFORE_INACTIVE,
        press=PressForm(),
        note=_note(),
    )


@verification.post("/services/<uuid:service_id>/right")
@requires(REVIEW)
def right(service_id: UUID) -> ResponseReturnValue:
    """Note how somebody found that a listing is still right, and go on to the next."""
    instance, account, how = current_instance(), current_account(), _how()
    following = read_check_progress(instance, account, str(service_id)).following
    log_contact(instance, account, str(service_id), how, ContactResult.RIGHT)
    return _check_or_queue(following)


@verification.get("/next")
@requires(REVIEW)
def first() -> ResponseReturnValue:
    """Begin with the listing that needs a check most."""
    return _check_or_queue(first_check(current_instance()))


@verification.post("/undo")
@requires(REVIEW)
def undo_last() -> ResponseReturnValue:
    """Take back the last check of this person, and show its listing again."""
    try:
        service_id = undo_last_check(current_instance(), current_account())
    except NotFoundError:
        return redirect(url_for("verification.queue"))
    return redirect(url_for("verification.check", service_id=service_id))


def _check_or_queue(service_id: str) -> ResponseReturnValue:
    if not service_id:
        return redirect(url_for("verification.queue", done="all"))
    return redirect(url_for("verification.check", service_id=service_id))


@verification.post("/services/<uuid:service_id>/tries")
@requires(REVIEW)
def log_try(service_id: UUID) -> ResponseReturnValue:
    """Note that somebody asked, and what came of it."""
    results = {each.value: each for each in ContactResult}
    result = results.get(request.form.get("result", ""), ContactResult.NO_ANSWER)
    log_contact(current_instance(), current_account(), str(service_id), _how(), result)
    return redirect(url_for("verification.check", service_id=service_id, done="tried"))


@verification.post("/services/<uuid:service_id>/link")
@requires(REVIEW)
def make_link(service_id: UUID) -> ResponseReturnValue:
    """Make the link by which a provider looks its listing over, and hand it over."""
    instance = current_instance()
    listing = read_check(instance, str(service_id)).listing
    link = make_provider_link(instance, current_account().actor, listing.service.organization_id)
    handed = deliver_link(link, send=request.form.get("send") == "mail")
    return render_template("verification/provider_link.html", listing=listing, handed=handed)


@verification.post("/reports/<uuid:report_id>")
@requires(REVIEW)
def decide_report(report_id: UUID) -> ResponseReturnValue:
    """Note that a report was seen to, or was none."""
    is_done = request.form.get("decision") != "declined"
    status = ReportStatus.DONE if is_done else ReportStatus.DECLINED
    actor = current_account().actor
    service_id = handle_report(current_instance(), actor, str(report_id), status)
    return redirect(url_for("verification.check", service_id=service_id, done="report"))


@verification.get("/answers/<uuid:answer_id>")
@requires(REVIEW)
def answer(answer_id: UUID) -> ResponseReturnValue:
    """Show what a provider sent, beside what the listing says."""
    found = read_answer(current_instance(), str(answer_id))
    area_code = current_settings().area_code
    return render_template(
        "verification/answer.html",
        answer=found,
        unreadable={
            each.id
            for each in found.suggestions
            if is_unreadable(each.field, each.after, area_code)
        },
        press=PressForm(),
    )


@verification.post("/answers/<uuid:answer_id>")
@requires(REVIEW)
def decide(answer_id: UUID) -> ResponseReturnValue:
    """Take over what was accepted, field by field."""
    accepted = frozenset(
        name.removeprefix("change-")
        for name, value in request.form.items()
        if name.startswith("change-") and value == "accept"
    )
    is_checked = request.form.get("checked") == "yes"
    decide_answer(
        current_instance(), current_account(), str(answer_id), accepted, is_checked=is_checked
    )
    return redirect(url_for("verification.queue", done="answer"))


def _how() -> ContactMethod:
    hows = {each.value: each for each in ContactMethod}
    return hows.get(request.form.get("how", ""), ContactMethod.PHONE)


def _note() -> str:
    """What was just done, in words."""
    notes = {
        "all": gettext("You have been through all listings to check."),
        "tried": gettext("Noted what came of asking."),
        "report": gettext("The report is off the list."),
        "answer": gettext("What you accepted is in the listing now."),
    }
    return str(notes.get(request.args.get("done", ""), ""))


log = logging.getLogger("referral.mail")


@dataclass(frozen=True, slots=True)
class DeliveredLink:
    """How a link got on its way; ``address`` is "" when the mail went out."""

    link: ProviderLink
    address: str
    failed: bool = False


def deliver_link(link: ProviderLink, *, send: bool) -> DeliveredLink:
    """Mail the link to the organization, or give its address to be shown once."""
    settings = current_settings()
    site = settings.public_url or request.url_root.rstrip("/")
    address = site + path_below(url_for("provider.listing", token=link.token))
    if not (send and settings.sends_mail and link.email):
        return DeliveredLink(link, address)
    lines = [
        gettext("Is your listing at %(library)s still right?", library=settings.library_name),
        gettext("Open this link. Say that all is right, or correct it. You need no account."),
        address,
        gettext("The link works once, until %(day)s.", day=format_date(link.expires_at.date())),
    ]
    subject = gettext("Please check your listing: %(library)s", library=settings.library_name)
    try:
        send_mail(settings, Mail(link.email, subject, "\n\n".join(lines) + "\n"))
    except MailError:
        log.warning("mail did not go out; the link was shown instead")
        return DeliveredLink(link, address, failed=True)
    return DeliveredLink(link, "")
