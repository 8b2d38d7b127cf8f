"""Sources of lists: rules of import and the saved column mapping of each."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.directory.instance import Instance
from referral.errors import refused
from referral.formats.column_mapping import ColumnMapping
from referral.imports.records import SourceRules
from referral.imports.rows import SourceRow
from referral.records.accounts import COMMAND_LINE, Actor
from referral.records.kinds import KINDS
from referral.store.rows_log import ImportBatchRow


def rules_of(session: Session, source: str) -> SourceRules:
    """Return the import rules of a source; the cautious defaults if none were set."""
    row = session.get(SourceRow, source)
    return _rules_of_row(row) if row else SourceRules(name=source)


def read_source(instance: Instance, source: str) -> SourceRules:
    """Read the import rules of a source."""
    with instance.store.read() as session:
        return rules_of(session, source)


def read_saved_mapping(instance: Instance, source: str) -> ColumnMapping | None:
    """Read the spreadsheet column mapping saved for a source; None without one."""
    return mapping_in(read_source(instance, source))


def mapping_in(rules: SourceRules) -> ColumnMapping | None:
    """Return the column mapping among the import rules of a source; None without one."""
    try:
        return msgspec.convert(dict(rules.mapping), ColumnMapping) if rules.mapping else None
    except msgspec.ValidationError:
        return None  # of another version: the columns are mapped again


def list_sources(instance: Instance) -> tuple[SourceRules, ...]:
    """List all sources that sent a provider list or have import rules, by name."""
    with instance.store.read() as session:
        found = {row.name: _rules_of_row(row) for row in session.scalars(select(SourceRow))}
        for name in session.scalars(select(ImportBatchRow.source).distinct()):
            found.setdefault(name, SourceRules(name=name))
    return tuple(found[name] for name in sorted(found, key=str.casefold))


def save_source(instance: Instance, rules: SourceRules, actor: Actor = COMMAND_LINE) -> None:
    """Save a source's import rules for lists that are read from now on.

    Raises:
        RefusedError: a trusted kind does not exist.
    """
    unknown = _unknown_kinds(rules.trusted_kinds)
    if unknown:
        raise refused("There are no records called %(kinds)s.", kinds=", ".join(unknown))
    with instance.store.write() as session:
        row = _get_or_add_row(session, rules.name)
        row.is_authority, row.contact_note = rules.is_authority, rules.contact_note
        row.trusted_kinds, row.mapping = sorted(rules.trusted_kinds), dict(rules.mapping)
        record_audit(
            session, actor, "source-rules-changed", "import", _last_batch_id(session, row.name)
        )


def save_mapping(session: Session, source: str, mapping: ColumnMapping) -> None:
    """Save the spreadsheet column mapping of a source."""
    _get_or_add_row(session, source).mapping = msgspec.to_builtins(mapping)


def forget_mapping(instance: Instance, source: str, actor: Actor) -> None:
    """Delete a source's column mapping, so that its next spreadsheet must be mapped again."""
    with instance.store.write() as session:
        row = session.get(SourceRow, source)
        if row is not None and row.mapping:
            row.mapping = {}
            record_audit(
                session, actor, "columns-forgotten", "import", _last_batch_id(session, source)
            )


def _get_or_add_row(session: Session, source: str) -> SourceRow:
    row = session.get(SourceRow, source)
    if row is None:
        row = SourceRow(name=source)
        session.add(row)
    return row


def _last_batch_id(session: Session, source: str) -> str:
    """Return the id of a source's last import, which the audit log stores for the source."""
    found = session.scalar(
        select(ImportBatchRow.id)
        .where(ImportBatchRow.source == source)
        .order_by(ImportBatchRow.started_at.desc())
        .limit(1)
    )
    return found or ""


def _unknown_kinds(kinds: Iterable[str]) -> list[str]:
    return sorted(set(kinds) - KINDS.keys())


def _rules_of_row(row: SourceRow) -> SourceRules:
    return SourceRules(
        name=row.name,
        is_authority=row.is_authority,
        trusted_kinds=frozenset(row.trusted_kinds),
        mapping=row.mapping,
        contact_note=row.contact_note,
    )
