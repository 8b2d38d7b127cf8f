"""Work that waits in the demo: wrong numbers, a proposed place, duplicates, a list to review."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.directory.instance import Instance, local_today
from referral.duplicates.candidates import find_duplicates
from referral.imports.batches import upload_list
from referral.imports.seed_lists import SECOND_LIST, load_second_list
from referral.proposals.proposed_places import propose_place
from referral.proposals.records import ProposedPlace
from referral.proposals.rows import ProposedPlaceRow
from referral.resources import resource_path
from referral.store.rows import ServiceRow
from referral.store.rows_log import ImportBatchRow
from referral.verification.feedback import record_report
from referral.verification.records import ReportKind
from referral.verification.rows import ProblemReportRow

# Service → what somebody wrote, and how many days ago.
_REPORTS = {
    "Neighbors Food Pantry": ("A man says this is his own number now.", 9),
    "Springs Pantry": ("It rings, and nobody ever answers.", 3),
}
_PROPOSED = ProposedPlace(
    name="Springs Pantry and Diaper Shelf",
    helps_with="Diapers and wipes on the first Saturday of the month.",
    phone="814-555-0192",
    address="In the old school on Mill Street",
)
_PROPOSED_DAYS = 6


def add_sample_work(instance: Instance) -> bool:
    """Invent work for curators; False where this is not the demo, or it was done before."""
    if not instance.settings.sample_data:
        return False
    with instance.store.read() as session:
        if session.scalar(select(ImportBatchRow.id).where(ImportBatchRow.source == SECOND_LIST)):
            return False
        services = _services(session)
    for name, (words, days) in _REPORTS.items():
        record_report(instance, services[name], ReportKind.PHONE, words)
        with instance.store.write() as session:
            reported = ProblemReportRow.service_id == services[name]
            row = session.scalars(select(ProblemReportRow).where(reported)).one()
            row.reported_on = local_today(instance) - timedelta(days)
    propose_place(instance, _PROPOSED)
    with instance.store.write() as session:
        proposed_on = local_today(instance) - timedelta(_PROPOSED_DAYS)
        session.scalars(select(ProposedPlaceRow)).one().proposed_on = proposed_on
    load_second_list(instance)
    find_duplicates(instance)
    with (resource_path("seed_data") / "second_list_update.json").open("rb") as update:
        upload_list(instance, update, name="second list, update.json", source=SECOND_LIST)
    return True


def _services(session: Session) -> dict[str, str]:
    wanted = select(ServiceRow.name, ServiceRow.id).where(ServiceRow.name.in_(_REPORTS))
    return {name: service_id for name, service_id in session.execute(wanted)}  # noqa: C416  # rows
