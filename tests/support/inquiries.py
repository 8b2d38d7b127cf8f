"""Inquiries for tests of reports, written by the dozen."""

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
    """The last month whose inquiries reports may count."""
    return last_closed_month(instance)


def add_unmet(
    instance: Instance,
    number: int,
    heading: str = "health",
    reason: UnmetReason = UnmetReason.FULL,
    *,
    zip_code: str = "16335",
    county: str = "Crawford County, PA",
    desk: str = "Main desk",
    term_code: str = "",
    month: str = "",
) -> None:
    """Write so many inquiries with one unmet need each, closed in a month that is over."""
    common = {
        "month": month or closed_month(instance),
        "desk": desk,
        "county": county,
        "zip_code": zip_code,
    }
    with instance.store.write() as session:
        for _ in range(number):
            need = NeedRow(
                id=str(uuid4()),
                heading=heading,
                term_code=term_code,
                outcome=Outcome.UNMET,
                unmet_reason=reason,
                **common,
            )
            session.add(_inquiry(instance, common, [need]))


def add_random_inquiries(
    instance: Instance, chance: random.Random, month: str, number: int
) -> None:
    """Write so many closed inquiries of a month, of all kinds, some much rarer than others."""
    with instance.store.write() as session:
        for _ in range(number):
            zip_code = _one_of(chance, tuple(_PLACES))
            common = {
                "month": month,
                "desk": chance.choice(("Main desk", "North")),
                "county": _PLACES[zip_code],
                "zip_code": zip_code,
            }
            needs = [_need(chance, common) for _ in range(chance.choice((1, 1, 1, 2)))]
            inquiry = _inquiry(instance, common, needs)
            inquiry.hour = chance.choice((10, 10, 15, 9, 0, None))
            inquiry.happened_on = date(int(month[:4]), int(month[5:]), chance.randint(1, 28))
            inquiry.language = _one_of(chance, ("en", "es", "ar", ""))
            inquiry.age_band = _one_of(chance, tuple(AgeBand))
            inquiry.household = _one_of(chance, tuple(Household))
            inquiry.barriers = [
                _one_of(chance, tuple(Barrier)) for _ in range(chance.choice((0, 2)))
            ]
            session.add(inquiry)


def add_services(instance: Instance) -> None:
    """Write services under different headings, which slips can be about."""
    load_headings(instance)
    with instance.store.write() as session:
        for service_id, heading in _SERVICES.items():
            common = {"source": "test", "source_key": service_id}
            session.add(ServiceRow(id=service_id, name=service_id, **common))
            session.flush()
            session.add(
                ServiceHeadingRow(id=service_id, service_id=service_id, heading=heading, **common)
            )


def add_random_results(instance: Instance, chance: random.Random, month: str, number: int) -> None:
    """Write so many services given with their results, and answers to slips, in a month."""
    with instance.store.write() as session:
        needs = session.scalars(select(NeedRow).where(NeedRow.month == month)).all()
        for _ in range(number if needs else 0):
            need, result = chance.choice(needs), _one_of(chance, tuple(_RESULTS))
            session.add(
                ReferralRow(
                    id=str(uuid4()),
                    need_id=need.id,
                    service_id=_one_of(chance, tuple(_SERVICES)),
                    method="told",
                    given_at=instance.now(),
                    month=month,
                    desk=need.desk,
                    heading=need.heading,
                    term_code=need.term_code,
                    why_not="" if result in _HELPED else _one_of(chance, tuple(WhyNot)),
                    **_RESULTS[result],
                )
            )
            session.add(
                SlipReplyRow(
                    id=str(uuid4()),
                    service_id=_one_of(chance, tuple(_SERVICES)),
                    kind=_one_of(chance, tuple(SlipReply)),
                    month=month,
                    replied_at=instance.now(),
                )
            )


def _need(chance: random.Random, common: dict[str, str]) -> NeedRow:
    heading = _one_of(chance, tuple(_TOPICS))
    outcome = _one_of(chance, (Outcome.REFERRED, Outcome.UNMET, Outcome.PARTLY_MET, *Outcome))
    is_unmet = outcome in {Outcome.UNMET, Outcome.PARTLY_MET}
    return NeedRow(
        id=str(uuid4()),
        heading=heading,
        term_code=_one_of(chance, _TOPICS[heading]),
        outcome=outcome,
        unmet_reason=_one_of(chance, tuple(UnmetReason)) if is_unmet else "",
        **common,
    )


def _one_of(chance: random.Random, values: tuple[str, ...]) -> str:
    """The first ones often, the last ones seldom."""
    return values[int(len(values) * chance.random() ** 2.2)]


def _inquiry(instance: Instance, common: dict[str, str], needs: list[NeedRow]) -> InquiryRow:
    return InquiryRow(
        id=str(uuid4()),
        code="",
        started_at=instance.now(),
        closed_at=instance.now(),
        needs=needs,
        **common,
    )
