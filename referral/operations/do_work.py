"""All the work in the background, of every kind, as one worker does it."""

from __future__ import annotations

from referral.operations.directory import Directory
from referral.operations.exam_runs import EXAM_WORK
from referral.operations.export_files import write_export
from referral.operations.import_work import IMPORT_WORK
from referral.operations.jobs import EXPORT, Work, work_once
from referral.operations.review_import import tidy_imports

_WORK: Work = {**IMPORT_WORK, **EXAM_WORK, EXPORT: write_export}


def do_work(directory: Directory, owner: str) -> int:
    """Do what waits; how many jobs were done. ``owner`` names this worker among all."""
    done = work_once(directory, owner, _WORK)
    if done:
        tidy_imports(directory)
    return done
