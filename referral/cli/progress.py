"""Progress bars on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from referral.jobs.progress import OnProgress


@contextmanager
def progress_bars() -> Iterator[OnProgress]:
    """Yield a function that shows a command's progress as bars on stderr, one for each task.

    Nothing is shown if stderr is not a terminal.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bars:
        tasks: dict[str, TaskID] = {}

        def report(task_name: str, done: int, total: int) -> None:
            if task_name not in tasks:
                tasks[task_name] = bars.add_task(task_name, total=total or None)
            bars.update(tasks[task_name], completed=done, total=total or None)

        yield report
