"""Names of the records in the audit log, which itself keeps only their ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import select

from referral.accounts.audit import AuditEntry
from referral.directory.context import Directory
from referral.records.accounts import Account, Permission
from referral.records.visibility import Visibility
from referral.store.rows import LocationRow, OrganizationRow, ServiceRow
from referral.store.rows_classification import TaxonomyTermRow
from referral.store.rows_log import ImportBatchRow

_NAMED = (ServiceRow, OrganizationRow, LocationRow, TaxonomyTermRow)


def read_audited_names(
    directory: Directory, account: Account, entries: Iterable[AuditEntry]
) -> Mapping[str, str]:
    """What the records in these entries are called today, by id.

    The name of what is not public is only for those who edit records.
    """
    ids: set[str] = set()
    for entry in entries:
        ids |= {entry.record_id, *(str(value) for value in entry.detail.values())}
    found: dict[str, str] = {}
    with directory.store.read() as session:
        for row in _NAMED:
            statement = select(row.id, row.name).where(row.id.in_(ids))
            if not account.may(Permission.EDIT_RECORDS):
                statement = statement.where(row.visibility == Visibility.PUBLIC.value)
            found |= {key: name for key, name in session.execute(statement) if name}
        lists = select(ImportBatchRow.id, ImportBatchRow.list_name, ImportBatchRow.source)
        for key, name, source in session.execute(lists.where(ImportBatchRow.id.in_(ids))):
            found[key] = name or source
    return found
