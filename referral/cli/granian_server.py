"""Serving with granian: several processes, each following the change log by itself."""

from __future__ import annotations

import os
from contextlib import ExitStack

from flask import Flask
from granian import Granian
from granian.constants import Interfaces

from referral.app import create_app
from referral.app.background import follow_changes
from referral.app.tidying import tidy_daily
from referral.cli.garbage import settle
from referral.settings import Settings

_FOLLOWING = ExitStack()


def serve_with_granian(
    settings: Settings, host: str, port: int, *, workers: int, threads: int
) -> None:
    """Serve until stopped, with so many threads in each worker.

    Workers read their settings from the environment again. Where the system can, they are forked
    from this process and have what it imported.
    """
    os.environ["REFERRAL_INSTANCE"] = str(settings.instance_path)
    Granian(
        "referral.cli.granian_server:make_app",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
    ).serve()


def make_app() -> Flask:
    """The site of one worker; it follows the change log until the worker ends."""
    app = create_app(Settings.from_environment())
    settle()
    _FOLLOWING.enter_context(follow_changes(app))
    _FOLLOWING.enter_context(tidy_daily(app))
    return app
