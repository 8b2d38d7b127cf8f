"""A served site with an account and a background worker, for the length of a with block."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from referral.app import create_app
from referral.app.job_kinds import JOB_KINDS, do_work
from referral.directory.instance import Instance, opened_instance
from referral.jobs.job_queue import has_work
from referral.records.accounts import Role
from referral.settings import Settings
from tests.support.server import serving
from tests.support.staff import add_account


@contextmanager
def working_site(settings: Settings, roles: Iterable[Role] = (Role.ADMIN,)) -> Iterator[str]:
    """Serve a site with an account, run its jobs in a thread, and yield its address.

    The product runs jobs in another process, which takes seconds to start. It is tested in
    ``tests/jobs/test_worker_process.py``.
    """
    with opened_instance(settings) as instance:
        add_account(instance, roles)
        instance.index.sync()
        stop = threading.Event()
        worker = threading.Thread(target=_work, args=(instance, stop))
        worker.start()
        try:
            with serving(create_app(instance.settings, instance)) as address:
                yield address
        finally:
            stop.set()
            worker.join()


def _work(instance: Instance, stop: threading.Event) -> None:
    while not stop.wait(0.05):
        if has_work(instance, JOB_KINDS):
            do_work(instance, "worker")
