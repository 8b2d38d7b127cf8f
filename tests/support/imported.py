"""Lists imported as by the command line."""

from collections.abc import Collection
from pathlib import Path

from referral.directory.instance import Instance
from referral.imports.apply import apply_import
from referral.imports.plan import ImportReport
from referral.imports.prepare import prepare_import


def import_list(
    instance: Instance,
    path: Path,
    source: str = "",
    *,
    format: str = "auto",  # noqa: A002  # named as the option of the command
    confirmed: Collection[str] | None = None,
) -> ImportReport:
    """Import a list and index it, with all its doubts confirmed, or only the given ones."""
    prepared = prepare_import(instance, path, source=source, format=format)
    codes = prepared.report.doubt_codes if confirmed is None else confirmed
    report = apply_import(instance, prepared, confirmed=codes)
    instance.index.sync_after_commit()
    return report
