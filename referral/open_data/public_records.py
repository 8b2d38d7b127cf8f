"""Which records of the directory everybody may have, and what of it is in use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from referral.records.directory import Record
from referral.records.kinds import KINDS, field_names
from referral.store.conversion import ROWS
from referral.store.rows import AttributeRow, ServiceRow, TaxonomyTermRow
from referral.store.visible import Kept, Viewer, Visible

_TERMS = frozenset({"taxonomy", "taxonomy_term"})
_LINKING = ("attribute", "translation", "metadata")
# A record that names several parents is told inside the first of these.
_TOLD_INSIDE = (
    "contact_id", "phone_id", "service_at_location_id", "service_id", "location_id",
    "organization_id", "link_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class KindsInUse:
    """Which kinds the directory has at all, and what attributes and translations are about.

    What it has none of is not asked for. It may name more than the public sees.
    """

    kinds: frozenset[str]
    links: Mapping[str, frozenset[str]]


class PublicRecords(Visible):
    """Reads what may leave: some, or all of the directory or a list."""

    def __init__(self, session: Session, source: str = "", kept: Kept | None = None) -> None:
        super().__init__(session, Viewer(hands_on=True, source=source), kept)

    def count(self, kind: str) -> int:
        """How many of a kind leave."""
        return len(self.ids(kind))

    def _judge(self, kind: str, rows: Sequence[Any]) -> None:
        super()._judge(kind, rows)
        if kind in _TERMS and rows:
            used = self._used_terms()
            found = set(used.values() if kind == "taxonomy" else used)
            self._judged[kind].update({row.id: row.id in found for row in rows})

    # ------------------------------------------------------------ terms in use
    def _used_terms(self) -> Mapping[str, str]:
        """The terms that leave → their taxonomies: those in use, each with those above it."""
        return self.kept("used terms", lambda _: self._read_used_terms())

    def _read_used_terms(self) -> Mapping[str, str]:
        row, term = AttributeRow, TaxonomyTermRow
        is_of_service = row.link_entity == "service"
        of_services = select(row.taxonomy_term_id).join(ServiceRow, ServiceRow.id == row.link_id)
        of_services = of_services.where(is_of_service, *self.conditions("attribute"))
        waiting = list(
            self.session.scalars(of_services.where(*self.conditions("service")).distinct())
        )
        others = select(row.link_entity, row.link_id, row.taxonomy_term_id).distinct()
        subjects: dict[str, dict[str, set[str | None]]] = defaultdict(lambda: defaultdict(set))
        for kind, key, term_id in self.session.execute(
            others.where(~is_of_service, *self.conditions("attribute"))
        ):
            subjects[kind][key].add(term_id)
        terms = select(term.id, term.parent_id, term.taxonomy_id)
        known = {
            each.id: each
            for each in self.session.execute(terms.where(*self.conditions("taxonomy_term")))
        }
        for kind, terms_by_id in subjects.items():
            is_of_term = kind == "taxonomy_term"
            told_of: Iterable[str] = (
                terms_by_id.keys() & known.keys()
                if is_of_term
                else self.among(kind, terms_by_id)
                if kind not in {"taxonomy", *_LINKING}
                else ()
            )
            for key in told_of:
                waiting += [*terms_by_id[key], *([key] if is_of_term else [])]
        used: dict[str, str] = {}
        while waiting:
            found = known.get(waiting.pop() or "")
            if found is not None and found.id not in used:
                used[found.id] = found.taxonomy_id or ""
                waiting.append(found.parent_id)
        return used

    # ------------------------------------------------------------ reading them
    def of_kind(self, kind: str) -> Iterator[Record]:
        """All of a kind, in the order in which their lists had them."""
        return self.read(kind)

    def with_ids(self, kind: str, ids: Iterable[str]) -> list[Record]:
        """Some of a kind, in the order in which their lists had them."""
        return list(self.read(kind, ROWS[kind].id.in_(list(ids))))

    def inside(self, kind: str, parent: str, ids: Iterable[str]) -> dict[str, list[Record]]:
        """What is told inside these parents (a kind and ids), by the id of the parent."""
        row: Any = ROWS[kind]
        names = [name for name in _TOLD_INSIDE if name in field_names(kind)]
        if "link_id" in names:
            field_name, conditions = "link_id", [row.link_entity == parent]
        else:
            field_name = f"{parent}_id"
            sooner = names[: names.index(field_name)]
            conditions = [getattr(row, name).is_(None) for name in sooner]
        conditions.append(getattr(row, field_name).in_(list(ids)))
        found: dict[str, list[Record]] = defaultdict(list)
        for record in self.read(kind, *conditions):
            found[getattr(record, field_name)].append(record)
        return found

    def may_have(self, kind: str) -> bool:
        """Whether there may be any of a kind."""
        return kind in self.kept("kinds in use", _read_kinds_in_use).kinds

    def links_to(self, kind: str, entity: str) -> bool:
        """Whether attributes or translations (``kind``) may say something of such records."""
        return entity in self.kept("kinds in use", _read_kinds_in_use).links[kind]


def _read_kinds_in_use(session: Session) -> KindsInUse:
    has = session.execute(select(*(exists(select(ROWS[kind].id)).label(kind) for kind in KINDS)))
    found = has.one()._mapping  # noqa: SLF001
    rows = {kind: ROWS[kind].__table__.c for kind in _LINKING}
    links = {
        kind: frozenset(session.scalars(select(columns.link_entity).distinct()))
        for kind, columns in rows.items()
    }
    return KindsInUse(frozenset(kind for kind in KINDS if found[kind]), links)
