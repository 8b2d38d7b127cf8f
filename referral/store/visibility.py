"""The visibility rule (``records.visibility``) as conditions of a query."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import aliased

from referral.records.visibility import Audience, statuses_shown_to, visible_to
from referral.store.base import RecordRow
from referral.store.rows import OrganizationRow, ServiceRow


def shown(row: type[RecordRow], audience: Audience) -> ColumnElement[bool]:
    """Rows of one table that the audience may see, looking at the row alone."""
    return and_(
        row.visibility.in_([value.value for value in visible_to(audience)]),
        row.retired_at.is_(None),
    )


def shown_services(audience: Audience) -> ColumnElement[bool]:
    """Services that the audience may see: the service, its status and its organization."""
    organization = aliased(OrganizationRow)
    hidden_organizations = select(organization.id).where(~shown(organization, audience))
    return and_(
        shown(ServiceRow, audience),
        ServiceRow.status.in_(statuses_shown_to(audience)),
        or_(
            ServiceRow.organization_id.is_(None),
            ServiceRow.organization_id.not_in(hidden_organizations),
        ),
    )
