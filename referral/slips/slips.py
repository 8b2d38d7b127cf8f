"""Slips: creation, reading and expiry of lists of services under a short random code.

No slip is linked to a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.directory.instance import Instance, start_of_day
from referral.directory.listings import read_services
from referral.directory.term_lookup import read_needs, read_term_translations
from referral.directory.view_models import ServicePage
from referral.errors import NotFoundError, refused
from referral.fields.short_codes import generate_code, normalize_code
from referral.records.visibility import Audience
from referral.slips.records import SlipItem, SlipReply
from referral.slips.rows import SlipItemRow, SlipReplyRow, SlipRow

# 47 bits, so guessing needs no rate limit, which would also hit people who share an IP address.
_CODE_LENGTH = 10
MOST_ON_A_SLIP = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipPage:
    """A slip as shown: its services as the public may see them today, in order.

    The location that was given for a service is the first of its sites.

    Attributes:
        needs: service id → topic for which it was given, in the language of the slip.
    """

    code: str
    language: str
    ends_on: date
    services: tuple[ServicePage, ...]
    replies: dict[str, SlipReply]
    needs: dict[str, str]


def make_slip(instance: Instance, items: Sequence[SlipItem], language: str = "en") -> str:
    """Store a slip with a list of services until it expires, and return its new code.

    Raises:
        RefusedError: the list is empty or too long.
    """
    if not items:
        raise refused("Choose at least one service for the list.")
    if len(items) > MOST_ON_A_SLIP:
        raise refused("A list holds %(most)s services at most. Take some off.", most=MOST_ON_A_SLIP)
    ends_at = instance.now() + timedelta(days=instance.settings.slip_days)
    with instance.store.write() as session:
        row = SlipRow(
            code=generate_code(_CODE_LENGTH),
            language=language,
            ends_at=ends_at,
            items=[
                SlipItemRow(
                    sort=sort,
                    service_id=item.service_id,
                    location_id=item.location_id,
                    referral_id=item.referral_id,
                    topic=item.topic,
                )
                for sort, item in enumerate(items)
            ],
        )
        session.add(row)
        return row.code


def read_slip(instance: Instance, code: str) -> SlipPage:
    """Return the slip with a code, without services that are no longer public.

    The code may be typed in any spelling that ``normalize_code`` accepts.

    Raises:
        NotFoundError: there is no such slip, or it has expired.
    """
    with instance.store.read() as session:
        row = slip_row(session, instance, code)
        replies = session.scalars(select(SlipReplyRow).where(SlipReplyRow.slip_code == row.code))
        reply_of_service = {reply.service_id: SlipReply(reply.kind) for reply in replies}
        location_of_service = {item.service_id: item.location_id for item in row.items}
        topic_of_service = {item.service_id: item.topic for item in row.items if item.topic}
        slip_code, language = row.code, row.language
        ends_on = row.ends_at.astimezone(ZoneInfo(instance.settings.timezone)).date()
    services = read_services(
        instance, list(location_of_service), Audience.PUBLIC, location_of_service
    )
    return SlipPage(
        code=slip_code,
        language=language,
        ends_on=ends_on,
        services=services,
        replies=reply_of_service,
        needs=_need_names(instance, topic_of_service, language),
    )


def end_slips(instance: Instance) -> int:
    """Delete expired slips, once a day, and return their number."""
    with instance.store.write() as session:
        expired = select(SlipRow).where(SlipRow.ends_at <= instance.now())
        return _delete_slips(instance, session, session.scalars(expired).all())


def end_slips_of(instance: Instance, session: Session, referral_ids: Iterable[str]) -> int:
    """Delete the slips that contain any of these referrals, within the caller's transaction."""
    codes = select(SlipItemRow.slip_code).where(SlipItemRow.referral_id.in_(list(referral_ids)))
    rows = session.scalars(select(SlipRow).where(SlipRow.code.in_(codes))).all()
    return _delete_slips(instance, session, rows)


def _need_names(instance: Instance, topics: dict[str, str], language: str) -> dict[str, str]:
    if not topics:
        return {}
    terms, _ = read_needs(instance, topics.values())
    translated = read_term_translations(instance, language)
    return {
        service_id: translated.get(terms[code].id, {}).get("name") or terms[code].name
        for service_id, code in topics.items()
        if code in terms
    }


def _delete_slips(instance: Instance, session: Session, rows: Sequence[SlipRow]) -> int:
    """Delete slips, but keep their replies for reports.

    The replies lose the slip and the time of day.
    """
    codes = [row.code for row in rows]
    for reply in session.scalars(select(SlipReplyRow).where(SlipReplyRow.slip_code.in_(codes))):
        reply.slip_code = None
        reply.replied_at = start_of_day(instance, reply.replied_at)
        if reply.seen_at is not None:
            reply.seen_at = start_of_day(instance, reply.seen_at)
    session.flush()
    for row in rows:
        session.delete(row)
    return len(codes)


def slip_row(session: Session, instance: Instance, code: str) -> SlipRow:
    """Return the database row of a slip that has not expired.

    Raises:
        NotFoundError: there is no such slip, or it has expired.
    """
    row = session.get(SlipRow, normalize_code(code))
    if row is None or row.ends_at <= instance.now():
        raise NotFoundError("There is no such list, or its time is over.")
    return row
