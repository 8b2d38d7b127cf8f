"""Services of a guide as staff choose them: search by name, and what became of chosen ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from referral.directory.context import Directory
from referral.guides.published import public_services
from referral.records.accounts import visible
from referral.records.visibility import Audience
from referral.store.rows import OrganizationRow, ServiceRow
from referral.store.visibility import shown_services

MOST_FOUND = 12


class ChosenState(StrEnum):
    """What the public sees of a chosen service."""

    SHOWN = "shown"
    MERGED = "merged"  # the guide shows the service that it was merged into
    HIDDEN = "hidden"  # retired, hidden or withheld: it comes back when the public may see it
    GONE = "gone"  # there is no such record


@dataclass(frozen=True, slots=True)
class ChosenService:
    """A chosen service; ``by`` is the organization, or the survivor's name where it was merged."""

    id: str
    name: str
    by: str
    state: ChosenState = ChosenState.SHOWN

    @property
    def is_left_out(self) -> bool:
        """Whether the public sees neither it nor a survivor."""
        return self.state in {ChosenState.HIDDEN, ChosenState.GONE}


def find_services(directory: Directory, words: str) -> tuple[ChosenService, ...]:
    """Public services whose name or organization has all the words, by name; ``MOST_FOUND``."""
    wanted = visible(words).casefold().split()
    if not wanted:
        return ()
    names = [func.lower(ServiceRow.name), func.lower(func.coalesce(OrganizationRow.name, ""))]
    has_all = (or_(*(name.contains(word, autoescape=True) for name in names)) for word in wanted)
    statement = (
        select(ServiceRow.id, ServiceRow.name, OrganizationRow.name)
        .outerjoin(OrganizationRow, ServiceRow.organization_id == OrganizationRow.id)
        .where(shown_services(Audience.PUBLIC), *has_all)
        .order_by(names[0], ServiceRow.id)
        .limit(MOST_FOUND)
    )
    with directory.store.read() as session:
        return tuple(ChosenService(*row) for row in session.execute(statement))


def read_chosen(directory: Directory, service_ids: Sequence[str]) -> dict[str, ChosenService]:
    """Id → what became of a service that was chosen."""
    with directory.store.read() as session:
        cards = public_services(directory, session, service_ids)
        lost = _names(session, [each for each in service_ids if each not in cards])
        merged = [each for each, card in cards.items() if card.service.id != each]
        names = _names(session, merged)
    found = {each: ChosenService(each, "", "", ChosenState.GONE) for each in service_ids}
    for each, name in lost.items():
        found[each] = ChosenService(each, name, "", ChosenState.HIDDEN)
    for each, card in cards.items():
        by = card.organization.name if card.organization else ""
        found[each] = ChosenService(each, card.service.name, by)
        if each in merged:
            found[each] = ChosenService(
                each, names.get(each, ""), card.service.name, ChosenState.MERGED
            )
    return found


def _names(session: Session, service_ids: Sequence[str]) -> dict[str, str]:
    row = ServiceRow
    statement = select(row.id, row.name).where(row.id.in_(list(service_ids)))
    return {row.id: row.name for row in session.execute(statement)}
