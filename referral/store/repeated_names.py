"""Services whose name another public service has too: by name alone, or within one organization."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from referral.records.visibility import Audience
from referral.store.rows import ServiceRow
from referral.store.visibility import shown_services


@dataclass(frozen=True, slots=True)
class RepeatedNames:
    """Ids of services.

    Attributes:
        services: those whose name occurs more than once in the whole list.
        within_organization: those of them whose organization does not tell them apart either.
    """

    services: frozenset[str] = frozenset()
    within_organization: frozenset[str] = frozenset()


def read_repeated_names(session: Session) -> RepeatedNames:
    """The repeated names of public services; capitals make no difference."""
    name = func.lower(func.trim(ServiceRow.name))
    public = shown_services(Audience.PUBLIC)
    repeated = select(name).where(public).group_by(name).having(func.count() > 1)
    rows = session.execute(
        select(ServiceRow.id, name, ServiceRow.organization_id).where(public, name.in_(repeated))
    ).all()
    return RepeatedNames(
        services=frozenset(service_id for service_id, _, _ in rows),
        within_organization=_repeated((each[0], each[1:]) for each in rows),
    )


def _repeated(keyed: Iterable[tuple[str, Hashable]]) -> frozenset[str]:
    by_key: dict[Hashable, list[str]] = defaultdict(list)
    for service_id, key in keyed:
        by_key[key].append(service_id)
    return frozenset(each for ids in by_key.values() if len(ids) > 1 for each in ids)
