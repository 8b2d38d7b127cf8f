"""Generated inquiries, referrals and slip replies for tests of reports."""

import random
from datetime import date
from uuid import uuid4

from sqlalchemy import select

from referral.desk.codes import AgeBand, Barrier, Household, Outcome, UnmetReason, WhyNot
from referral.desk.report_columns import last_closed_month
from referral.desk.rows import InquiryRow, NeedRow, ReferralRow
from referral.directory.instance import Instance
from referral.directory.seed import load_headings
from referral.slips.records import SlipReply
from referral.slips.rows import SlipReplyRow
from referral.store.rows import ServiceHeadingRow, ServiceRow

_PLACES = {
    "16335": "Crawford County, PA",
    "16316": "Crawford County, PA",
    "16354": "Crawford County, PA",
    "16501": "Erie County, PA",
    "16509": "Erie County, PA",
    "": "",
}
_TOPICS = {
    "basic-needs": ("food", "rent", "heat", "beds", ""),
    "health": ("teeth", "eyes", "care"),
    "legal": ("wills", "court"),
    "families": ("child-care",),
}


_SERVICES = {"a": "basic-needs", "b": "health", "c": "legal", "d": "families"}
_HELPED = ("solved", "got_help")
_RESULTS = {
    "solved": {"tried": True, "reached": True, "got_help": True, "solved": True},
    "reached": {"tried": True, "reached": True, "got_help": False},
    "got_help": {"tried": True, "reached": True, "got_help": True, "solved": False},
    "tried": {"tried": True, "reached": False},
    "not_tried": {"tried": False},
}


def closed_month(instance: Instance) -> str:
    """Return the latest month whose inquiries reports may count."""
    return last_closed_month(instance)


def add_unmet(
    instance: Instance,
    count: int,
    heading: str = "health",
    reason: UnmetReason = UnmetReason.FULL,
    *,
    zip_code: str = "16335",
    county: str = "Crawford County, PA",
    desk: str = "Main desk",
    term_code: str = "",
    month: str = "",
) -> None:
    """Add closed inquiries with one unmet need each, by default in the latest closed month."""
    common = {
        "month": month or closed_month(instance),
        "desk": desk,
        "county": county,
        "zip_code": zip_code,
    }
    with instance.store.write() as session:
        for _ in range(count):
            need = NeedRow(
                id=str(uuid4()),
                heading=heading,
                term_code=term_code,
                outcome=Outcome.UNMET,
                unmet_reason=reason,
                **common,
            )
            session.add(_inquiry(instance, common, [need]))


def add_random_inquiries(instance: Instance, rng: random.Random, month: str, count: int) -> None:
    """Add closed inquiries of a month with random values, some of them much rarer than others."""
    with instance.store.write() as session:
        for _ in range(count):
            zip_code = _skewed_choice(rng, tuple(_PLACES))
            common = {
                "month": month,
                "desk": rng.choice(("Main desk", "North")),
                "county": _PLACES[zip_code],
                "zip_code": zip_code,
            }
            needs = [_need(rng, common) for _ in range(rng.choice((1, 1, 1, 2)))]
            inquiry = _inquiry(instance, common, needs)
            inquiry.hour = rng.choice((10, 10, 15, 9, 0, None))
            inquiry.happened_on = date(int(month[:4]), int(month[5:]), rng.randint(1, 28))
            inquiry.language = _skewed_choice(rng, ("en", "es", "ar", ""))
            inquiry.age_band = _skewed_choice(rng, tuple(AgeBand))
            inquiry.household = _skewed_choice(rng, tuple(Household))
            inquiry.barriers = [
                _skewed_choice(rng, tuple(Barrier)) for _ in range(rng.choice((0, 2)))
            ]
            session.add(inquiry)


def add_services(instance: Instance) -> None:
    """Add services under different headings, for referrals and slips."""
    load_headings(instance)
    with instance.store.write() as session:
        for service_id, heading in _SERVICES.items():
            common = {"source": "test", "source_key": service_id}
            session.add(ServiceRow(id=service_id, name=service_id, **common))
            session.flush()
            session.add(
                ServiceHeadingRow(id=service_id, service_id=service_id, heading=heading, **common)
            )


def add_random_results(instance: Instance, rng: random.Random, month: str, count: int) -> None:
    """Add referrals with random results, and as many slip replies, in a month with inquiries."""
    with instance.store.write() as session:
        needs = session.scalars(select(NeedRow).where(NeedRow.month == month)).all()
        for _ in range(count if needs else 0):
            need, result = rng.choice(needs), _skewed_choice(rng, tuple(_RESULTS))
            session.add(
                ReferralRow(
                    id=str(uuid4()),
                    need_id=need.id,
                    service_id=_skewed_choice(rng, tuple(_SERVICES)),
                    method="told",
                    given_at=instance.now(),
                    month=month,
                    desk=need.desk,
                    heading=need.heading,
                    term_code=need.term_code,
                    why_not="" if result in _HELPED else _skewed_choice(rng, tuple(WhyNot)),
                    **_RESULTS[result],
                )
            )
            session.add(
                SlipReplyRow(
                    id=str(uuid4()),
                    service_id=_skewed_choice(rng, tuple(_SERVICES)),
                    kind=_skewed_choice(rng, tuple(SlipReply)),
                    month=month,
                    replied_at=instance.now(),
                )
            )


def _need(rng: random.Random, common: dict[str, str]) -> NeedRow:
    heading = _skewed_choice(rng, tuple(_TOPICS))
    outcome = _skewed_choice(rng, (Outcome.REFERRED, Outcome.UNMET, Outcome.PARTLY_MET, *Outcome))
    is_unmet = outcome in {Outcome.UNMET, Outcome.PARTLY_MET}
    return NeedRow(
        id=str(uuid4()),
        heading=heading,
        term_code=_skewed_choice(rng, _TOPICS[heading]),
        outcome=outcome,
        unmet_reason=_skewed_choice(rng, tuple(UnmetReason)) if is_unmet else "",
        **common,
    )


def _skewed_choice(rng: random.Random, values: tuple[str, ...]) -> str:
    """Return a random value: the first values often, the last ones seldom."""
    return values[int(len(values) * rng.random() ** 2.2)]


def _inquiry(instance: Instance, common: dict[str, str], needs: list[NeedRow]) -> InquiryRow:
    return InquiryRow(
        id=str(uuid4()),
        code="",
        started_at=instance.now(),
        closed_at=instance.now(),
        needs=needs,
        **common,
    )
