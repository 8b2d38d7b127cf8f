"""Mails to all providers with listings due for a check, and the providers' reactions.

A job sends the mails of a round one after the other. A mail is marked before it is passed to the
mail host, and again afterwards. If a crash comes between the two, the mail may have gone out, so
it is not sent again: no provider gets two mails.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Result, func, insert, or_, select, update
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.accounts.links import token_hash
from referral.accounts.mail import (
    Mail,
    MailAddressError,
    MailError,
    MailHostError,
    send_mail,
)
from referral.accounts.rows import AccountRow
from referral.directory.instance import Instance
from referral.errors import NotFoundError, refused
from referral.fields.urls_and_emails import is_monitored_email
from referral.jobs.job_queue import Job, add_job, latest_job, resume_job
from referral.records.accounts import Actor
from referral.records.visibility import Audience
from referral.store.rows import OrganizationRow, ServiceRow
from referral.store.visibility import shown, shown_services
from referral.verification.check_queue import check_age
from referral.verification.provider_links import make_provider_link
from referral.verification.records import CheckAge, MailStatus
from referral.verification.rows import ConfirmationMailRow, ConfirmationRoundRow

CONFIRMATION_MAILS = "confirmation mails"  # kind of the job; its subject is the round
PERMANENT_FAILURE = 500  # lower reply codes of a mail host mean "try again later"
_MOST_ROUNDS_LISTED = 20
_MAYBE_RECEIVED = (MailStatus.SENT.value, MailStatus.UNSURE.value, MailStatus.SENDING.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueProvider:
    """An organization with public services that are due for a check.

    Attributes:
        email: address of the organization, else of its first due service; "" if unknown.
        due: count of its due services.
        checked_on: date of the oldest check of these services; None if one was never checked.
        asked_on: the day of the last mail or waiting mail, if it is too early for another.
        refused: reply code with which the mail host permanently refused this address.
    """

    organization_id: str
    name: str
    email: str
    due: int
    checked_on: date | None
    asked_on: date | None = None
    refused: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationPreview:
    """Preview of a round of confirmation mails: providers who would get one, and who would not."""

    mailed: tuple[DueProvider, ...]
    refused: tuple[DueProvider, ...]
    without_address: tuple[DueProvider, ...]
    asked_lately: tuple[DueProvider, ...]

    @property
    def digest(self) -> str:
        """Return a digest of a round's recipients, to check that staff saw all before the start."""
        recipients = (f"{provider.organization_id} {provider.email}" for provider in self.mailed)
        return hashlib.sha256("\n".join(recipients).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundLine:
    """A round of confirmation mails, with the counts of its mails by status and reaction."""

    id: str
    started_at: datetime
    by: str
    counts: Mapping[MailStatus, int]
    opened: int
    answered: int
    is_stopped: bool = False

    @property
    def sent(self) -> int:
        """Return the number of confirmation mails that were sent in a round."""
        return self.counts.get(MailStatus.SENT, 0)

    @property
    def waiting(self) -> int:
        """Return the number of confirmation mails in a round that are not sent yet."""
        return self.counts.get(MailStatus.WAITING, 0) + self.counts.get(MailStatus.SENDING, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailLine:
    """A mail of a confirmation round, and whether its link was opened and answered."""

    organization_id: str
    name: str
    email: str
    status: MailStatus
    code: int | None
    sent_at: datetime | None
    opened_at: datetime | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundPage:
    """A round of confirmation mails in full, for its staff page.

    ``job`` is the latest job that sends them.
    """

    line: RoundLine
    mails: tuple[MailLine, ...]
    subject: str
    text: str
    job: Job | None


def plan_confirmations(instance: Instance) -> ConfirmationPreview:
    """Return which providers would get a confirmation mail if a round started now."""
    with instance.store.read() as session:
        due = due_providers(instance, session)
    to_ask = [provider for provider in due if not provider.asked_on]
    return ConfirmationPreview(
        mailed=tuple(provider for provider in to_ask if provider.email and not provider.refused),
        refused=tuple(provider for provider in to_ask if provider.refused),
        without_address=tuple(provider for provider in to_ask if not provider.email),
        asked_lately=tuple(provider for provider in due if provider.asked_on),
    )


def due_providers(instance: Instance, session: Session) -> list[DueProvider]:
    """Return all public organizations with public services that are due for a check, by name."""
    today = instance.now().date()
    asked, refusals = _asked_lately(instance, session), _permanent_refusals(session)
    providers: dict[str, DueProvider] = {}
    for service in _public_services(session):
        if check_age(service.assured_date, today) is CheckAge.FRESH:
            continue
        provider = providers.get(service.organization_id) or DueProvider(
            organization_id=service.organization_id,
            name=service.organization,
            email="",
            due=0,
            checked_on=service.assured_date,
            asked_on=asked.get(service.organization_id),
        )
        emails = (provider.email, service.organization_email.strip(), service.email.strip())
        providers[service.organization_id] = replace(
            provider,
            email=next(filter(is_monitored_email, emails), ""),
            due=provider.due + 1,
            checked_on=_older_check(provider.checked_on, service.assured_date),
        )
    return [
        replace(provider, refused=refusals.get((provider.organization_id, provider.email)))
        for provider in providers.values()
    ]


def _public_services(session: Session) -> Result[Any]:
    return session.execute(
        select(
            ServiceRow.organization_id,
            OrganizationRow.name.label("organization"),
            OrganizationRow.email.label("organization_email"),
            ServiceRow.assured_date,
            ServiceRow.email,
        )
        .join(OrganizationRow, ServiceRow.organization_id == OrganizationRow.id)
        .where(shown(OrganizationRow, Audience.PUBLIC), shown_services(Audience.PUBLIC))
        .order_by(OrganizationRow.name, OrganizationRow.id, ServiceRow.name, ServiceRow.id)
    )


def _older_check(one: date | None, other: date | None) -> date | None:
    """Return the earlier date of two listing checks, None if either was never done."""
    return min(one, other) if one and other else None


def start_confirmations(
    instance: Instance, actor: Actor, digest: str, subject: str, text: str
) -> str:
    """Start a round of confirmation mails to the providers in the preview; return the round's id.

    Args:
        digest: digest of the preview that staff saw.
        text: text with the placeholders ``{name}`` and ``{link}``.

    Raises:
        RefusedError: the preview has changed since, or no provider would get a mail.
    """
    plan, round_id = plan_confirmations(instance), str(uuid4())
    if not plan.mailed or plan.digest != digest:
        raise refused("What is due has changed. Look at the list again.")
    rows = [
        *(_mail_values(round_id, each, MailStatus.WAITING) for each in plan.mailed),
        *(_mail_values(round_id, each, MailStatus.NO_ADDRESS) for each in plan.without_address),
    ]
    with instance.store.write() as session:
        session.add(
            ConfirmationRoundRow(
                id=round_id,
                started_at=instance.now(),
                started_by=actor.account_id,
                subject=subject,
                text=text,
            )
        )
        session.execute(insert(ConfirmationMailRow), rows)
        add_job(session, CONFIRMATION_MAILS, round_id, actor.account_id)
        record_audit(
            session, actor, "confirmations-started", "confirmation_round", round_id,
            mails=len(plan.mailed),
        )  # fmt: skip
    return round_id


def stop_confirmations(instance: Instance, actor: Actor, round_id: str) -> None:
    """Stop a round of confirmation mails after the mail that is being sent.

    Raises:
        NotFoundError: there is no such round.
    """
    with instance.store.write() as session:
        row = _get_round(session, round_id)
        row.stopped_at = row.stopped_at or instance.now()
        record_audit(session, actor, "confirmations-stopped", "confirmation_round", round_id)


def resume_confirmations(instance: Instance, actor: Actor, round_id: str) -> None:
    """Resume a round of confirmation mails that was stopped, or whose worker died.

    Raises:
        NotFoundError: there is no such round.
        RefusedError: the round has not stopped.
    """
    with instance.store.write() as session:
        row = _get_round(session, round_id)
        job = latest_job(session, round_id)
        was_stopped = row.stopped_at is not None
        row.stopped_at = None
        if was_stopped and not (job and job.is_open):
            add_job(session, CONFIRMATION_MAILS, round_id, actor.account_id)
        record_audit(session, actor, "confirmations-resumed", "confirmation_round", round_id)
    if not was_stopped:
        resume_job(instance, round_id)


def list_rounds(instance: Instance) -> tuple[RoundLine, ...]:
    """Return the last rounds of confirmation mails, the latest first."""
    with instance.store.read() as session:
        rows = session.scalars(
            select(ConfirmationRoundRow)
            .order_by(ConfirmationRoundRow.started_at.desc(), ConfirmationRoundRow.id)
            .limit(_MOST_ROUNDS_LISTED)
        )
        return tuple(_round_line(session, row) for row in list(rows))


def read_round(instance: Instance, round_id: str) -> RoundPage:
    """Return a round of confirmation mails with all its mails.

    Raises:
        NotFoundError: there is no such round.
    """
    with instance.store.read() as session:
        row = _get_round(session, round_id)
        mails = session.execute(
            select(ConfirmationMailRow, OrganizationRow.name)
            .outerjoin(OrganizationRow, OrganizationRow.id == ConfirmationMailRow.organization_id)
            .where(ConfirmationMailRow.round_id == round_id)
            .order_by(OrganizationRow.name, ConfirmationMailRow.id)
        )
        return RoundPage(
            line=_round_line(session, row),
            mails=tuple(_mail_line(mail_row, name or "") for mail_row, name in mails),
            subject=row.subject,
            text=row.text,
            job=latest_job(session, round_id),
        )


def was_mailed_lately(
    instance: Instance, session: Session, organization_id: str, ignored_mail_id: str
) -> bool:
    """Return whether a confirmation mail may have reached an organization recently.

    Args:
        ignored_mail_id: the mail that is about to be sent, which does not count.
    """
    other_mails = select(ConfirmationMailRow.id).where(
        ConfirmationMailRow.organization_id == organization_id,
        ConfirmationMailRow.id != ignored_mail_id,
        _went_out_lately(instance),
    )
    return session.scalar(other_mails.limit(1)) is not None


def _went_out_lately(instance: Instance) -> ColumnElement[bool]:
    since = instance.now() - timedelta(days=instance.settings.ask_again_days)
    return ConfirmationMailRow.status.in_(_MAYBE_RECEIVED) & (ConfirmationMailRow.sent_at > since)


def _asked_lately(instance: Instance, session: Session) -> dict[str, date]:
    """Return the day of the last mail to each organization that must not get another yet."""
    mails = session.execute(
        select(
            ConfirmationMailRow.organization_id,
            func.max(ConfirmationMailRow.sent_at),
            func.max(ConfirmationRoundRow.started_at),
        )
        .join(ConfirmationRoundRow, ConfirmationRoundRow.id == ConfirmationMailRow.round_id)
        .where(
            or_(_went_out_lately(instance), ConfirmationMailRow.status == MailStatus.WAITING.value)
        )
        .group_by(ConfirmationMailRow.organization_id)
    )
    return {
        organization_id: (sent_at or queued_at).date()
        for organization_id, sent_at, queued_at in mails
    }


def _permanent_refusals(session: Session) -> dict[tuple[str, str], int]:
    """Return the mail host's codes for permanent refusals, by organization and email address."""
    refusals = session.execute(
        select(
            ConfirmationMailRow.organization_id, ConfirmationMailRow.email, ConfirmationMailRow.code
        ).where(
            ConfirmationMailRow.status == MailStatus.REFUSED.value,
            ConfirmationMailRow.code >= PERMANENT_FAILURE,
        )
    )
    return {
        (organization_id, email): code or PERMANENT_FAILURE
        for organization_id, email, code in refusals
    }


def _mail_values(round_id: str, provider: DueProvider, status: MailStatus) -> dict[str, object]:
    return {
        "id": str(uuid4()),
        "round_id": round_id,
        "organization_id": provider.organization_id,
        "email": provider.email,
        "status": status.value,
    }


def _get_round(session: Session, round_id: str) -> ConfirmationRoundRow:
    row = session.get(ConfirmationRoundRow, round_id)
    if row is None:
        raise NotFoundError("There is no such round of mails.")
    return row


def _round_line(session: Session, row: ConfirmationRoundRow) -> RoundLine:
    mails = session.execute(
        select(
            ConfirmationMailRow.status,
            ConfirmationMailRow.opened_at,
            ConfirmationMailRow.answered_at,
        ).where(ConfirmationMailRow.round_id == row.id)
    ).all()
    account = session.get(AccountRow, row.started_by)
    return RoundLine(
        id=row.id,
        started_at=row.started_at,
        by=(account.name or account.email) if account else "",
        counts=Counter(MailStatus(each.status) for each in mails),
        opened=sum(1 for each in mails if each.opened_at or each.answered_at),
        answered=sum(1 for each in mails if each.answered_at),
        is_stopped=row.stopped_at is not None,
    )


def _mail_line(row: ConfirmationMailRow, name: str) -> MailLine:
    return MailLine(
        organization_id=row.organization_id,
        name=name,
        email=row.email,
        status=MailStatus(row.status),
        code=row.code,
        sent_at=row.sent_at,
        opened_at=row.opened_at,
        answered_at=row.answered_at,
    )


@dataclass(frozen=True, slots=True)
class _MailToSend:
    """A confirmation mail that is being sent, with its subject and text."""

    id: str
    organization_id: str
    email: str
    subject: str
    text: str


def send_confirmations(instance: Instance, job: Job) -> None:
    """Send the waiting confirmation mails of a round until none is left or staff stop it.

    Raises:
        RefusedError: the mail host cannot be reached. The waiting mails can be sent later.
    """
    _mark_interrupted(instance, job.subject_id)
    with instance.store.read() as session:
        # Without providers that were checked or withdrawn since the round started.
        due_names = {each.organization_id: each.name for each in due_providers(instance, session)}
    actor = Actor(job.account_id, "")
    while (mail := _take_next(instance, job.subject_id)) is not None:
        with instance.store.read() as session:  # another round may have mailed this provider
            is_mailed = was_mailed_lately(instance, session, mail.organization_id, mail.id)
        if mail.organization_id not in due_names or is_mailed:
            _set_status(instance, mail.id, MailStatus.SKIPPED)
            continue
        _send(instance, actor, mail, due_names[mail.organization_id])


def _send(instance: Instance, actor: Actor, mail: _MailToSend, name: str) -> None:
    """Send a confirmation mail with a new provider link, and store the mail's status."""
    settings = instance.settings
    try:
        link = make_provider_link(instance, actor, mail.organization_id)
    except NotFoundError:
        _set_status(instance, mail.id, MailStatus.SKIPPED)
        return
    _set_status(instance, mail.id, MailStatus.SENDING, token_hash=token_hash(link.token))
    address = f"{settings.public_url}/provider/{link.token}"
    text = mail.text.replace("{name}", name).replace("{link}", address)
    try:
        send_mail(settings, Mail(mail.email, mail.subject.replace("{name}", name), text))
    except MailHostError:
        _set_status(instance, mail.id, MailStatus.WAITING, sent_at=None)
        raise refused("The mail host cannot be reached. Nothing was lost. Go on later.") from None
    except MailAddressError as error:
        _set_status(instance, mail.id, MailStatus.REFUSED, code=error.code)
    except MailError:
        _set_status(instance, mail.id, MailStatus.UNSURE)
    else:
        _set_status(instance, mail.id, MailStatus.SENT, sent_at=instance.now())


def _mark_interrupted(instance: Instance, round_id: str) -> None:
    """Mark confirmation mails whose sending a crash interrupted: they may have gone out or not."""
    with instance.store.write() as session:
        session.execute(
            update(ConfirmationMailRow)
            .where(
                ConfirmationMailRow.round_id == round_id,
                ConfirmationMailRow.status == MailStatus.SENDING.value,
            )
            .values(status=MailStatus.UNSURE.value)
        )


def _take_next(instance: Instance, round_id: str) -> _MailToSend | None:
    """Mark and return the next confirmation mail to send, None if none waits."""
    with instance.store.write() as session:
        mail_round = session.get_one(ConfirmationRoundRow, round_id)
        if mail_round.stopped_at is not None:
            return None
        mail = session.scalar(
            select(ConfirmationMailRow)
            .where(
                ConfirmationMailRow.round_id == round_id,
                ConfirmationMailRow.status == MailStatus.WAITING.value,
            )
            .order_by(ConfirmationMailRow.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if mail is None:
            return None
        # The time is set now, so that no other round mails the same organization.
        mail.status, mail.sent_at = MailStatus.SENDING.value, instance.now()
        return _MailToSend(
            mail.id, mail.organization_id, mail.email, mail_round.subject, mail_round.text
        )


def _set_status(instance: Instance, mail_id: str, status: MailStatus, **values: object) -> None:
    with instance.store.write() as session:
        session.execute(
            update(ConfirmationMailRow)
            .where(ConfirmationMailRow.id == mail_id)
            .values(status=status.value, **values)
        )
