"""Replies "it was full" to slips of the desk, shown on the service at noon and at 6 pm.

Nothing that could be told of one reply is written: no minute, no order, no slip (decision 37). A
reply counts with those of at least two other people to whom the desk gave the same service; slips
that patrons make themselves do not count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from referral.capacity.statements import say_full_today
from referral.desk.rows import InquiryRow, NeedRow, ReferralRow
from referral.directory.context import Directory, start_of_day
from referral.slips.records import SlipReply
from referral.slips.rows import SlipItemRow, SlipReplyRow

FEWEST_PEOPLE = 3
"""Who adds an answer of their own still does not learn whether a certain person gave one."""
_TOLD_AT = (timedelta(hours=18), timedelta(hours=12))  # on the clock, the latest first


class FullServices:
    """Tells of each half of a day once, in this process; telling it again does no harm."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._told: datetime | None = None

    def tell(self) -> int:
        """Tell which services are full, if it is time to; gives how many."""
        until = _latest_time(self._directory)
        if until is None or until == self._told:
            return 0
        count = say_full_today(self._directory, self._full_services(until))
        self._told = until
        return count

    def _full_services(self, until: datetime) -> list[str]:
        reply, item = SlipReplyRow, SlipItemRow
        statement = (
            select(reply.service_id, InquiryRow.id)
            .join(
                item,
                and_(item.slip_code == reply.slip_code, item.service_id == reply.service_id),
            )
            .join(ReferralRow, ReferralRow.id == item.referral_id)
            .join(NeedRow, NeedRow.id == ReferralRow.need_id)
            .join(InquiryRow, InquiryRow.id == NeedRow.inquiry_id)
            .where(reply.kind == SlipReply.FULL.value, InquiryRow.training.is_(False))
            .where(reply.replied_at >= start_of_day(self._directory, until))
            .where(reply.replied_at < until)
        )
        people: dict[str, set[str]] = defaultdict(set)
        with self._directory.store.read() as session:
            said = [
                (service_id, inquiry_id) for service_id, inquiry_id in session.execute(statement)
            ]
            first = _first_inquiries(session, {inquiry_id for _, inquiry_id in said})
        for service_id, inquiry_id in said:
            people[service_id].add(first[inquiry_id])
        return sorted(key for key, those in people.items() if len(those) >= FEWEST_PEOPLE)


def _latest_time(directory: Directory) -> datetime | None:
    """The last time of this day at which it is told; None before the first."""
    now = directory.now()
    times = (start_of_day(directory, now) + after for after in _TOLD_AT)
    return next((each for each in times if each <= now), None)


def _first_inquiries(session: Session, inquiry_ids: Iterable[str]) -> Mapping[str, str]:
    """Inquiry id → the first one of the same person, as far as the desk tied them together."""
    first = {key: key for key in inquiry_ids}
    while first:
        row = InquiryRow
        known = select(row).where(row.id.in_(set(first.values())), row.repeat_of.is_not(None))
        earlier = {each.id: each.repeat_of or each.id for each in session.scalars(known)}
        if not earlier:
            break
        first = {key: earlier.get(at, at) for key, at in first.items()}
    return first
