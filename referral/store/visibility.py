"""The visibility rule (``records.visibility``) as conditions of a query."""

from __future__ import annotations

from functools import cache

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import aliased

from referral.records.visibility import (
    Audience,
    sees_other_days,
    statuses_shown_to,
    visible_to,
)
from referral.store.base import RecordRow
from referral.store.rows import OrganizationRow, ServiceRow
from referral.store.rows_log import StoreStateRow
from referral.store.rows_texts import hidden_here


def shown(row_class: type[RecordRow], audience: Audience) -> ColumnElement[bool]:
    """Return a condition: an audience may see a row, regardless of the records that it names."""
    return and_(
        row_class.visibility.in_([value.value for value in visible_to(audience)]),
        row_class.retired_at.is_(None),
    )


@cache  # building it takes longer than running it
def shown_services(audience: Audience) -> ColumnElement[bool]:
    """Return a condition: an audience may see a service, by its status, days and organization.

    The public does not see services that the library itself hides (``local_notes``).
    """
    organization = aliased(OrganizationRow)
    # Correlated, since an uncorrelated subquery would read all organizations.
    is_hidden = (
        select(organization.id)
        .where(organization.id == ServiceRow.organization_id, ~shown(organization, audience))
        .correlate(ServiceRow)
        .exists()
    )
    return and_(
        shown(ServiceRow, audience),
        ServiceRow.status.in_(statuses_shown_to(audience)),
        *([] if sees_other_days(audience) else [_is_listed_today()]),
        *([ServiceRow.id.not_in(hidden_here())] if audience is Audience.PUBLIC else []),
        ~is_hidden,
    )


def _is_listed_today() -> ColumnElement[bool]:
    """Return a condition: a service is listed on the store's listing day."""
    day = select(StoreStateRow.listing_day).where(StoreStateRow.id == 1).scalar_subquery()
    return and_(
        or_(ServiceRow.listed_from.is_(None), ServiceRow.listed_from <= day),
        or_(ServiceRow.listed_until.is_(None), ServiceRow.listed_until >= day),
    )
