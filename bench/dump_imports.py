"""Dumps of read lists and of the tables after imports, to compare two versions of the code.

The folder ``readings`` has a file for each list, with sorted lines of its records and their origins,
its problems, and its columns. Then each of five real lists goes through a chain of steps: it is
reviewed and applied except for one group, some records are edited by hand, the next list of the
source is applied, undone, redone and undone again, and the first list is undone. After each step
every table is written as sorted lines. ``diff`` compares two dumps::

    python -m bench.dump_imports DATA before
    python -m bench.dump_imports DATA after    # in the other version
    diff -r before after

Jobs, stored files, review items (their counts are dumped), keyed digests and the search log are left
out. Instants and random ids are replaced by INSTANT and RANDOM.
"""

from __future__ import annotations

import csv
import io
import re
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, select

from referral.app.job_kinds import do_work
from referral.curation.drafts import read_draft
from referral.curation.save import retire_record, save_draft
from referral.directory.instance import Instance, opened_instance
from referral.errors import RefusedError
from referral.formats.provider_list import open_list
from referral.formats.reading.items import Item
from referral.imports.batches import apply_batch, undo_batch, upload_list
from referral.imports.columns import read_columns, save_columns
from referral.imports.decisions import DecisionScope, decide
from referral.imports.records import BatchState, ChangeGroup, Decision
from referral.imports.review import read_batch
from referral.imports.seed_lists import load_base
from referral.records.accounts import COMMAND_LINE
from referral.records.kinds import SourcedRecord, kind_of
from referral.resources import resource_path
from referral.settings import Settings
from referral.store.base import Base
from referral.store.rows import OrganizationRow, ServiceRow

_LISTS: Mapping[str, tuple[str, ...]] = {
    "ohana": ("ohana-sample/sample-csv",),
    "dc": ("dc-directory/2021-export", "dc-directory/2023-export"),
    "sf": ("sf-lists/icarol-sf.csv",),
    "florida": ("florida-legal-aid",),
    "bc211": ("airs/bc211/BC211_data_excerpt.xml",),
}
"""Name → list and the next list of its source; without one, the list without every fifth row."""
_SEED_LISTS = ("taxonomy", "national", "county", "second_list")
_ENDINGS = frozenset({".csv", ".json", ".xml", ".xlsx", ".zip"})
_LIST_FOLDERS = (
    "dc-directory/2021-export", "dc-directory/2023-export", "florida-legal-aid",
    "hsds-3.1/examples/csv", "ohana-sample/sample-csv",
)  # fmt: skip
_NOT_LISTS = ("hsds-3.1/schema/", "hsds-3.1/examples/csv/datapackage.json")
_TABLES_LEFT_OUT = frozenset(
    {"job", "job_progress", "worker_lease", "work_mark", "daily_job", "stored_file", "change",
     "stored_file_piece", "import_card", "withheld_key", "withheld_hash_key", "store_state",
     "node_files", "publication", "publication_run", "publication_state", "audit_entry"}
)  # fmt: skip
# Their ids depend on the order of writing.
_TABLES_WITH_SERIAL_IDS = frozenset({"record_edit", "vocabulary_edit"})
_RANDOM_ID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b")
_INSTANT = re.compile(r"\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*(?:\+00:00)?")
_HAND_EDITS = 5


def dump_imports(data: Path, folder: Path) -> None:
    """Write a file for each table after each step of each list: ``list/step/table.txt``."""
    for name, paths in _LISTS.items():
        with tempfile.TemporaryDirectory() as instance_path:
            settings = Settings.from_environment({}, instance_path=Path(instance_path))
            with opened_instance(settings) as instance:
                load_base(instance)
                for number, step in enumerate(
                    _run_chain(instance, [data / path for path in paths])
                ):
                    _dump_tables(instance, folder / name / f"{number}-{step}")
                    print(name, step, flush=True)


def list_paths(data: Path) -> Iterator[tuple[str, Path]]:
    """Yield the name and the path of each real list below a folder, and of each seed list."""
    for name in _LIST_FOLDERS:
        yield name, data / name
    for path in sorted(data.rglob("*")):
        name = path.relative_to(data).as_posix()
        if path.suffix in _ENDINGS and not name.startswith((*_LIST_FOLDERS, *_NOT_LISTS)):
            yield name, path
    for name in _SEED_LISTS:
        yield f"seed_data/{name}", resource_path("seed_data") / name


def read_lines(path: Path) -> list[str]:
    """Return the contents of a list as read: sorted lines for records, problems and columns."""
    try:
        opened = open_list(path)
        items = [*opened.notices, *opened.read("partner")]
    except RefusedError as error:
        return [f"refused: {error}"]
    columns = (f"column {_plain_value(msgspec.structs.asdict(each))}" for each in opened.columns)
    return [f"{opened.format}: {opened.why}", *sorted(map(_item_line, items)), *sorted(columns)]


def _item_line(item: Item) -> str:
    if not isinstance(item, SourcedRecord):
        return f"{type(item).__name__} {_filled_fields(item)}"
    from_columns = {
        name: header for name, header in item.headers.items() if getattr(item.record, name, None)
    }
    return f"{kind_of(item.record)} {_filled_fields(item.record)} {_filled_fields(item.origin)} {from_columns}"


def _filled_fields(record: Any) -> dict[str, Any]:
    return {name: _plain_value(value) for name, value in asdict(record).items() if value}


def _plain_value(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)


def dump_readings(data: Path, folder: Path) -> None:
    """Write a file with ``read_lines`` for each list."""
    for name, path in list_paths(data):
        target = folder / f"{name}.txt"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("\n".join(read_lines(path)) + "\n", encoding="utf-8")
    print("readings", flush=True)


def _run_chain(instance: Instance, paths: list[Path]) -> Iterator[str]:
    """Run the steps of the chain, and yield the name of each step after it is done."""
    first = _upload(instance, _zip_list(paths[0]))
    groups = [summary.group for summary in read_batch(instance, first).groups]
    decide(instance, first, Decision.LEAVE, DecisionScope(group=_first_group(groups)))
    yield "reviewed"
    _apply(instance, first)
    yield "applied"
    _edit_by_hand(instance)
    yield "edited"
    last = _upload(instance, _zip_list(paths[-1]) if paths[1:] else _zip_thinned_list(paths[0]))
    yield "next-reviewed"
    _apply(instance, last)
    yield "next-applied"
    for batch_id, name in ((last, "undone"), (last, "redone"), (last, "undone"), (first, "first")):
        undo_batch(instance, batch_id)
        do_work(instance, "w")
        yield f"{name}-taken-back" if name == "first" else name


def _upload(instance: Instance, content: bytes) -> str:
    batch_id = upload_list(instance, io.BytesIO(content), name="list.zip", source="partner")
    do_work(instance, "w")
    if read_batch(instance, batch_id).state is BatchState.MAPPING:
        save_columns(instance, batch_id, read_columns(instance, batch_id).mapping)
        do_work(instance, "w")
    return batch_id


def _apply(instance: Instance, batch_id: str) -> None:
    doubts = [doubt.code for doubt in read_batch(instance, batch_id).doubts]
    apply_batch(instance, batch_id, confirmed=doubts)
    do_work(instance, "w")


def _first_group(groups: list[ChangeGroup]) -> ChangeGroup:
    return min(groups, key=lambda group: group.value)


def _edit_by_hand(instance: Instance) -> None:
    """Edit some organizations and services, and retire one service."""
    with instance.store.read() as session:
        found = [
            (kind, record_id)
            for kind, row_class in (("organization", OrganizationRow), ("service", ServiceRow))
            for record_id in session.scalars(
                select(row_class.id).order_by(row_class.source_key).limit(_HAND_EDITS)
            )
        ]
    for kind, record_id in found:
        draft = read_draft(instance, kind, record_id)
        record: Any = draft.record
        record = replace(record, description="Edited here.")
        save_draft(instance, replace(draft, record=record), COMMAND_LINE)
    retire_record(instance, *found[-1], COMMAND_LINE)


def _zip_list(path: Path) -> bytes:
    return _zip_files({file.name: file.read_bytes() for file in _list_files(path)})


def _zip_thinned_list(path: Path) -> bytes:
    """Return a zip file of a list without every fifth row, or agency of an XML file."""
    return _zip_files({file.name: _thin_file(file) for file in _list_files(path)})


def _list_files(path: Path) -> list[Path]:
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    return [file for file in files if file.suffix in {".csv", ".xml", ".json"}]


def _thin_file(path: Path) -> bytes:
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    if path.suffix == ".xml":
        agencies = re.findall(r"<Agency>.*?</Agency>", text, re.DOTALL)
        for agency in agencies[::5]:
            text = text.replace(agency, "")
        return text.encode()
    rows = list(csv.reader(io.StringIO(text)))
    written = io.StringIO()
    csv.writer(written).writerows(row for at, row in enumerate(rows) if at % 5 != 1)
    return written.getvalue().encode()


def _zip_files(files: Mapping[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def _dump_tables(instance: Instance, folder: Path) -> None:
    folder.mkdir(parents=True)
    with instance.store.read() as session:
        for table in Base.metadata.sorted_tables:
            if table.name not in _TABLES_LEFT_OUT:
                lines = sorted(_table_lines(session.connection(), table))
                (folder / f"{table.name}.txt").write_text("".join(lines), encoding="utf-8")


def _table_lines(connection: Connection, table: Table) -> Iterator[str]:
    columns = [
        column
        for column in table.columns
        if not (table.name in _TABLES_WITH_SERIAL_IDS and column.name == "id")
    ]
    for row in connection.execute(select(*columns)):
        values = {
            column.name: _comparable(value) for column, value in zip(columns, row, strict=True)
        }
        line = f"{values}\n"
        yield _INSTANT.sub("INSTANT", _RANDOM_ID.sub("RANDOM", line))


def _comparable(value: Any) -> Any:
    return "INSTANT" if isinstance(value, datetime) else value


if __name__ == "__main__":
    dump_readings(Path(sys.argv[1]), Path(sys.argv[2]) / "readings")
    dump_imports(Path(sys.argv[1]), Path(sys.argv[2]))
