"""A second node behind a round-robin balancer, for tests of pages that were written for one node.

``pytest --two-nodes tests/…`` adds a second node to every site that a test serves: with the same
PostgreSQL database, its own folder and index, and threads that follow the changes. Successive
requests of a browser are answered by different nodes.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from itertools import cycle
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask

from referral.app import create_app
from referral.app.background import Round, index_round, run_rounds, text_rounds, write_counts
from referral.directory.instance import Instance, open_instance

_ROUND_SECONDS = 0.05
_run = {"is_on": False}
MakeRounds = Callable[[threading.Event], list[Round]]


def use_two_nodes(*, is_on: bool) -> None:
    """Set whether every site has two nodes. Must be called before test modules are imported."""
    _run["is_on"] = is_on


def has_two_nodes() -> bool:
    """Return whether every site has two nodes."""
    return _run["is_on"]


class Balancer:
    """WSGI app that calls its nodes in turn, except for static files, which the first serves."""

    def __init__(self, nodes: Iterable[WSGIApplication]) -> None:
        self._nodes = tuple(nodes)
        self._turns = cycle(self._nodes)
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request with the node whose turn it is."""
        if environ["PATH_INFO"].startswith("/static/"):
            return self._nodes[0](environ, start_response)
        with self._lock:
            node = next(self._turns)
        return node(environ, start_response)


@contextmanager
def balanced(app: WSGIApplication) -> Iterator[WSGIApplication]:
    """Yield a balancer of a site and a second node in a two-node run, else the site itself."""
    first = app.extensions.get("referral") if isinstance(app, Flask) else None
    if not has_two_nodes() or not isinstance(app, Flask) or not isinstance(first, Instance):
        yield app
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="second-node-")))
        settings = replace(app.config["REFERRAL_SETTINGS"], instance_path=folder)
        _copy_translations(app.config["REFERRAL_SETTINGS"].instance_path, folder)
        second = open_instance(settings)
        stack.callback(second.close)
        second.index.sync()
        other = create_app(settings, second)
        other.testing = app.testing
        stack.enter_context(_running_rounds(_background_rounds(first) + _background_rounds(second)))
        yield Balancer([app, other])


def _copy_translations(old: Path, new: Path) -> None:
    """Copy the translations to the second node, as an admin does who runs two nodes."""
    if (old / "translations").is_dir():
        shutil.copytree(old / "translations", new / "translations")


def _background_rounds(instance: Instance) -> list[MakeRounds]:
    """Return the background rounds of a serving process, without jobs and the daily clean-up."""
    counts = Round("Writing counts", _ROUND_SECONDS, partial(write_counts, instance))
    return [
        lambda stop: [index_round(instance, stop, _ROUND_SECONDS)],
        lambda _stop: [*text_rounds(instance, _ROUND_SECONDS), counts],
    ]


@contextmanager
def _running_rounds(followers: Iterable[MakeRounds]) -> Iterator[None]:
    stop = threading.Event()
    threads = [
        threading.Thread(target=run_rounds, args=(rounds(stop), stop), daemon=True)
        for rounds in followers
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
