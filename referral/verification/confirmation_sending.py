"""The job that mails providers, one after the other.

A mail is marked before it is handed over and again afterwards. What a crash leaves between the two
may have gone out, so it is not sent again: at worst a provider is asked later, never twice.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select, update

from referral.accounts.links import token_hash
from referral.accounts.mail import (
    Mail,
    MailAddressError,
    MailError,
    MailHostError,
    send_mail,
)
from referral.directory.context import Directory
from referral.errors import NotFoundError, refused
from referral.jobs.job_queue import Job
from referral.records.accounts import Actor
from referral.verification.confirmation_mails import due_providers, was_mailed_lately
from referral.verification.provider_links import make_provider_link
from referral.verification.records import MailStatus
from referral.verification.rows import ConfirmationMailRow, ConfirmationRoundRow


@dataclass(frozen=True, slots=True)
class _Taken:
    """A mail that is marked as being sent, with the words of its round."""

    id: str
    organization_id: str
    email: str
    subject: str
    text: str


def send_confirmations(directory: Directory, job: Job) -> None:
    """Send what waits of a round, until nothing does or somebody stops it.

    Raises:
        RefusedError: the mail host cannot be reached. What waits can be sent later.
    """
    _settle_interrupted(directory, job.subject_id)
    with directory.store.read() as session:
        # Who was checked or withdrawn meanwhile is not in it.
        due = {each.organization_id: each.name for each in due_providers(directory, session)}
    actor = Actor(job.account_id, "")
    while (mail := _take(directory, job.subject_id)) is not None:
        if mail.organization_id not in due or _is_mailed(directory, mail):
            _set(directory, mail.id, MailStatus.SKIPPED)
            continue
        _send(directory, actor, mail, due[mail.organization_id])


def _send(directory: Directory, actor: Actor, mail: _Taken, name: str) -> None:
    settings = directory.settings
    try:
        link = make_provider_link(directory, actor, mail.organization_id)
    except NotFoundError:
        _set(directory, mail.id, MailStatus.SKIPPED)
        return
    _set(directory, mail.id, MailStatus.SENDING, token_hash=token_hash(link.token))
    address = f"{settings.public_url}/provider/{link.token}"
    text = mail.text.replace("{name}", name).replace("{link}", address)
    try:
        send_mail(settings, Mail(mail.email, mail.subject.replace("{name}", name), text))
    except MailHostError:
        _set(directory, mail.id, MailStatus.WAITING, sent_at=None)
        raise refused("The mail host cannot be reached. Nothing was lost. Go on later.") from None
    except MailAddressError as error:
        _set(directory, mail.id, MailStatus.REFUSED, code=error.code)
    except MailError:
        _set(directory, mail.id, MailStatus.UNSURE)
    else:
        _set(directory, mail.id, MailStatus.SENT, sent_at=directory.now())


def _is_mailed(directory: Directory, mail: _Taken) -> bool:
    """Whether another round was faster."""
    with directory.store.read() as session:
        return was_mailed_lately(directory, session, mail.organization_id, mail.id)


def _settle_interrupted(directory: Directory, round_id: str) -> None:
    """Mails that a crash interrupted: nobody knows whether they went out."""
    row = ConfirmationMailRow
    with directory.store.write() as session:
        session.execute(
            update(row)
            .where(row.round_id == round_id, row.status == MailStatus.SENDING.value)
            .values(status=MailStatus.UNSURE.value)
        )


def _take(directory: Directory, round_id: str) -> _Taken | None:
    """The next mail, marked; None when nothing waits or somebody stopped the round."""
    row = ConfirmationMailRow
    with directory.store.write() as session:
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
        mail.status, mail.sent_at = MailStatus.SENDING.value, directory.now()
        return _Taken(mail.id, mail.organization_id, mail.email, of.subject, of.text)


def _set(directory: Directory, mail_id: str, status: MailStatus, **values: object) -> None:
    row = ConfirmationMailRow
    with directory.store.write() as session:
        session.execute(update(row).where(row.id == mail_id).values(status=status.value, **values))
