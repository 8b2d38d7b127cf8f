"""``referral import``: preview and import of a source list."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.console import Console
from rich.table import Table

from referral.cli.file_form import file_form_options
from referral.cli.progress import progress_bars
from referral.cli.topic_commands import summary_sentence
from referral.directory.instance import Instance, opened_instance
from referral.errors import RefusedError
from referral.formats.column_mapping import ColumnMapping, SheetMapping, mapping_from_json
from referral.imports.apply import apply_import
from referral.imports.columns import answer_questions, keep_answers, propose_mapping
from referral.imports.fidelity import Fidelity
from referral.imports.plan import ImportReport
from referral.imports.prepare import PreparedImport, prepare_import
from referral.imports.records import ACCEPTED_FORMATS, FORMAT_NAMES
from referral.imports.seed_lists import load_base_once
from referral.records.problems import Problem, Severity
from referral.settings import Settings
from referral.topic_suggestions.suggestion_runs import suggest_topics

_PROBLEMS_SHOWN = 20


def _parse_answers(
    _context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]
) -> dict[str, str]:
    """Parse the ``--answer`` options of an import: each is a column and its meaning."""
    answers = {}
    for text in given:
        column, equals, meaning = text.rpartition("=")
        if not (column.strip() and equals and meaning.strip()):
            raise click.BadParameter(f"Write the column, = and what it holds, not “{text}”.")
        answers[column.strip()] = meaning.strip()
    return answers


@click.command("import")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--source", default="", help="Name of the list (default: the name of the file).")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(ACCEPTED_FORMATS),
    metavar=f"[{'|'.join(FORMAT_NAMES)}]",
    default="auto",
    help="Format of the list (default: auto).",
)
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Column mapping of a spreadsheet, as JSON (see docs/importing.md).",
)
@click.option(
    "--show-mapping", is_flag=True, help="Print the mapping proposed for a spreadsheet, and stop."
)
@click.option(
    "--answer",
    "answers",
    multiple=True,
    metavar="COLUMN=WHAT",
    callback=_parse_answers,
    help="What a column holds that was asked about: “Comments=description”, “Notes=aside”. May be "
    "repeated; it is remembered for the source.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@click.option(
    "--yes",
    is_flag=True,
    help="Do not ask before applying. Without a terminal and with --json nothing is asked.",
)
@click.option(
    "--confirm",
    "confirmed",
    multiple=True,
    metavar="CODE",
    help="You looked at this doubt about the list, and the list is right. May be repeated; --yes "
    "does not stand for it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@file_form_options
@click.pass_obj
def import_command(  # one per option
    settings: Callable[..., Settings],
    path: Path,
    source: str,
    format_name: str,
    mapping_file: Path | None,
    *,
    show_mapping: bool,
    answers: dict[str, str],
    dry_run: bool,
    yes: bool,
    confirmed: tuple[str, ...],
    as_json: bool,
    form: SheetMapping | None,
) -> None:
    """Import the list of services at PATH: a folder, a zip or a file."""
    if show_mapping:
        _show_mapping(path, form, as_json=as_json)
        return
    if form and mapping_file:
        raise click.UsageError("Write separator, quotation and encoding into the mapping.")
    if answers and (form or mapping_file):
        raise click.UsageError("Write the answers into the mapping.")
    mapping = _read_mapping(mapping_file, path, form, as_json=as_json)
    with opened_instance(settings()) as instance:
        prepared = None
        try:
            load_base_once(instance)
            source = source or path.absolute().stem
            if answers:
                mapping = answer_questions(instance, path, source, answers)
            prepared = _prepare(instance, path, source, format_name, mapping)
            if not as_json:
                _print_report(prepared.report)
            if not dry_run and (yes or _is_confirmed(prepared.report, as_json=as_json)):
                report = _apply(instance, prepared, confirmed)
            else:
                report = prepared.report
            _print_result(report, dry_run=dry_run, as_json=as_json)
            if report.applied and answers and mapping:
                keep_answers(instance, source, mapping)
            if report.applied:
                _suggest_topics(instance, as_json=as_json)
        except RefusedError as error:
            _exit_refused(error, as_json=as_json, report=prepared.report if prepared else None)
        finally:
            instance.index.sync_after_commit()  # once for the import and the suggestions


def _prepare(
    instance: Instance, path: Path, source: str, format_name: str, mapping: ColumnMapping | None
) -> PreparedImport:
    with progress_bars() as progress:
        return prepare_import(
            instance, path, source=source, format=format_name, mapping=mapping, progress=progress
        )


def _suggest_topics(instance: Instance, *, as_json: bool) -> None:
    with progress_bars() as progress:
        summary = suggest_topics(instance, progress)
    if not as_json:
        click.echo(summary_sentence(summary))


def _show_mapping(path: Path, form: SheetMapping | None, *, as_json: bool) -> None:
    try:
        click.echo(propose_mapping(path, form).to_json())
    except RefusedError as error:
        _exit_refused(error, as_json=as_json)


def _read_mapping(
    file: Path | None, path: Path, form: SheetMapping | None, *, as_json: bool
) -> ColumnMapping | None:
    try:
        if form:
            return propose_mapping(path, form)
        return mapping_from_json(file.read_bytes()) if file else None
    except RefusedError as error:
        _exit_refused(error, as_json=as_json)


def _print_result(report: ImportReport, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report.as_dict(), ensure_ascii=False, indent=2))
    else:
        click.echo(_closing_sentence(report, dry_run=dry_run))


def _apply(
    instance: Instance, prepared: PreparedImport, confirmed: Collection[str]
) -> ImportReport:
    with progress_bars() as progress:
        return apply_import(instance, prepared, confirmed=confirmed, progress=progress)


def _is_confirmed(report: ImportReport, *, as_json: bool) -> bool:
    """Ask on a terminal whether to import the list. Scripts without --dry-run always agree."""
    if as_json or not sys.stdin.isatty() or not report.plan.writes:
        return True
    return click.confirm("Apply these changes?", default=False)


def _exit_refused(
    error: RefusedError, *, as_json: bool, report: ImportReport | None = None
) -> NoReturn:
    """Print why the source list was refused, with its report or doubts; exit with code 1."""
    if as_json:
        problem = Problem(code="list-refused", severity=Severity.ERROR, message=error.message)
        answer: dict[str, Any] = (
            report.as_dict() if report else {"format": "", "counts": {}, "problems": []}
        )
        answer["problems"] = [problem.as_dict(), *answer["problems"]]
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        click.echo(str(error), err=True)
        if report and report.doubts:
            flags = " ".join(f"--confirm {code}" for code in report.doubt_codes)
            click.echo(f"If the list is right, import it again with {flags}", err=True)
            click.echo(
                "That takes all of it. To take only a part, bring the list in on the page Imports.",
                err=True,
            )
    sys.exit(1)


def _print_report(report: ImportReport) -> None:
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(f"Format: {report.format}. {report.why}", highlight=False)
    console.print(_counts_table(report))
    _print_fidelity(console, report.fidelity)
    problems = report.problems
    if not problems:
        return
    console.print(_causes_table(problems))
    console.print(_problems_table(problems[:_PROBLEMS_SHOWN]))
    if len(problems) > _PROBLEMS_SHOWN:
        console.print(f"{len(problems) - _PROBLEMS_SHOWN} more; --json lists every one.")


def _counts_table(report: ImportReport) -> Table:
    columns = ("new", "changed", "unchanged", "gone", "refused", "held_back", "shared")
    table = Table("", *(name.replace("_", " ") for name in columns), title="What this list changes")
    for column in table.columns[1:]:
        column.justify = "right"
    for kind, counts in report.plan.counts.items():
        numbers = counts.as_dict()
        table.add_row(kind.replace("_", " "), *(str(numbers[name]) for name in columns))
    return table


def _print_fidelity(console: Console, fidelity: Fidelity) -> None:
    """Print the share of a source list's cells that are imported, and columns with losses."""
    if not fidelity.cells:
        return
    console.print(f"Kept {fidelity.kept_share:.0%} of {fidelity.cells:,} cells.", highlight=False)
    headers = ("file", "column", "cells", "put aside", "refused", "not read")
    table = Table(*headers, title="Cells not kept")
    for column in fidelity.columns:
        if column.kept < column.cells:
            numbers = (column.cells, column.aside, column.refused, column.unread)
            table.add_row(column.file, column.header, *map(str, numbers))
    if table.row_count:
        console.print(table)


def _causes_table(problems: tuple[Problem, ...]) -> Table:
    table = Table("severity", "what", "how often", title="Problems by cause")
    causes = Counter((problem.severity.value, problem.code) for problem in problems)
    for (severity, code), count in causes.most_common():
        table.add_row(severity, code, str(count))
    return table


def _problems_table(problems: tuple[Problem, ...]) -> Table:
    table = Table("file", "line", "column", "reason", title="Problems, errors first")
    for problem in problems:
        line = str(problem.line) if problem.line else ""
        table.add_row(problem.file, line, problem.column, problem.detail)
    return table


def _closing_sentence(report: ImportReport, *, dry_run: bool) -> str:
    if report.applied:
        return f"Imported as “{report.source}” in {report.seconds:.1f} seconds."
    if dry_run:
        return "Nothing was written: this was a dry run."
    return "Nothing was written."
