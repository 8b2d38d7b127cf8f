"""Fourteen months of random inquiries and missed searches for the demo, at three branches."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar
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
_DAYS = 425  # covered by the sample, up to today
_OPEN_FOLLOW_UP_DAYS = 4
# The values of these mappings are weights: how often a key is chosen.
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
# Types of short questions, which have no need.
_SHORT_TYPES = {
    QuestionType.DIRECTIONAL: 50, QuestionType.REFERENCE: 30, QuestionType.TECHNOLOGY: 20,
}  # fmt: skip
_HEADINGS = {"basic-needs": 46, "health": 15, "employment": 9, "seniors": 9, "families": 8,
             "legal": 7, "emergency": 4, "volunteers": 2}  # fmt: skip
_UNMET_REASONS = {
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
# Weights of needs that stay unmet, by heading, beside weights of other outcomes of about 90.
_DEFAULT_UNMET_WEIGHT = 7
_UNMET_WEIGHTS = {"basic-needs": 16, "health": 14, "legal": 22, "families": 12, "emergency": 9}


class _Effort(NamedTuple):
    read_scale: Mapping[int | None, int]  # weights of the levels on the READ scale
    minutes: Sequence[int]


_EFFORTS: Mapping[QuestionType, _Effort] = {
    QuestionType.DIRECTIONAL: _Effort({1: 9, None: 1}, (1, 1, 2)),
    QuestionType.REFERENCE: _Effort({2: 3, 3: 5, 4: 3, 5: 1}, (5, 8, 10, 15, 30)),
    QuestionType.TECHNOLOGY: _Effort({1: 2, 2: 5, 3: 3}, (3, 5, 10, 20)),
    QuestionType.REFERRAL: _Effort({2: 3, 3: 5, 4: 3, 5: 1, None: 2}, (5, 10, 15, 20, 40)),
}


@dataclass(frozen=True, slots=True)
class _Catalog:
    """The headings, terms and services that needs of the demo's sample inquiries are about.

    Attributes:
        headings: weights.
        terms: codes.
        services: ids.
    """

    headings: Mapping[str, int]
    terms: Mapping[str, Sequence[str]]
    services: Mapping[str, Sequence[str]]


def add_sample_inquiries(instance: Instance, number: int = 1_400, seed: int = 211) -> int:
    """Add fourteen months of random inquiries to the demo, and as many short questions.

    The result is ``number``.

    Nothing is added if the instance is not a demo, or has inquiries already: the result is 0 then.
    """
    if not instance.settings.sample_data:
        return 0
    with instance.store.write() as session:
        if session.scalars(select(InquiryRow.id).limit(1)).first() is not None:
            return 0
        sample = _Sample(instance, _load_catalog(instance, session), seed)
        sample.add_desks(session)
        for batch in in_batches(range(number), _BATCH):
            sample.add_inquiries(session, len(batch))
        sample.add_replies_and_missed_searches(session, number)
    return number


class _Sample:
    """A generator of random inquiries for the demo, reproducible by its seed."""

    def __init__(self, instance: Instance, catalog: _Catalog, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  # a sample, no secret
        self._catalog = catalog
        self._now = instance.now()
        self._zone = ZoneInfo(instance.settings.timezone)
        self._desks = {self._new_id(): weight for weight in _DESKS.values()}

    def add_desks(self, session: Session) -> None:
        """Add the demo's desks at three branches of the library."""
        session.add_all(
            DeskRow(id=desk_id, branch=branch, name=name)
            for desk_id, (branch, name) in zip(self._desks, _DESKS, strict=True)
        )

    def add_inquiries(self, session: Session, number: int) -> None:
        """Add the demo's inquiries with needs and referrals, and as many short questions."""
        rows: dict[type, list[dict[str, Any]]] = defaultdict(list)
        for _ in range(number):
            rows[InquiryRow].append(self._short_question())
            for table, values in self._iter_inquiry():
                rows[table].append(values)
        for table in (InquiryRow, NeedRow, ReferralRow, FollowUpRow):
            if rows[table]:
                session.execute(insert(table), rows[table])

    def add_replies_and_missed_searches(self, session: Session, inquiries: int) -> None:
        """Add the demo's replies by slip and missed searches.

        A twelfth of the inquiries has a reply; the missed searches are by heading.
        """
        replies = [self._slip_reply() for _ in range(inquiries // 12)]
        session.execute(insert(SlipReplyRow), replies)
        missed = [self._missed_search(heading) for heading in self._catalog.headings]
        session.execute(insert(MissedSearchRow), missed)

    def _iter_inquiry(self) -> Iterator[tuple[type, dict[str, Any]]]:
        """Yield the tables and values of a sample inquiry with needs, referrals and follow-up."""
        moment = self._moment()
        zip_code = self._choose(_ZIPS)
        place = find_zip(zip_code) if zip_code else None
        common = {
            "month": self._month(moment),
            "desk": self._choose(self._desks),
            "county": f"{place.county}, {place.state}" if place else "",
            "zip_code": zip_code,
        }
        inquiry_id = self._new_id()
        yield InquiryRow, {
            **common, **self._statistics(QuestionType.REFERRAL, moment),
            "id": inquiry_id, "code": "",
            "started_at": moment, "closed_at": moment + timedelta(minutes=6),
            "training": False, "channel": self._choose(_CHANNELS),
            "language": self._choose(_LANGUAGES), "tried": [], "barriers": [], "access_needs": [],
            "age_band": self._random.choice([*AgeBand, ""]),
            "household": self._random.choice([*Household, ""]),
        }  # fmt: skip
        has_follow_up = self._random.random() < 0.16
        for sort in range(self._choose({1: 74, 2: 20, 3: 6})):
            yield from self._iter_need(
                inquiry_id, sort, moment, common, has_follow_up=has_follow_up
            )
        if has_follow_up:
            yield FollowUpRow, self._follow_up(inquiry_id, moment)

    def _short_question(self) -> dict[str, Any]:
        moment, kind = self._moment(), self._choose(_SHORT_TYPES)
        return {
            **self._statistics(kind, moment), "id": self._new_id(), "code": "",
            "month": self._month(moment),
            "desk": self._choose(self._desks), "county": "", "zip_code": "",
            "started_at": moment, "closed_at": moment, "training": False,
            "channel": self._choose(_CHANNELS), "language": "", "tried": [], "barriers": [],
            "access_needs": [], "age_band": "", "household": "",
        }  # fmt: skip

    def _statistics(self, kind: QuestionType, moment: datetime) -> dict[str, Any]:
        """Return the columns of a sample inquiry that reference statistics count."""
        local, effort = moment.astimezone(self._zone), _EFFORTS[kind]
        is_referral = kind is QuestionType.REFERRAL
        return {
            "question_type": kind, "read_scale": self._choose(effort.read_scale),
            "minutes": self._random.choice(effort.minutes), "with_need": is_referral,
            "count": 1 if is_referral else self._choose({1: 8, 2: 1, 5: 1}),
            "happened_on": local.date(), "hour": local.hour,
        }  # fmt: skip

    def _iter_need(
        self,
        inquiry_id: str,
        sort: int,
        moment: datetime,
        common: Mapping[str, Any],
        *,
        has_follow_up: bool,
    ) -> Iterator[tuple[type, dict[str, Any]]]:
        """Yield the tables and values of a sample inquiry's need and its referrals."""
        need_id, heading = self._new_id(), self._heading(moment)
        terms = self._catalog.terms[heading]
        outcome = self._outcome(heading)
        is_unmet = outcome in {Outcome.UNMET, Outcome.PARTLY_MET}
        # Some needs are more common than others: the first terms are chosen more often.
        term = terms[int(len(terms) * self._random.random() ** 2.5)]
        yield NeedRow, {
            **common, "id": need_id, "inquiry_id": inquiry_id, "sort": sort, "heading": heading,
            "term_code": term, "outcome": outcome,
            "unmet_reason": self._choose(_UNMET_REASONS) if is_unmet else "", "fewer_reason": "",
        }  # fmt: skip
        where = {name: common[name] for name in ("month", "desk", "county")}
        for service_id in self._referred_services(outcome, heading):
            is_known = has_follow_up and self._random.random() < 0.7
            yield ReferralRow, {
                **where, "id": self._new_id(), "need_id": need_id, "service_id": service_id,
                "location_id": "", "method": Method.REFERRAL, "said": {}, "given_at": moment,
                "heading": heading, "term_code": term, **self._result(is_known=is_known),
            }  # fmt: skip

    def _referred_services(self, outcome: Outcome, heading: str) -> Sequence[str]:
        services = self._catalog.services[heading]
        number = {Outcome.REFERRED: 3, Outcome.PARTLY_MET: 1, Outcome.INFORMATION: 1}.get(outcome)
        return self._random.sample(services, min(number or 0, len(services)))

    def _result(self, *, is_known: bool) -> dict[str, Any]:
        result = complete_result(self._choose(_RESULTS)) if is_known else ReferralResult()
        return {
            "tried": result.tried, "reached": result.reached, "got_help": result.got_help,
            "solved": result.solved, "why_not": result.why_not or "",
        }  # fmt: skip

    def _follow_up(self, inquiry_id: str, moment: datetime) -> dict[str, Any]:
        due = (moment + timedelta(days=7)).date()
        done = {FollowUpStatus.DONE: 76, FollowUpStatus.GIVEN_UP: 18, FollowUpStatus.FORGOTTEN: 6}
        # Follow-ups that became due in the last days are open, so that the queue has overdue ones.
        is_open = (self._now.date() - due).days < _OPEN_FOLLOW_UP_DAYS
        status = FollowUpStatus.WAITING if is_open else self._choose(done)
        return {
            "id": self._new_id(), "inquiry_id": inquiry_id, "permitted_at": moment, "due_on": due,
            "erase_on": due + timedelta(days=53), "contact": "", "status": status,
            "contact_kind": ContactKind.AT_DESK if is_open else "",
        }  # fmt: skip

    def _slip_reply(self) -> dict[str, Any]:
        moment = self._moment()
        kinds = {SlipReply.GOT_HELP: 50, SlipReply.FULL: 24, SlipReply.NOT_ELIGIBLE: 20,
                 SlipReply.WRONG_NUMBER: 6}  # fmt: skip
        return {
            "id": self._new_id(), "slip_code": None, "kind": self._choose(kinds),
            "service_id": self._random.choice(self._catalog.services[self._heading(moment)]),
            "month": self._month(moment),
            "replied_at": moment, "seen_at": moment,
        }  # fmt: skip

    def _missed_search(self, heading: str) -> dict[str, Any]:
        return {
            "id": self._new_id(), "county": "Crawford County, PA", "zip_code": "16335",
            "month": self._month(self._moment()),
            "count": self._random.randint(3, 14), "heading": heading,
            "term_code": self._catalog.terms[heading][-1],
        }  # fmt: skip

    def _moment(self) -> datetime:
        """Return a random minute in fourteen months of the demo's opening hours.

        Recent days are likelier.
        """
        day = int(_DAYS * self._random.random() ** 1.15)
        local = (self._now - timedelta(days=day)).astimezone(self._zone)
        minute = timedelta(minutes=self._random.randrange(8 * 60))
        opened = local.replace(hour=9, minute=0, second=0, microsecond=0)
        return min(opened + minute, self._now)

    def _month(self, moment: datetime) -> str:
        return moment.astimezone(self._zone).strftime("%Y-%m")

    def _heading(self, moment: datetime) -> str:
        weights = dict(self._catalog.headings)
        if moment.month in {11, 12, 1, 2} and "basic-needs" in weights:  # heat and light bills
            weights["basic-needs"] = int(weights["basic-needs"] * 1.5)
        return self._choose(weights)

    def _outcome(self, heading: str) -> Outcome:
        unmet = _UNMET_WEIGHTS.get(heading, _DEFAULT_UNMET_WEIGHT)
        return self._choose({
            Outcome.REFERRED: 64, Outcome.INFORMATION: 15, Outcome.PARTLY_MET: unmet // 2,
            Outcome.UNMET: unmet, Outcome.DECLINED: 3, Outcome.CRISIS: 1,
        })  # fmt: skip

    def _choose(self, weights: Mapping[T, int]) -> T:
        """Return a random key of a mapping, with its values as weights, for the demo."""
        return self._random.choices(list(weights), list(weights.values()))[0]

    def _new_id(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))


def _load_catalog(instance: Instance, session: Session) -> _Catalog:
    tree, crosswalk = instance.listings.terms(session), load_crosswalk(session)
    slugs = [heading.slug for heading in read_headings(session)]
    terms: dict[str, list[str]] = defaultdict(list)
    for term in tree.terms.values():
        if not term.code:
            continue
        headings_of_term = crosswalk.headings_for("", [tree.heading_path(term.id)])
        if heading := next((slug for slug in slugs if slug in headings_of_term), ""):
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
    return _Catalog(headings, terms, services)
