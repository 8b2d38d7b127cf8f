"""Sample work for curators in the demo: reports, a proposal, duplicates, an import to review."""

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

# Words of reports, and their age in days, by name of the service.
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
_PROPOSED_DAYS_AGO = 6


def add_sample_work(instance: Instance) -> bool:
    """Add sample work for curators; return False if this is no demo, or has the work already."""
    if not instance.settings.sample_data:
        return False
    with instance.store.read() as session:
        if session.scalar(select(ImportBatchRow.id).where(ImportBatchRow.source == SECOND_LIST)):
            return False
        service_ids = _service_ids_by_name(session)
    for name, (words, days_ago) in _REPORTS.items():
        record_report(instance, service_ids[name], ReportKind.PHONE, words)
        with instance.store.write() as session:
            is_of_service = ProblemReportRow.service_id == service_ids[name]
            row = session.scalars(select(ProblemReportRow).where(is_of_service)).one()
            row.reported_on = local_today(instance) - timedelta(days_ago)
    propose_place(instance, _PROPOSED)
    with instance.store.write() as session:
        proposed_on = local_today(instance) - timedelta(_PROPOSED_DAYS_AGO)
        session.scalars(select(ProposedPlaceRow)).one().proposed_on = proposed_on
    load_second_list(instance)
    find_duplicates(instance)
    with (resource_path("seed_data") / "second_list_update.json").open("rb") as update:
        upload_list(instance, update, name="second list, update.json", source=SECOND_LIST)
    return True


def _service_ids_by_name(session: Session) -> dict[str, str]:
    query = select(ServiceRow.name, ServiceRow.id).where(ServiceRow.name.in_(_REPORTS))
    return {name: service_id for name, service_id in session.execute(query)}  # noqa: C416  # rows
