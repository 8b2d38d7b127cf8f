"""Fourteen months of invented inquiries and missed searches for the demo, at three branches."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from referral.desk.codes import (
    AgeBand,
    Channel,
    ContactKind,
    FollowUpStatus,
    Household,
    Method,
    Outcome,
    QuestionType,
    UnmetReason,
    WhyNot,
)
from referral.desk.records import ReferralResult, complete_result
from referral.desk.rows import DeskRow, FollowUpRow, InquiryRow, NeedRow, ReferralRow
from referral.directory.instance import Instance
from referral.fields.places.lookup import find_zip
from referral.records.visibility import Audience
from referral.slips.records import SlipReply
from referral.slips.rows import SlipReplyRow
from referral.store.base import in_batches
from referral.store.rows import ServiceHeadingRow, ServiceRow
from referral.store.rows_log import MissedSearchRow
from referral.store.terms import load_crosswalk, read_headings
from referral.store.visibility import shown, shown_services

T = TypeVar("T")
_BATCH = 5_000
_DAYS = 425
_LATE_DAYS = 4
_DESKS = {
    ("Main library", "Information desk"): 4, ("Main library", "Children’s desk"): 1,
    ("North branch", "Front desk"): 2, ("Bookmobile", "Bookmobile"): 1,
}  # fmt: skip
_ZIPS = {
    "16335": 40, "16316": 9, "16433": 8, "16403": 7, "16354": 9, "16424": 5, "16314": 4,
    "16406": 3, "16323": 6, "16301": 6, "16509": 3, "16438": 2, "16134": 2, "": 12,
}  # fmt: skip
_LANGUAGES = {"en": 86, "es": 9, "ar": 1, "": 4}
_CHANNELS = {Channel.IN_PERSON: 62, Channel.PHONE: 24, Channel.TEXT: 5, Channel.EMAIL: 5,
             Channel.OUTREACH: 4}  # fmt: skip
# Short questions without a need: how often of each type, and effort and minutes of the types.
_SHORT = {QuestionType.DIRECTIONAL: 50, QuestionType.REFERENCE: 30, QuestionType.TECHNOLOGY: 20}
_EFFORT: Mapping[QuestionType, tuple[Mapping[int | None, int], Sequence[int]]] = {
    QuestionType.DIRECTIONAL: ({1: 9, None: 1}, (1, 1, 2)),
    QuestionType.REFERENCE: ({2: 3, 3: 5, 4: 3, 5: 1}, (5, 8, 10, 15, 30)),
    QuestionType.TECHNOLOGY: ({1: 2, 2: 5, 3: 3}, (3, 5, 10, 20)),
    QuestionType.REFERRAL: ({2: 3, 3: 5, 4: 3, 5: 1, None: 2}, (5, 10, 15, 20, 40)),
}
# Of a hundred needs under a heading, how many stay unmet.
_UNMET = {"basic-needs": 16, "health": 14, "legal": 22, "families": 12, "emergency": 9}
_HEADINGS = {"basic-needs": 46, "health": 15, "employment": 9, "seniors": 9, "families": 8,
             "legal": 7, "emergency": 4, "volunteers": 2}  # fmt: skip
_REASONS = {
    UnmetReason.NOT_ELIGIBLE: 24, UnmetReason.NONE_EXISTS: 14, UnmetReason.FULL: 22,
    UnmetReason.FUNDS_GONE: 14, UnmetReason.HOURS_OR_TRANSPORT: 9, UnmetReason.COST: 5,
    UnmetReason.LANGUAGE: 2, UnmetReason.DOCUMENTS: 5, UnmetReason.LIMIT_REACHED: 4,
    UnmetReason.REFUSED: 1,
}  # fmt: skip
_RESULTS = {
    ReferralResult(solved=True): 30,
    ReferralResult(got_help=True, solved=False): 14,
    ReferralResult(reached=True, got_help=False, why_not=WhyNot.NOT_ELIGIBLE): 10,
    ReferralResult(reached=True, got_help=False, why_not=WhyNot.FULL): 14,
    ReferralResult(tried=True, reached=False, why_not=WhyNot.NOT_REACHED): 12,
    ReferralResult(tried=False, why_not=WhyNot.NO_TIME): 9,
    ReferralResult(tried=False, why_not=WhyNot.SOLVED_OTHERWISE): 6,
}


@dataclass(frozen=True, slots=True)
class _World:
    """What the sample is made of: headings that have terms and services, with both."""

    headings: Mapping[str, int]
    terms: Mapping[str, Sequence[str]]
    services: Mapping[str, Sequence[str]]


def add_sample_inquiries(instance: Instance, number: int = 1_400, seed: int = 211) -> int:
    """Invent inquiries of fourteen months; gives how many were added.

    As many short questions come beside them. None where the instance is not the demo's, or has
    inquiries already.
    """
    if not instance.settings.sample_data:
        return 0
    with instance.store.write() as session:
        if session.scalars(select(InquiryRow.id).limit(1)).first() is not None:
            return 0
        sample = _Sample(instance, _world(instance, session), seed)
        sample.add_desks(session)
        for batch in in_batches(range(number), _BATCH):
            sample.add_inquiries(session, len(batch))
        sample.add_what_comes_after(session, number)
    return number


class _Sample:
    """Invents rows; each call of chance takes the next number of one line."""

    def __init__(self, instance: Instance, world: _World, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311  # a sample, no secret
        self._world = world
        self._now = instance.now()
        self._zone = ZoneInfo(instance.settings.timezone)
        self._desks = {self._id(): weight for weight in _DESKS.values()}

    def add_desks(self, session: Session) -> None:
        """Write three branches with their desks."""
        session.add_all(
            DeskRow(id=desk_id, branch=branch, name=name)
            for desk_id, (branch, name) in zip(self._desks, _DESKS, strict=True)
        )

    def add_inquiries(self, session: Session, number: int) -> None:
        """Write inquiries with needs, referrals and follow-ups, and as many short questions."""
        rows: dict[type, list[dict[str, Any]]] = defaultdict(list)
        for _ in range(number):
            rows[InquiryRow].append(self._short_question())
            for table, row in self._inquiry():
                rows[table].append(row)
        for table in (InquiryRow, NeedRow, ReferralRow, FollowUpRow):
            if rows[table]:
                session.execute(insert(table), rows[table])

    def add_what_comes_after(self, session: Session, number: int) -> None:
        """Write what was said back by slips, and searches that found nothing."""
        replies = [self._reply() for _ in range(number // 12)]
        session.execute(insert(SlipReplyRow), replies)
        missed = [self._missed(heading) for heading in self._world.headings]
        session.execute(insert(MissedSearchRow), missed)

    def _inquiry(self) -> Iterator[tuple[type, dict[str, Any]]]:
        moment = self._moment()
        zip_code = self._one_of(_ZIPS)
        place = find_zip(zip_code) if zip_code else None
        common = {
            "month": moment.astimezone(self._zone).strftime("%Y-%m"),
            "desk": self._one_of(self._desks),
            "county": f"{place.county}, {place.state}" if place else "",
            "zip_code": zip_code,
        }
        inquiry_id = self._id()
        yield InquiryRow, {
            **common, **self._statistics(QuestionType.REFERRAL, moment),
            "id": inquiry_id, "code": "",
            "started_at": moment, "closed_at": moment + timedelta(minutes=6),
            "training": False, "channel": self._one_of(_CHANNELS),
            "language": self._one_of(_LANGUAGES), "tried": [], "barriers": [], "access_needs": [],
            "age_band": self._chance.choice([*AgeBand, ""]),
            "household": self._chance.choice([*Household, ""]),
        }  # fmt: skip
        followed = self._chance.random() < 0.16
        for sort in range(self._one_of({1: 74, 2: 20, 3: 6})):
            yield from self._need(inquiry_id, sort, moment, common, followed=followed)
        if followed:
            yield FollowUpRow, self._follow_up(inquiry_id, moment)

    def _short_question(self) -> dict[str, Any]:
        moment, kind = self._moment(), self._one_of(_SHORT)
        return {
            **self._statistics(kind, moment), "id": self._id(), "code": "",
            "month": moment.astimezone(self._zone).strftime("%Y-%m"),
            "desk": self._one_of(self._desks), "county": "", "zip_code": "",
            "started_at": moment, "closed_at": moment, "training": False,
            "channel": self._one_of(_CHANNELS), "language": "", "tried": [], "barriers": [],
            "access_needs": [], "age_band": "", "household": "",
        }  # fmt: skip

    def _statistics(self, kind: QuestionType, moment: datetime) -> dict[str, Any]:
        local, (steps, minutes) = moment.astimezone(self._zone), _EFFORT[kind]
        is_referral = kind is QuestionType.REFERRAL
        return {
            "question_type": kind, "read_scale": self._one_of(steps),
            "minutes": self._chance.choice(minutes), "with_need": is_referral,
            "count": 1 if is_referral else self._one_of({1: 8, 2: 1, 5: 1}),
            "happened_on": local.date(), "hour": local.hour,
        }  # fmt: skip

    def _need(
        self,
        inquiry_id: str,
        sort: int,
        moment: datetime,
        common: Mapping[str, Any],
        *,
        followed: bool,
    ) -> Iterator[tuple[type, dict[str, Any]]]:
        need_id, heading = self._id(), self._heading(moment)
        terms = self._world.terms[heading]
        outcome = self._outcome(heading)
        is_unmet = outcome in {Outcome.UNMET, Outcome.PARTLY_MET}
        # People need some things more often than others: the first terms more than the last.
        term = terms[int(len(terms) * self._chance.random() ** 2.5)]
        yield NeedRow, {
            **common, "id": need_id, "inquiry_id": inquiry_id, "sort": sort, "heading": heading,
            "term_code": term, "outcome": outcome,
            "unmet_reason": self._one_of(_REASONS) if is_unmet else "", "fewer_reason": "",
        }  # fmt: skip
        where = {name: common[name] for name in ("month", "desk", "county")}
        for service_id in self._given(outcome, heading):
            known = followed and self._chance.random() < 0.7
            yield ReferralRow, {
                **where, "id": self._id(), "need_id": need_id, "service_id": service_id,
                "location_id": "", "method": Method.REFERRAL, "said": {}, "given_at": moment,
                "heading": heading, "term_code": term, **self._result(is_known=known),
            }  # fmt: skip

    def _given(self, outcome: Outcome, heading: str) -> Sequence[str]:
        services = self._world.services[heading]
        number = {Outcome.REFERRED: 3, Outcome.PARTLY_MET: 1, Outcome.INFORMATION: 1}.get(outcome)
        return self._chance.sample(services, min(number or 0, len(services)))

    def _result(self, *, is_known: bool) -> dict[str, Any]:
        result = complete_result(self._one_of(_RESULTS)) if is_known else ReferralResult()
        return {
            "tried": result.tried, "reached": result.reached, "got_help": result.got_help,
            "solved": result.solved, "why_not": result.why_not or "",
        }  # fmt: skip

    def _follow_up(self, inquiry_id: str, moment: datetime) -> dict[str, Any]:
        due = (moment + timedelta(days=7)).date()
        done = {FollowUpStatus.DONE: 76, FollowUpStatus.GIVEN_UP: 18, FollowUpStatus.FORGOTTEN: 6}
        # What was due these days is still to be done, so that the queue has something overdue.
        waits = (self._now.date() - due).days < _LATE_DAYS
        status = FollowUpStatus.WAITING if waits else self._one_of(done)
        return {
            "id": self._id(), "inquiry_id": inquiry_id, "permitted_at": moment, "due_on": due,
            "erase_on": due + timedelta(days=53), "contact": "", "status": status,
            "contact_kind": ContactKind.AT_DESK if waits else "",
        }  # fmt: skip

    def _reply(self) -> dict[str, Any]:
        moment = self._moment()
        kinds = {SlipReply.GOT_HELP: 50, SlipReply.FULL: 24, SlipReply.NOT_ELIGIBLE: 20,
                 SlipReply.WRONG_NUMBER: 6}  # fmt: skip
        return {
            "id": self._id(), "slip_code": None, "kind": self._one_of(kinds),
            "service_id": self._chance.choice(self._world.services[self._heading(moment)]),
            "month": moment.astimezone(self._zone).strftime("%Y-%m"),
            "replied_at": moment, "seen_at": moment,
        }  # fmt: skip

    def _missed(self, heading: str) -> dict[str, Any]:
        return {
            "id": self._id(), "county": "Crawford County, PA", "zip_code": "16335",
            "month": self._moment().astimezone(self._zone).strftime("%Y-%m"),
            "count": self._chance.randint(3, 14), "heading": heading,
            "term_code": self._world.terms[heading][-1],
        }  # fmt: skip

    def _moment(self) -> datetime:
        """Some minute of fourteen months while the desk is open; their number grows a little."""
        day = int(_DAYS * self._chance.random() ** 1.15)
        local = (self._now - timedelta(days=day)).astimezone(self._zone)
        minute = timedelta(minutes=self._chance.randrange(8 * 60))
        opened = local.replace(hour=9, minute=0, second=0, microsecond=0)
        return min(opened + minute, self._now)

    def _heading(self, moment: datetime) -> str:
        weights = dict(self._world.headings)
        if moment.month in {11, 12, 1, 2} and "basic-needs" in weights:  # heat and light bills
            weights["basic-needs"] = int(weights["basic-needs"] * 1.5)
        return self._one_of(weights)

    def _outcome(self, heading: str) -> Outcome:
        unmet = _UNMET.get(heading, 7)
        return self._one_of({
            Outcome.REFERRED: 64, Outcome.INFORMATION: 15, Outcome.PARTLY_MET: unmet // 2,
            Outcome.UNMET: unmet, Outcome.DECLINED: 3, Outcome.CRISIS: 1,
        })  # fmt: skip

    def _one_of(self, weights: Mapping[T, int]) -> T:
        return self._chance.choices(list(weights), list(weights.values()))[0]

    def _id(self) -> str:
        return str(UUID(int=self._chance.getrandbits(128), version=4))


def _world(instance: Instance, session: Session) -> _World:
    tree, crosswalk = instance.listings.terms(session), load_crosswalk(session)
    slugs = [each.slug for each in read_headings(session)]
    terms: dict[str, list[str]] = defaultdict(list)
    for term in filter(lambda each: each.code, tree.terms.values()):
        found = crosswalk.headings_for("", [tree.heading_path(term.id)])
        if heading := next((slug for slug in slugs if slug in found), ""):
            terms[heading].append(term.code)
    services: dict[str, list[str]] = defaultdict(list)
    rows = session.execute(
        select(ServiceHeadingRow.heading, ServiceRow.id)
        .join(ServiceRow, ServiceHeadingRow.service_id == ServiceRow.id)
        .where(shown_services(Audience.PUBLIC), shown(ServiceHeadingRow, Audience.PUBLIC))
        .order_by(ServiceRow.id)
    )
    for heading, service_id in rows:
        services[heading].append(service_id)
    headings = {slug: _HEADINGS[slug] for slug in slugs if terms[slug] and services[slug]}
    return _World(headings, terms, services)
