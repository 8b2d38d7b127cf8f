"""``referral serve`` and ``referral demo``: the site under granian, or under waitress.

Granian is an extra and is imported by ``serve_with_granian`` alone, so that no other command and
no worker loads it.
"""

from __future__ import annotations

import gc
import importlib.util
import multiprocessing
import os
import select
import signal
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Callable
from contextlib import ExitStack
from multiprocessing.util import Finalize
from pathlib import Path

import click
import waitress
from flask import Flask

from referral.accounts.sample_accounts import SAMPLE_EMAILS, make_sample_accounts
from referral.app import create_app
from referral.app.background import working_in_background
from referral.app.log_lines import granian_logging, start_logging
from referral.app.metrics import counting_together
from referral.cli.file_access import refuse_readable_by_others
from referral.cli.progress import progress_bars
from referral.cli.request_bodies import BodiesFirst
from referral.cli.request_lanes import UsualPagesBounded, keep_urgent_apart
from referral.demo.sample_guides import add_sample_guides
from referral.demo.sample_inquiries import add_sample_inquiries
from referral.demo.sample_work import add_sample_work
from referral.directory.context import opened_directory, wait_for_database
from referral.errors import DirectoryError
from referral.imports.seed_lists import load_sample
from referral.imports.upload_files import LARGEST_UPLOAD
from referral.settings import Settings
from referral.settings_file import SETTINGS_FILE, settings_of_file
from referral.web.security import MEBIBYTE

DEFAULT_PORT = 8211
_HAS_POLL = hasattr(select, "poll")
# Browsers keep connections open that they do not use; who comes when all are taken waits. A process
# may have 1,024 files as systems usually are, and 512 connections where there is no poll().
_MOST_CONNECTIONS = 700 if _HAS_POLL else 400
_IDLE_SECONDS = 30
_THREADS_PER_WORKER = 4
_SPARE_THREADS = 28  # of a granian worker: they wait, or show help lines
_MOST_BODIES = 64  # that a granian worker reads at once, each with a further thread
GRANIAN_THREADS = _THREADS_PER_WORKER + _SPARE_THREADS + _MOST_BODIES
_SECONDS_TO_END = 10.0
_GC_THRESHOLD = 20_000
_BACKGROUND = ExitStack()  # of a granian worker, until it ends


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=DEFAULT_PORT, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True)
@click.pass_obj
def serve_command(settings: Callable[..., Settings], host: str, port: int, workers: int) -> None:
    """Start the site for real use.

    Uses granian with WORKERS processes, each at work on four pages at once, where the "server"
    extra is installed, else waitress in one process with four threads for each of WORKERS.
    """
    opened_settings = settings()
    refuse_readable_by_others(opened_settings)
    start_logging(opened_settings)
    _say_if_new(opened_settings)
    wait_for_database(opened_settings)
    if importlib.util.find_spec("granian"):
        _bound(host, port).close()  # granian would say it in a stack trace
        serve_with_granian(opened_settings, host, port, workers)
    else:
        serve_with_waitress(opened_settings, host, port, workers * _THREADS_PER_WORKER)


def _say_if_new(settings: Settings) -> None:
    """Say that an empty directory begins: after an upgrade the old one may be in another folder."""
    database = settings.instance_path / "referral.sqlite3"
    if settings.database_url == f"sqlite:///{database}" and not database.exists():
        click.echo(
            f"There was no directory in {settings.instance_path}, so an empty one begins there. If "
            "you have one already, stop this and move your folder “instance” here.",
            err=True,
        )


@click.command("demo")
@click.option("--port", type=click.IntRange(1, 65535), default=DEFAULT_PORT, show_default=True)
@click.option("--no-open", is_flag=True, help="Do not open a browser.")
@click.pass_context
def demo_command(context: click.Context, port: int, *, no_open: bool) -> None:
    """Load the invented sample county, in the folder "demo", and show it in a browser.

    It reads no settings of this machine, and touches no directory that is not a demo's.
    """
    parent = context.find_root()
    demo = demo_settings(parent.params.get("instance") or Path("demo"))
    with opened_directory(demo) as directory, progress_bars() as progress:
        load_sample(directory, progress)
        add_sample_inquiries(directory)
        add_sample_guides(directory)
        add_sample_work(directory)
        password = make_sample_accounts(directory)
    if password:
        click.echo("At /staff/sign-in a button signs you in as desk, listings, admin or all.")
        click.echo(f"Or sign in as {', '.join(SAMPLE_EMAILS.values())}")
        click.echo(f"with the password {password}")
    open_browser = None if no_open else webbrowser.open
    serve_with_waitress(demo, "127.0.0.1", port, _THREADS_PER_WORKER, open_browser)


def demo_settings(folder: Path) -> Settings:
    """The settings of a demo in a folder; they are written there, so that it always is one.

    Raises:
        DirectoryError: the folder has a directory that is not a demo's.
    """
    mark = {"REFERRAL_SAMPLE_DATA": "yes"}
    known = settings_of_file(folder)
    if (folder / "referral.sqlite3").exists() and not known.items() >= mark.items():
        raise DirectoryError(
            f"{folder} has a directory that is not a demo's. Name another folder for the demo: "
            "referral --instance FOLDER demo."
        )
    settings = Settings.from_environment({**known, **mark}, instance_path=folder)  # no others
    (folder / SETTINGS_FILE).write_text(
        "".join(f"{name}={value}\n" for name, value in {**known, **mark}.items()), encoding="utf-8"
    )
    return settings


def serve_with_waitress(
    settings: Settings,
    host: str,
    port: int,
    threads: int,
    when_ready: Callable[[str], object] | None = None,
) -> None:
    """Serve in this process until it is stopped, with an index that follows the change log.

    Args:
        when_ready: called with the address once the port is open.
    """
    with (
        _bound(host, port) as listener,
        counting_together(),
        opened_directory(settings) as directory,
    ):
        app = create_app(settings, directory)
        tune_gc()
        with working_in_background(app):
            server = waitress.create_server(
                app,
                sockets=[listener],
                threads=threads,
                connection_limit=_MOST_CONNECTIONS,
                channel_timeout=_IDLE_SECONDS,
                cleanup_interval=_IDLE_SECONDS // 3,
                asyncore_use_poll=_HAS_POLL,
                ident=None,
                clear_untrusted_proxy_headers=False,  # the site itself knows which to believe
            )
            keep_urgent_apart(server)
            address = f"http://{host}:{port}/"
            click.echo(f"Referral is at {address} (Ctrl-C stops it)")
            if when_ready:
                when_ready(address)
            _stop_in_order()
            server.run()
    click.echo("Stopped.")


def _stop_in_order() -> None:
    """End on SIGTERM as on Ctrl-C, so that what pages have counted is written."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())


def serve_with_granian(settings: Settings, host: str, port: int, workers: int) -> None:
    """Serve until stopped, in processes that each follow the change log.

    Workers read their settings from the environment again. Where the system can, they are forked
    from this process and have what it imported.
    """
    from granian import Granian  # noqa: PLC0415  # an extra
    from granian.constants import Interfaces  # noqa: PLC0415

    os.environ["REFERRAL_INSTANCE"] = str(settings.instance_path)
    with counting_together():
        Granian(
            "referral.cli.serve:make_worker_app",
            factory=True,
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=workers,
            blocking_threads=GRANIAN_THREADS,
            respawn_failed_workers=True,
            log_dictconfig=granian_logging(settings),
        ).serve()


def make_worker_app() -> Flask:
    """The site of one granian worker; it follows the change log until the worker ends."""
    end_with_parent()
    settings = Settings.from_environment()
    start_logging(settings)
    wait_for_database(settings)  # a worker that died may come back while it is away
    app = create_app(settings)
    bound_requests(app)
    tune_gc()
    Finalize(None, _BACKGROUND.close, exitpriority=0)  # forked processes run nothing of atexit
    _BACKGROUND.enter_context(working_in_background(app))
    return app


def end_with_parent() -> None:
    """End this process when the one that started it is gone, however that ended.

    A worker of a granian that was killed would go on serving, and keep the port.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        watch = threading.Thread(target=_end_without, args=(parent.pid,), name="parent-watch")
        watch.daemon = True
        watch.start()


def _end_without(parent: int | None) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_SECONDS_TO_END)
    os._exit(1)


def bound_requests(app: Flask) -> None:
    """Bound what a granian worker does at once: reading bodies, and after that making pages."""
    site = BodiesFirst(
        UsualPagesBounded(app.wsgi_app, _THREADS_PER_WORKER),
        largest=app.config["MAX_CONTENT_LENGTH"],
        largest_upload=LARGEST_UPLOAD + MEBIBYTE,
        most=_MOST_BODIES,
    )
    app.wsgi_app = site  # type: ignore[method-assign]


def tune_gc() -> None:
    """Freeze what is loaded, since it stays, and collect the rest seldom.

    A page makes thousands of objects, and hardly any that only a search for garbage would free.
    """
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD, 20, 20)


def _bound(host: str, port: int) -> socket.socket:
    """A socket that has the port. It listens later: who is refused asks another node meanwhile."""
    bound = socket.socket()
    try:
        if os.name == "posix":  # elsewhere this would take the port of another program
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise DirectoryError(
            f"Port {port} of {host} cannot be used ({error.strerror}): choose another, "
            "for example --port 8299."
        ) from error
    return bound
