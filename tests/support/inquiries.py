"""Inquiries for tests of reports, written by the dozen."""

from uuid import uuid4

from referral.desk.codes import Outcome, UnmetReason
from referral.desk.rows import InquiryRow, NeedRow
from referral.directory.context import Directory, local_month


def add_unmet(
    directory: Directory,
    number: int,
    heading: str = "health",
    reason: UnmetReason = UnmetReason.FULL,
    *,
    zip_code: str = "16335",
    county: str = "Crawford County, PA",
    desk: str = "Main desk",
    term_code: str = "",
) -> None:
    """Write so many closed inquiries with one unmet need each."""
    month = local_month(directory)
    common = {"month": month, "desk": desk, "county": county, "zip_code": zip_code}
    with directory.store.write() as session:
        for _ in range(number):
            need = NeedRow(
                id=str(uuid4()),
                heading=heading,
                term_code=term_code,
                outcome=Outcome.UNMET,
                unmet_reason=reason,
                **common,
            )
            session.add(
                InquiryRow(
                    id=str(uuid4()),
                    code="",
                    started_at=directory.now(),
                    closed_at=directory.now(),
                    needs=[need],
                    **common,
                )
            )
