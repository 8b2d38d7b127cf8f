"""Pages for checking listings: the check queue, the check of a service, answers of providers."""

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
_log = logging.getLogger("referral.mail")


@verification.context_processor
def _labels() -> dict[str, object]:
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
    """Show the queue of listings to check, the most urgent first, and answers of providers."""
    requested = request.args.get("only", "")
    only = requested if requested in {"reported", *CheckAge} else ""
    instance = current_instance()
    return render_template(
        "verification/queue.html",
        listed=list_verification(instance, only, page_number()),
        only=only,
        answers=list_answers(instance),
        press=PressForm(),
        note=_result_note(),
    )


@verification.get("/services/<uuid:service_id>")
@requires(REVIEW)
def check(service_id: UUID) -> ResponseReturnValue:
    """Show a service to check, with its reports and past contacts with the provider."""
    return render_template(
        "verification/check.html",
        check=read_check(current_instance(), str(service_id)),
        progress=read_check_progress(current_instance(), current_account(), str(service_id)),
        sends_mail=current_settings().sends_mail,
        tries_needed=TRIES_BEFORE_INACTIVE,
        press=PressForm(),
        note=_result_note(),
    )


@verification.post("/services/<uuid:service_id>/right")
@requires(REVIEW)
def right(service_id: UUID) -> ResponseReturnValue:
    """Log that a listing is still right, and redirect to the next one in the check queue."""
    instance, account, how = current_instance(), current_account(), _chosen_method()
    following = read_check_progress(instance, account, str(service_id)).following
    log_contact(instance, account, str(service_id), how, ContactResult.RIGHT)
    return _redirect_to_check(following)


@verification.get("/next")
@requires(REVIEW)
def first() -> ResponseReturnValue:
    """Redirect to the most urgent service in the check queue."""
    return _redirect_to_check(first_check(current_instance()))


@verification.post("/undo")
@requires(REVIEW)
def undo_last() -> ResponseReturnValue:
    """Undo the last check of the staff member, and show its service again."""
    try:
        service_id = undo_last_check(current_instance(), current_account())
    except NotFoundError:
        return redirect(url_for("verification.queue"))
    return redirect(url_for("verification.check", service_id=service_id))


def _redirect_to_check(service_id: str) -> ResponseReturnValue:
    """Redirect to the check of a service's listing, or to the queue if there is none."""
    if not service_id:
        return redirect(url_for("verification.queue", done="all"))
    return redirect(url_for("verification.check", service_id=service_id))


@verification.post("/services/<uuid:service_id>/tries")
@requires(REVIEW)
def log_try(service_id: UUID) -> ResponseReturnValue:
    """Log a contact with a provider to verify a listing, and its result."""
    results = {result.value: result for result in ContactResult}
    result = results.get(request.form.get("result", ""), ContactResult.NO_ANSWER)
    log_contact(current_instance(), current_account(), str(service_id), _chosen_method(), result)
    return redirect(url_for("verification.check", service_id=service_id, done="tried"))


@verification.post("/services/<uuid:service_id>/link")
@requires(REVIEW)
def make_link(service_id: UUID) -> ResponseReturnValue:
    """Create a provider's link to its listing, and mail it or show it once."""
    instance = current_instance()
    listing = read_check(instance, str(service_id)).listing
    link = make_provider_link(instance, current_account().actor, listing.service.organization_id)
    delivered = deliver_link(link, send=request.form.get("send") == "mail")
    return render_template("verification/provider_link.html", listing=listing, handed=delivered)


@verification.post("/reports/<uuid:report_id>")
@requires(REVIEW)
def decide_report(report_id: UUID) -> ResponseReturnValue:
    """Close a problem report about a service as done or declined, and show the service."""
    is_done = request.form.get("decision") != "declined"
    status = ReportStatus.DONE if is_done else ReportStatus.DECLINED
    actor = current_account().actor
    service_id = handle_report(current_instance(), actor, str(report_id), status)
    return redirect(url_for("verification.check", service_id=service_id, done="report"))


@verification.get("/answers/<uuid:answer_id>")
@requires(REVIEW)
def answer(answer_id: UUID) -> ResponseReturnValue:
    """Show the suggestions in a provider's answer beside the values in the listing."""
    provider_answer = read_answer(current_instance(), str(answer_id))
    area_code = current_settings().area_code
    return render_template(
        "verification/answer.html",
        answer=provider_answer,
        unreadable={
            suggestion.id
            for suggestion in provider_answer.suggestions
            if is_unreadable(suggestion.field, suggestion.after, area_code)
        },
        press=PressForm(),
    )


@verification.post("/answers/<uuid:answer_id>")
@requires(REVIEW)
def decide(answer_id: UUID) -> ResponseReturnValue:
    """Apply the accepted suggestions in a provider's answer, and decline the others."""
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


def _chosen_method() -> ContactMethod:
    methods = {method.value: method for method in ContactMethod}
    return methods.get(request.form.get("how", ""), ContactMethod.PHONE)


def _result_note() -> str:
    """Return a note about what the user has just done in the check queue, or ""."""
    notes = {
        "all": gettext("You have been through all listings to check."),
        "tried": gettext("Noted what came of asking."),
        "report": gettext("The report is off the list."),
        "answer": gettext("What you accepted is in the listing now."),
    }
    return str(notes.get(request.args.get("done", ""), ""))


@dataclass(frozen=True, slots=True)
class DeliveredLink:
    """A provider's link that was mailed, or whose address is shown to staff.

    Attributes:
        address: URL to show, "" if the mail was sent.
        failed: whether the mail could not be sent.
    """

    link: ProviderLink
    address: str
    failed: bool = False


def deliver_link(link: ProviderLink, *, send: bool) -> DeliveredLink:
    """Mail a provider's link to the organization, or return its URL to be shown once.

    The URL is also returned if the mail fails, or if no mail can be sent.
    """
    settings = current_settings()
    site = settings.public_url or request.url_root.rstrip("/")
    address = site + path_below(url_for("provider.listing", token=link.token))
    if not (send and settings.sends_mail and link.email):
        return DeliveredLink(link, address)
    paragraphs = [
        gettext("Is your listing at %(library)s still right?", library=settings.library_name),
        gettext("Open this link. Say that all is right, or correct it. You need no account."),
        address,
        gettext("The link works once, until %(day)s.", day=format_date(link.expires_at.date())),
    ]
    subject = gettext("Please check your listing: %(library)s", library=settings.library_name)
    try:
        send_mail(settings, Mail(link.email, subject, "\n\n".join(paragraphs) + "\n"))
    except MailError:
        _log.warning("mail did not go out; the link was shown instead")
        return DeliveredLink(link, address, failed=True)
    return DeliveredLink(link, "")
