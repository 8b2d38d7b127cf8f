"""Public records of a few services, organizations or places, in a fixed number of statements.

The rule is that of ``PublicRecords``: what this lets go, that lets go too
(``tests/exports/test_hsds_part.py``). It is asked of the rows that come up and of the parents that
they name, never of the whole directory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, Row, exists, select
from sqlalchemy.orm import Session

from referral.records.kinds import KINDS, PARENT_FIELDS, field_names
from referral.records.listing import Credit
from referral.records.visibility import Audience
from referral.store.conversion import ROWS
from referral.store.public.public_reader import PublicReader
from referral.store.public.source_credits import handed_on, read_credits
from referral.store.rows import AddressRow, LocationRow, ServiceAtLocationRow, ServiceRow
from referral.store.visibility import shown, shown_services
from referral.store.withheld_locations import tells_held_place, withheld_location_ids

_PUBLIC = Audience.PUBLIC
_LINKING = ("attribute", "translation", "metadata")


@dataclass(frozen=True, slots=True)
class KindsInUse:
    """Which kinds the directory has at all, what attributes and translations are about, credits.

    What it has none of is not asked for. It may name more than the public sees.
    """

    kinds: frozenset[str] = frozenset(KINDS)
    links: Mapping[str, frozenset[str]] = field(default_factory=dict)
    credits: tuple[Credit, ...] = ()


def read_kinds_in_use(session: Session) -> KindsInUse:
    """What kinds there are now."""
    has = session.execute(select(*(exists(select(ROWS[kind].id)).label(kind) for kind in KINDS)))
    found = has.one()._mapping  # noqa: SLF001
    rows = {kind: ROWS[kind].__table__.c for kind in _LINKING}
    links = {
        kind: frozenset(session.scalars(select(columns.link_entity).distinct()))
        for kind, columns in rows.items()
    }
    kinds = frozenset(kind for kind in KINDS if found[kind])
    return KindsInUse(kinds, links, read_credits(session))


class PublicPart(PublicReader):
    """Reads what is asked for, and remembers which records may leave.

    Args:
        in_use: of the same moment or a later one.
    """

    options: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, session: Session, in_use: KindsInUse) -> None:
        super().__init__(session)
        self._in_use = in_use
        self._judged: dict[str, dict[str, bool]] = defaultdict(dict)

    def count(self, kind: str) -> int:
        """Whether there may be any of a kind."""
        return int(kind in self._in_use.kinds)

    def links_to(self, kind: str, entity: str) -> bool:
        """Whether attributes or translations (``kind``) may say something of these records."""
        return entity in self._in_use.links.get(kind, ())

    def public_ids(self, kind: str, ids: Iterable[str]) -> set[str]:
        """Those of these ids that may leave."""
        wanted = set(ids)
        known = self._judged[kind]
        unknown = [each for each in wanted if each not in known]
        if unknown and kind in ROWS:
            known.update(dict.fromkeys(unknown, False))  # a record may be about itself
            table = ROWS[kind].__table__
            condition = table.c.id.in_(unknown)
            statement = select(table).where(condition, *self._conditions(kind))
            self._judge(kind, self._session.execute(statement).all())
        return {each for each in wanted if known.get(each)}

    def _public_ids(self, kind: str, ids: Collection[str]) -> Collection[str]:
        return self.public_ids(kind, ids)

    def _leaving(self, kind: str, rows: Sequence[Row[Any]]) -> Collection[str]:
        known = self._judged[kind]
        self._judge(kind, [row for row in rows if row.id not in known])
        return {row.id for row in rows if known[row.id]}

    def _conditions(self, kind: str) -> list[ColumnElement[bool]]:
        if kind == "service":
            return [shown_services(_PUBLIC), handed_on(ServiceRow)]
        found = super()._conditions(kind)
        if kind == "location":
            found.append(LocationRow.id.not_in(withheld_location_ids(_PUBLIC)))
        return found

    # ------------------------------------------------------------ the rule for rows at hand
    def _judge(self, kind: str, rows: Sequence[Row[Any]]) -> None:
        if not rows:
            return
        if kind == "location":
            may_leave = self._places_that_leave(rows)
        elif kind in {"organization", "service", "taxonomy", "taxonomy_term"}:
            may_leave = {row.id for row in rows}
        elif kind == "program":
            agencies = self.public_ids("organization", _named(rows, "organization_id"))
            may_leave = {row.id for row in rows if row.organization_id in agencies}
        else:
            may_leave = self._hanging(kind, rows)
        if kind == "service_capacity":
            withheld = self._with_withheld_places(_named(rows, "service_id"))
            may_leave -= {row.id for row in rows if row.service_id in withheld}
        self._judged[kind].update({row.id: row.id in may_leave for row in rows})

    def _places_that_leave(self, rows: Sequence[Row[Any]]) -> set[str]:
        agencies = self.public_ids("organization", _named(rows, "organization_id"))
        link = ServiceAtLocationRow
        served = self._session.scalars(
            select(link.location_id)
            .join(ServiceRow, ServiceRow.id == link.service_id)
            .where(link.location_id.in_([row.id for row in rows]))
            .where(shown(link, _PUBLIC), shown_services(_PUBLIC), handed_on(ServiceRow))
        )
        places = {row.id for row in rows if row.organization_id in agencies}
        return places.union(filter(None, served)) - self._held_places(rows)

    def _held_places(self, rows: Sequence[Row[Any]]) -> set[str]:
        """The places whose street is held back."""
        if not self._keys:
            return set()
        addresses = self._session.scalars(
            select(AddressRow)
            .where(AddressRow.location_id.in_([row.id for row in rows]))
            .where(AddressRow.retired_at.is_(None), AddressRow.address_type != "postal")
        )
        held = {each.location_id or "" for each in addresses if self._keys.holds_address(each)}
        return held | {row.id for row in rows if tells_held_place(row, self._keys)}

    def _hanging(self, kind: str, rows: Sequence[Row[Any]]) -> set[str]:
        """Those that name a parent, only parents that leave, and nothing that is held back."""
        names = field_names(kind)
        parents = {name: parent for name, parent in PARENT_FIELDS.items() if name in names}
        shown_parents = {
            name: self.public_ids(parent, _named(rows, name)) for name, parent in parents.items()
        }
        linked = self._linked(kind, rows) if "link_entity" in names else {}
        found = set()
        for row in rows:
            named = [(name, value) for name in parents if (value := getattr(row, name))]
            may_leave = all(value in shown_parents[name] for name, value in named)
            if "link_entity" in names:
                may_leave = may_leave and row.link_id in linked.get(row.link_entity, ())
            if (named or "link_entity" in names) and may_leave and not self._is_held(kind, row):
                found.add(row.id)
        return found

    def _linked(self, kind: str, rows: Sequence[Row[Any]]) -> Mapping[str, set[str]]:
        """Kind → what these rows are about, if it may leave; none is about its own kind."""
        sooner = _LINKING[_LINKING.index(kind) :]
        ids: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            if row.link_entity not in sooner:
                ids[row.link_entity].add(row.link_id)
        return {kind: self.public_ids(kind, found) for kind, found in ids.items()}

    def _is_held(self, kind: str, row: Row[Any]) -> bool:
        if not self._keys:
            return False
        if kind == "address":
            return self._keys.holds_address(row)
        if kind == "phone":
            return self._keys.holds_phone(row)
        return kind == "metadata" and self._tells_secret(row)


def _named(rows: Iterable[Row[Any]], name: str) -> set[str]:
    return {value for row in rows if (value := getattr(row, name))}
