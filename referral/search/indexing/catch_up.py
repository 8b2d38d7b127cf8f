"""Brings an index up to date in a process of its own.

Writing thousands of documents is Python work: in a thread of a serving process, pages wait for
it. The child reads its request as JSON from standard input and ends when the index is up to date.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

from referral.resources import module_path
from referral.search.indexing.generations import Generations
from referral.search.indexing.sync import Synchronizer
from referral.store import Store

_MODULE = "referral.search.indexing.catch_up"
_SECONDS_BETWEEN_LOOKS = 0.2
_NICENESS = 4  # pages get five parts of seven; with 10, an index stood still beside other work
_log = logging.getLogger(__name__)


def catch_up_apart(store: Store, path: Path, stop: threading.Event) -> None:
    """Sync and tidy the index at this path in another process; returns when it has ended.

    Once told to stop, the process is killed: what it was at is done again. What it could not do is
    left to the caller.
    """
    url = store.engine.url.render_as_string(hide_password=False)
    try:
        process = subprocess.Popen(
            [sys.executable, "-X", "utf8", "-m", _MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": module_path()},
        )
    except OSError as error:
        _log.warning("A process that writes the index did not start: %s", type(error).__name__)
        return
    with process:
        request = json.dumps({"database_url": url, "path": str(path)}).encode()
        try:
            if process.stdin:
                process.stdin.write(request)
                process.stdin.close()
            while process.poll() is None:
                if stop.wait(_SECONDS_BETWEEN_LOOKS):
                    process.kill()
        except OSError:  # it ended before it had read its request
            process.kill()
    if process.returncode and not stop.is_set():
        _log.warning("A process that writes the index ended early; this one goes on.")


def main() -> None:
    """Do what the request says."""
    if hasattr(os, "nice"):
        os.nice(_NICENESS)  # processes that answer pages go first
    request = json.load(sys.stdin)
    store = Store(request["database_url"])
    try:
        synchronizer = Synchronizer(Generations(Path(request["path"])), store)
        synchronizer.sync()
        synchronizer.tidy()
    finally:
        store.close()


if __name__ == "__main__":
    main()
