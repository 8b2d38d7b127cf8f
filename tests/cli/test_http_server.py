"""Help lines and liveness answer while all else hangs, and no client occupies a thread by being slow."""

import socket
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest
from waitress import wasyncore
from werkzeug.wrappers import Request, Response

from referral.cli.http_server import create_server
from tests.support.server import until

pytestmark = pytest.mark.slow

THREADS = 4
LONG = 40_000_000  # bytes, more than lie between a thread and who does not read


@contextmanager
def served(app):
    """Serve an application; the loop of its server ends when its own thread has closed all sockets.

    Closed from another thread, the loop can fail on a descriptor that it is still waiting for.
    """
    server = create_server(app, socket.create_server(("127.0.0.1", 0)), THREADS)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}", server
    finally:
        server.task_dispatcher.shutdown()
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
        thread.join(10)
        assert not thread.is_alive()


def ask(address):
    with urllib.request.urlopen(address, timeout=20) as answer:
        return answer.status


@pytest.fixture
def hanging(app):
    """Add a page that hangs until the event is set; that event, and the list of who came."""
    go_on, hangs = threading.Event(), []

    @app.get("/hang")
    def hang():
        hangs.append(1)
        go_on.wait(30)
        return ""

    return go_on, hangs


@contextmanager
def more_than_threads(address):
    """Ask for the page that hangs from more clients than there are threads; their answers."""
    with ThreadPoolExecutor(THREADS + 2) as clients:
        yield [clients.submit(ask, f"{address}/hang") for _ in range(THREADS + 2)]


def test_help_lines_and_liveness_have_threads_of_their_own(app, hanging):
    go_on, hangs = hanging
    with served(app) as (address, _), more_than_threads(address) as waiting:
        until(lambda: len(hangs) == THREADS)
        assert [ask(f"{address}{page}") for page in ("/help-now", "/health/live")] == [200, 200]
        assert not go_on.is_set()
        go_on.set()
        assert {each.result() for each in waiting} == {200}


def test_what_was_received_is_answered_before_it_ends(app, hanging):
    go_on, hangs = hanging
    with served(app) as (address, server), more_than_threads(address) as waiting:
        until(lambda: len(hangs) == THREADS and len(server.task_dispatcher._usual.queue) == 2)
        ending = threading.Thread(target=server.task_dispatcher.shutdown)
        ending.start()
        go_on.set()
        assert {each.result() for each in waiting} == {200}
        ending.join()


def test_who_does_not_read_a_long_answer_keeps_nobody_out():
    @Request.application
    def pages(request):
        count = LONG // 100_000 if request.path == "/all" else 1
        return Response(b"x" * 100_000 for _ in range(count))

    with served(pages) as (address, _), ExitStack() as readers:
        host, _, port = address.removeprefix("http://").partition(":")
        for _ in range(THREADS):
            reader = readers.enter_context(socket.create_connection((host, int(port))))
            reader.sendall(b"GET /all HTTP/1.1\r\nHost: x\r\n\r\n")
            assert reader.recv(1)
        assert ask(f"{address}/search") == 200
