"""Reads the rows that hang on records, as one audience may see them, grouped by their parent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from referral.records.directory import Record
from referral.records.visibility import Audience
from referral.store.conversion import field_columns, record_of_kind
from referral.store.visibility import shown

Groups = Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class ChildReader:
    """Each method is one query; the result is parent id → records, in the order of the file."""

    session: Session
    audience: Audience

    def by(self, row: Any, field: str, ids: Iterable[str]) -> Groups:
        """Children whose ``field`` is one of these ids."""
        return self.by_any(row, {field: ids})

    def by_any(self, row: Any, ids_by_field: Mapping[str, Iterable[str]]) -> Groups:
        """Children that hang on one of these ids by any of these fields."""
        conditions = [getattr(row, field).in_(list(ids)) for field, ids in ids_by_field.items()]
        return self._grouped(
            row, or_(*conditions), lambda child: [getattr(child, field) for field in ids_by_field]
        )

    def linked(self, row: Any, kind: str, ids: Sequence[str]) -> Groups:
        """Attributes or translations of records of this kind."""
        condition = (row.link_entity == kind) & row.link_id.in_(ids)
        return self._grouped(row, condition, lambda child: [child.link_id])

    def _grouped(
        self,
        row: Any,
        condition: ColumnElement[bool],
        parents: Callable[[Any], Iterable[str | None]],
    ) -> Groups:
        groups: dict[str, list[Record]] = defaultdict(list)
        statement = (
            select(*field_columns(row.__tablename__))
            .where(condition, shown(row, self.audience))
            .order_by(row.origin_line, row.id)
        )
        kind = row.__tablename__
        for child in self.session.execute(statement):
            record = record_of_kind(kind, child)
            for parent in parents(child):
                if parent:
                    groups[parent].append(record)
        return {parent: tuple(children) for parent, children in groups.items()}
