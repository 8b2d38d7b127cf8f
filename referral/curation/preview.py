"""Public preview of a draft: written, read by the visibility rules and rolled back."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.curation.drafts import Draft, load_tree
from referral.curation.save import write_draft, write_transaction
from referral.directory.context import Directory
from referral.directory.listings import organization_page, service_page
from referral.directory.view_models import OrganizationPage, ServicePage
from referral.errors import NotFoundError
from referral.records.edits import Author
from referral.records.visibility import Audience
from referral.store.rows import ServiceAtLocationRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The public page that shows the draft; both None when the public would see none.

    A location has no page of its own: it is shown on that of a service there, or of its
    organization.
    """

    service: ServicePage | None = None
    organization: OrganizationPage | None = None


def preview_draft(directory: Directory, draft: Draft) -> Preview:
    """The page of a draft that is not saved. Nothing stays written.

    Raises:
        NotFoundError: the record is gone.
        RefusedError: a record in it lacks a name or parent.
    """
    with write_transaction(directory, Author()) as session:
        stored = bool(draft.fingerprint)
        family = load_tree(session, draft.kind, draft.record.id) if stored else None
        write_draft(session, draft, family)
        preview = _preview(directory, session, draft)
        session.rollback()
    return preview


def _preview(directory: Directory, session: Session, draft: Draft) -> Preview:
    if draft.kind == "service":
        return Preview(service=_service(directory, session, draft.record.id))
    if draft.kind == "organization":
        return Preview(organization=_organization(directory, session, draft.record.id))
    at = ServiceAtLocationRow
    for service_id in session.scalars(
        select(at.service_id).where(at.location_id == draft.record.id, at.retired_at.is_(None))
    ):
        page = _service(directory, session, service_id or "")
        if page and any(site.location.id == draft.record.id for site in page.sites):
            return Preview(service=page)
    owner = str(getattr(draft.record, "organization_id", ""))
    page_of_owner = _organization(directory, session, owner)
    if page_of_owner and any(site.location.id == draft.record.id for site in page_of_owner.sites):
        return Preview(organization=page_of_owner)
    return Preview()


def _service(directory: Directory, session: Session, service_id: str) -> ServicePage | None:
    try:
        return service_page(directory, session, service_id, Audience.PUBLIC)
    except NotFoundError:
        return None


def _organization(
    directory: Directory, session: Session, organization_id: str
) -> OrganizationPage | None:
    try:
        return organization_page(directory, session, organization_id, Audience.PUBLIC)
    except NotFoundError:
        return None
