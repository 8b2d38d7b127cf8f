"""``referral serve`` and ``referral demo``: serving of the site in one or several processes."""

from __future__ import annotations

import gc
import os
import socket
import time
import webbrowser
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from threading import Thread

import click

from referral.accounts.sample_accounts import SAMPLE_EMAILS, make_sample_accounts
from referral.app import create_app
from referral.app.background import working_in_background
from referral.app.health import make_first_page
from referral.app.log_lines import start_logging
from referral.app.metrics import counting_together
from referral.cli.file_access import refuse_readable_by_others
from referral.cli.http_server import create_server, stop_server
from referral.cli.progress import progress_bars
from referral.cli.serving_processes import exit_on_sigterm, serve_in_processes
from referral.demo.sample_guides import add_sample_guides
from referral.demo.sample_inquiries import add_sample_inquiries
from referral.demo.sample_work import add_sample_work
from referral.directory.instance import (
    Instance,
    instance_without_upgrade,
    open_instance,
    opened_instance,
    wait_for_database,
)
from referral.errors import DatabaseDamagedError, InstanceError
from referral.imports.seed_lists import load_sample
from referral.settings import Settings
from referral.settings_file import SETTINGS_FILE, settings_of_file

DEFAULT_PORT = 8211
_THREADS_PER_PROCESS = 4
_POLL_SECONDS = 1.0
_GC_THRESHOLD = 20_000


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=DEFAULT_PORT, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True)
@click.pass_obj
def serve_command(settings: Callable[..., Settings], host: str, port: int, workers: int) -> None:
    """Serve the site for production, in WORKERS processes with four threads each.

    On Windows, a single process has all the threads.
    """
    opened_settings = settings()
    refuse_readable_by_others(opened_settings)
    start_logging(opened_settings)
    _warn_if_new(opened_settings)
    with _bind(host, port) as listener, counting_together():
        if workers == 1 or os.name != "posix":
            exit_on_sigterm()
            _serve_site(opened_settings, listener, workers * _THREADS_PER_PROCESS)
        else:
            if opened := _open_unless_damaged(opened_settings):
                opened.close()  # reports tables that cannot be served once, not in each process
            serve = partial(_serve_site, opened_settings, listener, _THREADS_PER_PROCESS)
            serve_in_processes(workers, serve)
    click.echo("Stopped.")


def _warn_if_new(settings: Settings) -> None:
    """Warn if the instance folder is new: after an upgrade, the old one may be elsewhere."""
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

    The demo ignores the settings of this machine, and changes no folder that is not a demo's.
    """
    parent = context.find_root()
    demo = demo_settings(parent.params.get("instance_path") or Path("demo"))
    with opened_instance(demo) as instance, progress_bars() as progress:
        load_sample(instance, progress)
        add_sample_inquiries(instance)
        add_sample_guides(instance)
        add_sample_work(instance)
        password = make_sample_accounts(instance)
    if password:
        click.echo("At /staff/sign-in a button signs you in as desk, listings, admin or all.")
        click.echo(f"Or sign in as {', '.join(SAMPLE_EMAILS.values())}")
        click.echo(f"with the password {password}")
    open_browser = None if no_open else webbrowser.open
    exit_on_sigterm()
    with _bind("127.0.0.1", port) as listener, counting_together():
        _serve_site(demo, listener, _THREADS_PER_PROCESS, open_browser)
    click.echo("Stopped.")


def demo_settings(folder: Path) -> Settings:
    """Return the settings of a demo in a folder, and write them there to mark it as a demo.

    Raises:
        InstanceError: the folder contains an instance that is not a demo.
    """
    mark = {"REFERRAL_SAMPLE_DATA": "yes"}
    known = settings_of_file(folder)
    if (folder / "referral.sqlite3").exists() and not known.items() >= mark.items():
        raise InstanceError(
            f"{folder} has a directory that is not a demo's. Name another folder for the demo: "
            "referral --instance FOLDER demo."
        )
    settings = Settings.from_environment({**known, **mark}, instance_path=folder)  # not os.environ
    (folder / SETTINGS_FILE).write_text(
        "".join(f"{name}={value}\n" for name, value in {**known, **mark}.items()), encoding="utf-8"
    )
    return settings


def _serve_site(
    settings: Settings,
    listener: socket.socket,
    threads: int,
    when_ready: Callable[[str], object] | None = None,
) -> None:
    """Serve the site in this process until it is stopped, with background work.

    Args:
        when_ready: called with the address of the site once the port is open.
    """
    while (opened := _open_unless_damaged(settings)) is None:
        _serve_help_lines(settings, listener, threads)
    with closing(opened) as instance:
        app = create_app(settings, instance)
        make_first_page(app)
        tune_gc()
        with working_in_background(app):
            server = create_server(app, listener, threads)
            host, port = listener.getsockname()
            address = f"http://{host}:{port}/"
            click.echo(f"Referral is at {address} (Ctrl-C stops it)")
            if when_ready:
                when_ready(address)
            server.run()


def _open_unless_damaged(settings: Settings) -> Instance | None:
    """Open the instance to serve once its database answers; None if the database is damaged."""
    try:
        wait_for_database(settings)  # a restarted process may find it away for a while
        return open_instance(settings)
    except DatabaseDamagedError:
        return None


def _serve_help_lines(settings: Settings, listener: socket.socket, threads: int) -> None:
    """Serve only the help lines until the damaged database file is changed or replaced."""
    with instance_without_upgrade(settings) as instance:
        server = create_server(create_app(settings, instance), listener.dup(), threads)
        serving = Thread(target=server.run, name="help-lines", daemon=True)
        path = Path(instance.store.engine.url.database or "")
        damaged = _file_state(path)
        serving.start()
        try:
            while _file_state(path) == damaged:
                time.sleep(_POLL_SECONDS)
        finally:
            stop_server(server)
            serving.join()


def _file_state(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def tune_gc() -> None:
    """Exclude loaded objects from garbage collection, and collect others less often.

    A page creates thousands of objects, of which hardly any need the garbage collector.
    """
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD, 20, 20)


def _bind(host: str, port: int) -> socket.socket:
    """Return a socket bound to a port, on which the site is served.

    It listens later: until then, clients use other nodes.
    """
    bound = socket.socket()
    try:
        if os.name == "posix":  # on Windows, this would take over the port of another program
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise InstanceError(
            f"Port {port} of {host} cannot be used ({error.strerror}): choose another, "
            "for example --port 8299."
        ) from error
    return bound
