"""Corrections by mail to the publisher of a source list, sent only at a curator's request."""

from __future__ import annotations

import re

from referral.accounts.audit import record_audit
from referral.accounts.mail import Mail, send_mail
from referral.directory.instance import Instance
from referral.errors import refused
from referral.fields.text import clean_text
from referral.imports.sources import read_source
from referral.local_notes.overlays import read_local_notes
from referral.local_notes.records import LONGEST
from referral.records.accounts import Actor
from referral.store.rows_texts import SourceCreditRow

_EMAIL = re.compile(r"[^\s@,;<>\"()]+@[^\s@,;<>\"()]+\.[a-z]{2,}", re.IGNORECASE)


def publisher_email(instance: Instance, source: str) -> str:
    """Return the first email address in a source's contact note or credit, "" if none."""
    contact_note = read_source(instance, source).contact_note
    match = _EMAIL.search(f"{contact_note} {publisher_contact(instance, source)}")
    return match[0] if match else ""


def publisher_contact(instance: Instance, source: str) -> str:
    """Return where the publisher of a followed source takes reports of mistakes, or ""."""
    with instance.store.read() as session:
        credit = session.get(SourceCreditRow, source)
        return credit.contact if credit else ""


def send_correction(instance: Instance, actor: Actor, service_id: str, letter: Mail) -> None:
    """Mail a correction of a service to the publisher of its source list.

    Raises:
        NotFoundError: there is no such service of a source list.
        RefusedError: the address or the text is missing, or the text is too long.
        MailError: the mail could not be sent.
    """
    read_local_notes(instance, service_id)
    text = clean_text(letter.text)
    if not _EMAIL.fullmatch(letter.to):
        raise refused("Type the e-mail address of the publisher.")
    if not text or len(text) > LONGEST:
        raise refused("Write what is wrong, in %(most)s letters at most.", most=LONGEST)
    send_mail(instance.settings, Mail(letter.to, letter.subject, text + "\n"))
    with instance.store.write() as session:
        record_audit(session, actor, "correction-sent", "service", service_id)
