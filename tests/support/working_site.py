"""A site with an admin whose work in the background is done, for the length of a with block."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from referral.app import create_app
from referral.app.job_kinds import JOB_KINDS
from referral.directory.context import opened_directory
from referral.jobs.worker_process import run_workers
from referral.records.accounts import Role
from referral.settings import Settings
from tests.support.server import serving
from tests.support.staff import add_account


@contextmanager
def working_site(settings: Settings) -> Iterator[str]:
    """Serve a site with an admin, and have its work done as a serving process does."""
    with opened_directory(settings) as directory:
        add_account(directory, [Role.ADMIN])
        directory.index.sync()
        stop = threading.Event()
        worker = threading.Thread(target=run_workers, args=(directory, JOB_KINDS, stop, 0.1))
        worker.start()
        try:
            with serving(create_app(directory.settings, directory)) as address:
                yield address
        finally:
            stop.set()
            worker.join()
