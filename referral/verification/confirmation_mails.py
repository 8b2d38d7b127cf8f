"""Mails that ask all providers that are due to confirm: who gets one, and what came back.

The job that sends them mails one provider after the other. A mail is marked before it is handed
over and again afterwards. What a crash leaves between the two may have gone out, so it is not sent
again: at worst a provider is asked later, never twice.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
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
FINAL = 500  # answers of a mail host below it mean: try later
_LAST_ROUNDS = 20
# What may have reached somebody.
_WENT_OUT = (MailStatus.SENT.value, MailStatus.UNSURE.value, MailStatus.SENDING.value)
"""A provider that was asked to confirm its listings is not asked again for so many days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueProvider:
    """An organization with public services that are to be checked.

    Attributes:
        email: the organization's, else that of its first due service; "" where none is known.
        due: how many of its services are due.
        checked_on: the oldest check of them; None where one was never checked.
        asked_on: the day of the last mail, if that was less than the set time ago.
        refused: with which code the mail host refused this very address for good.
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
    """Who would get a mail now, who has no address or a refused one, who was asked lately.

    Attributes:
        digest: of who would get one, so that nobody gets one unseen.
    """

    mailed: tuple[DueProvider, ...]
    refused: tuple[DueProvider, ...]
    without_address: tuple[DueProvider, ...]
    asked_lately: tuple[DueProvider, ...]

    @property
    def digest(self) -> str:
        """A key of the providers and their addresses."""
        text = "\n".join(f"{each.organization_id} {each.email}" for each in self.mailed)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundLine:
    """A round in the list of rounds; ``counts`` by status."""

    id: str
    started_at: datetime
    by: str
    counts: Mapping[MailStatus, int]
    opened: int
    answered: int
    is_stopped: bool = False

    @property
    def sent(self) -> int:
        """How many went out."""
        return self.counts.get(MailStatus.SENT, 0)

    @property
    def waiting(self) -> int:
        """How many are still to be sent."""
        return self.counts.get(MailStatus.WAITING, 0) + self.counts.get(MailStatus.SENDING, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailLine:
    """A mail of a round, and what came back."""

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
    """One round with its mails; ``job`` sends what waits."""

    line: RoundLine
    mails: tuple[MailLine, ...]
    subject: str
    text: str
    job: Job | None


def plan_confirmations(instance: Instance) -> ConfirmationPreview:
    """Who would get a mail if somebody started a round now."""
    with instance.store.read() as session:
        due = due_providers(instance, session)
    free = [each for each in due if not each.asked_on]
    return ConfirmationPreview(
        mailed=tuple(each for each in free if each.email and not each.refused),
        refused=tuple(each for each in free if each.refused),
        without_address=tuple(each for each in free if not each.email),
        asked_lately=tuple(each for each in due if each.asked_on),
    )


def due_providers(instance: Instance, session: Session) -> list[DueProvider]:
    """All organizations that the public sees with services that are due, by name."""
    today = instance.now().date()
    asked, refusals = _asked_lately(instance, session), _refusals(session)
    providers: dict[str, DueProvider] = {}
    for each in _public_services(session):
        if check_age(each.assured_date, today) is not CheckAge.FRESH:
            before = providers.get(each.id) or DueProvider(
                organization_id=each.id,
                name=each.name,
                email="",
                due=0,
                checked_on=each.assured_date,
                asked_on=asked.get(each.id),
            )
            emails = (before.email, each.email.strip(), each.service_email.strip())
            providers[each.id] = replace(
                before,
                email=next(filter(is_monitored_email, emails), ""),
                due=before.due + 1,
                checked_on=_oldest(before.checked_on, each.assured_date),
            )
    return [
        replace(each, refused=refusals.get((each.organization_id, each.email)))
        for each in providers.values()
    ]


def _public_services(session: Session) -> Result[Any]:
    service, agency = ServiceRow, OrganizationRow
    return session.execute(
        select(
            agency.id,
            agency.name,
            agency.email,
            service.assured_date,
            service.email.label("service_email"),
        )
        .join(service, service.organization_id == agency.id)
        .where(shown(agency, Audience.PUBLIC), shown_services(Audience.PUBLIC))
        .order_by(agency.name, agency.id, service.name, service.id)
    )


def _oldest(one: date | None, other: date | None) -> date | None:
    """None, which is never, is older than any day."""
    return min(one, other) if one and other else None


def start_confirmations(
    instance: Instance, actor: Actor, digest: str, subject: str, text: str
) -> str:
    """Queue a mail for everybody of the preview; the id of the round.

    Args:
        digest: of the preview that was looked at.
        text: with ``{name}`` and ``{link}``.

    Raises:
        RefusedError: the preview is another one by now, or nobody would get a mail.
    """
    plan, round_id = plan_confirmations(instance), str(uuid4())
    if not plan.mailed or plan.digest != digest:
        raise refused("What is due has changed. Look at the list again.")
    rows = [
        *(_new_mail(round_id, each, MailStatus.WAITING) for each in plan.mailed),
        *(_new_mail(round_id, each, MailStatus.NO_ADDRESS) for each in plan.without_address),
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
    """Send no more of a round; what is on its way goes out.

    Raises:
        NotFoundError: there is no such round.
    """
    with instance.store.write() as session:
        row = _round(session, round_id)
        row.stopped_at = row.stopped_at or instance.now()
        record_audit(session, actor, "confirmations-stopped", "confirmation_round", round_id)


def resume_confirmations(instance: Instance, actor: Actor, round_id: str) -> None:
    """Go on with a round that was stopped, or whose worker died.

    Raises:
        NotFoundError: there is no such round.
        RefusedError: it has not stopped.
    """
    with instance.store.write() as session:
        row = _round(session, round_id)
        job = latest_job(session, round_id)
        was_stopped = row.stopped_at is not None
        row.stopped_at = None
        if was_stopped and not (job and job.is_open):
            add_job(session, CONFIRMATION_MAILS, round_id, actor.account_id)
        record_audit(session, actor, "confirmations-resumed", "confirmation_round", round_id)
    if not was_stopped:
        resume_job(instance, round_id)


def list_rounds(instance: Instance) -> tuple[RoundLine, ...]:
    """The last rounds, the newest first."""
    row = ConfirmationRoundRow
    with instance.store.read() as session:
        rounds = session.scalars(
            select(row).order_by(row.started_at.desc(), row.id).limit(_LAST_ROUNDS)
        )
        return tuple(_round_line(session, each) for each in list(rounds))


def read_round(instance: Instance, round_id: str) -> RoundPage:
    """One round.

    Raises:
        NotFoundError: there is none.
    """
    mail, agency = ConfirmationMailRow, OrganizationRow
    with instance.store.read() as session:
        row = _round(session, round_id)
        found = session.execute(
            select(mail, agency.name)
            .outerjoin(agency, agency.id == mail.organization_id)
            .where(mail.round_id == round_id)
            .order_by(agency.name, mail.id)
        )
        return RoundPage(
            line=_round_line(session, row),
            mails=tuple(_mail_line(each, name or "") for each, name in found),
            subject=row.subject,
            text=row.text,
            job=latest_job(session, round_id),
        )


def was_mailed_lately(instance: Instance, session: Session, agency_id: str, but: str) -> bool:
    """Whether a mail may have gone to an organization within the set time, but for this one."""
    row = ConfirmationMailRow
    found = select(row.id).where(
        row.organization_id == agency_id, row.id != but, _went_out_lately(instance)
    )
    return session.scalar(found.limit(1)) is not None


def _went_out_lately(instance: Instance) -> ColumnElement[bool]:
    row = ConfirmationMailRow
    since = instance.now() - timedelta(days=instance.settings.ask_again_days)
    return row.status.in_(_WENT_OUT) & (row.sent_at > since)


def _asked_lately(instance: Instance, session: Session) -> dict[str, date]:
    """The day of the last mail of those who may not get another yet, or who wait for one."""
    row = ConfirmationMailRow
    lately = _went_out_lately(instance)
    found = session.execute(
        select(
            row.organization_id, func.max(row.sent_at), func.max(ConfirmationRoundRow.started_at)
        )
        .join(ConfirmationRoundRow, ConfirmationRoundRow.id == row.round_id)
        .where(or_(lately, row.status == MailStatus.WAITING.value))
        .group_by(row.organization_id)
    )
    return {agency_id: (sent_at or queued_at).date() for agency_id, sent_at, queued_at in found}


def _refusals(session: Session) -> dict[tuple[str, str], int]:
    """Addresses that the mail host refused for good, by organization and address."""
    row = ConfirmationMailRow
    found = session.execute(
        select(row.organization_id, row.email, row.code).where(
            row.status == MailStatus.REFUSED.value, row.code >= FINAL
        )
    )
    return {(agency_id, email): code or FINAL for agency_id, email, code in found}


def _new_mail(round_id: str, provider: DueProvider, status: MailStatus) -> dict[str, object]:
    return {
        "id": str(uuid4()),
        "round_id": round_id,
        "organization_id": provider.organization_id,
        "email": provider.email,
        "status": status.value,
    }


def _round(session: Session, round_id: str) -> ConfirmationRoundRow:
    row = session.get(ConfirmationRoundRow, round_id)
    if row is None:
        raise NotFoundError("There is no such round of mails.")
    return row


def _round_line(session: Session, row: ConfirmationRoundRow) -> RoundLine:
    mail = ConfirmationMailRow
    mails = session.execute(
        select(mail.status, mail.opened_at, mail.answered_at).where(mail.round_id == row.id)
    ).all()
    account = session.get(AccountRow, row.started_by)
    return RoundLine(
        id=row.id,
        started_at=row.started_at,
        by=(account.name or account.email) if account else "",
        counts=Counter(MailStatus(each.status) for each in mails),
        opened=_number(each.opened_at or each.answered_at for each in mails),
        answered=_number(each.answered_at for each in mails),
        is_stopped=row.stopped_at is not None,
    )


def _number(moments: Iterable[datetime | None]) -> int:
    return sum(moment is not None for moment in moments)


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
    """A mail that is marked as being sent, with the words of its round."""

    id: str
    organization_id: str
    email: str
    subject: str
    text: str


def send_confirmations(instance: Instance, job: Job) -> None:
    """Send what waits of a round, until nothing does or somebody stops it.

    Raises:
        RefusedError: the mail host cannot be reached. What waits can be sent later.
    """
    _mark_interrupted(instance, job.subject_id)
    with instance.store.read() as session:
        # Who was checked or withdrawn meanwhile is not in it.
        due = {each.organization_id: each.name for each in due_providers(instance, session)}
    actor = Actor(job.account_id, "")
    while (mail := _take_next(instance, job.subject_id)) is not None:
        with instance.store.read() as session:  # another round may have been faster
            is_mailed = was_mailed_lately(instance, session, mail.organization_id, mail.id)
        if mail.organization_id not in due or is_mailed:
            _set_status(instance, mail.id, MailStatus.SKIPPED)
            continue
        _send(instance, actor, mail, due[mail.organization_id])


def _send(instance: Instance, actor: Actor, mail: _MailToSend, name: str) -> None:
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
    """Mails that a crash interrupted: nobody knows whether they went out."""
    row = ConfirmationMailRow
    with instance.store.write() as session:
        session.execute(
            update(row)
            .where(row.round_id == round_id, row.status == MailStatus.SENDING.value)
            .values(status=MailStatus.UNSURE.value)
        )


def _take_next(instance: Instance, round_id: str) -> _MailToSend | None:
    """The next mail, marked; None when nothing waits or somebody stopped the round."""
    row = ConfirmationMailRow
    with instance.store.write() as session:
        of = session.get_one(ConfirmationRoundRow, round_id)
        if of.stopped_at is not None:
            return None
        mail = session.scalar(
            select(row)
            .where(row.round_id == round_id, row.status == MailStatus.WAITING.value)
            .order_by(row.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if mail is None:
            return None
        # As if it went out: two rounds must not both take one organization.
        mail.status, mail.sent_at = MailStatus.SENDING.value, instance.now()
        return _MailToSend(mail.id, mail.organization_id, mail.email, of.subject, of.text)


def _set_status(instance: Instance, mail_id: str, status: MailStatus, **values: object) -> None:
    row = ConfirmationMailRow
    with instance.store.write() as session:
        session.execute(update(row).where(row.id == mail_id).values(status=status.value, **values))
