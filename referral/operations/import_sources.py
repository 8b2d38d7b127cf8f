"""Sources of lists, and the rules by which each is taken."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.operations.directory import Directory
from referral.records.errors import RefusedError
from referral.records.imports import SourceRules
from referral.records.kinds import KINDS
from referral.store.import_rows import SourceRow
from referral.store.log_rows import ImportBatchRow


def rules_of(session: Session, source: str) -> SourceRules:
    """The rules of a source; the careful ones where nobody set any."""
    row = session.get(SourceRow, source)
    return _rules(row) if row else SourceRules(name=source)


def read_source(directory: Directory, source: str) -> SourceRules:
    """The rules by which lists of this source are taken."""
    with directory.store.read() as session:
        return rules_of(session, source)


def list_sources(directory: Directory) -> tuple[SourceRules, ...]:
    """All sources that sent a list or have rules, by name."""
    with directory.store.read() as session:
        found = {row.name: _rules(row) for row in session.scalars(select(SourceRow))}
        for name in session.scalars(select(ImportBatchRow.source).distinct()):
            found.setdefault(name, SourceRules(name=name))
    return tuple(found[name] for name in sorted(found, key=str.casefold))


def save_source(directory: Directory, rules: SourceRules) -> None:
    """Keep the rules of a source; lists that are read from now on are taken by them.

    Raises:
        RefusedError: a trusted kind is none.
    """
    unknown = _unknown(rules.trusted_kinds)
    if unknown:
        raise RefusedError(f"There are no records called {', '.join(unknown)}.")
    with directory.store.write() as session:
        row = session.get(SourceRow, rules.name) or SourceRow(name=rules.name)
        row.is_authority, row.contact_note = rules.is_authority, rules.contact_note
        row.trusted_kinds, row.mapping = sorted(rules.trusted_kinds), dict(rules.mapping)
        session.add(row)


def _unknown(kinds: Iterable[str]) -> list[str]:
    return sorted(set(kinds) - KINDS.keys())


def _rules(row: SourceRow) -> SourceRules:
    return SourceRules(
        name=row.name,
        is_authority=row.is_authority,
        trusted_kinds=frozenset(row.trusted_kinds),
        mapping=row.mapping,
        contact_note=row.contact_note,
    )
