"""``referral work``: does what waits in the background, such as reading and applying lists."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable

import click

from referral.app.work import do_work
from referral.directory.context import opened_directory
from referral.settings import Settings

_SECONDS = 2.0
_OBJECTS_BETWEEN = 50_000  # a list in memory is many objects, and hardly any garbage


@click.command("work")
@click.option("--once", is_flag=True, help="Do what waits now, then stop.")
@click.option("--owner", default="", help="Name of this worker (default: its process number).")
@click.pass_obj
def work_command(settings: Callable[..., Settings], owner: str, *, once: bool) -> None:
    """Read, apply and undo the lists that wait, and sit the search exam, one after the other.

    A serving process starts this by itself unless REFERRAL_RUN_JOBS is no.
    """
    gc.set_threshold(_OBJECTS_BETWEEN)
    owner = owner or f"work-{os.getpid()}"
    with opened_directory(settings()) as directory:
        while True:
            done = do_work(directory, owner)
            if once:
                break
            if not done:
                time.sleep(_SECONDS)
