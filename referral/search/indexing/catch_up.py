"""Index sync in a process of its own.

Writing thousands of documents is Python work: pages would wait for it if it ran in a thread of a
serving process. The child process reads its request as JSON from standard input and ends when
the index is up to date.
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
_NICENESS = 4  # pages get five sevenths of the processor; with 10, the index got next to nothing
_log = logging.getLogger(__name__)


def catch_up_apart(store: Store, path: Path, stop: threading.Event) -> None:
    """Sync and tidy the index at a path in another process, and wait until it ends.

    The process is killed when ``stop`` is set: interrupted work is repeated by the next sync. What
    the process could not do is left to the caller.
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
        except OSError:  # the process ended before it had read its request
            process.kill()
    if process.returncode and not stop.is_set():
        _log.warning("A process that writes the index ended early; this one goes on.")


def main() -> None:
    """Sync and tidy the index that the request names."""
    if hasattr(os, "nice"):
        os.nice(_NICENESS)  # processes that serve pages have priority
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
