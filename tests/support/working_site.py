"""A site with an admin whose work in the background is done, for the length of a with block."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from referral.app import create_app
from referral.app.job_kinds import JOB_KINDS, do_work
from referral.directory.context import Directory, opened_directory
from referral.jobs.job_queue import has_work
from referral.records.accounts import Role
from referral.settings import Settings
from tests.support.server import serving
from tests.support.staff import add_account


@contextmanager
def working_site(settings: Settings, roles: Iterable[Role] = (Role.ADMIN,)) -> Iterator[str]:
    """Serve a site with an account of these roles, and do its work in a thread.

    A serving process has another do it, which takes seconds to start for each step: that is tried
    in ``tests/jobs/test_worker_process.py``.
    """
    with opened_directory(settings) as directory:
        add_account(directory, roles)
        directory.index.sync()
        stop = threading.Event()
        worker = threading.Thread(target=_work, args=(directory, stop))
        worker.start()
        try:
            with serving(create_app(directory.settings, directory)) as address:
                yield address
        finally:
            stop.set()
            worker.join()


def _work(directory: Directory, stop: threading.Event) -> None:
    while not stop.wait(0.05):
        if has_work(directory, JOB_KINDS):
            do_work(directory, "worker")
