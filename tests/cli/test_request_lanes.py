"""Help lines and liveness answer while every other thread hangs."""

import threading
import time
import urllib.request
from contextlib import contextmanager

import pytest
import waitress
from waitress import wasyncore

from referral.cli.request_lanes import UsualPagesBounded, keep_urgent_apart
from tests.support.server import serving

pytestmark = pytest.mark.slow

THREADS = 4


@pytest.fixture(params=["waitress", "granian"])
def hanging(app, request):
    """Serve a site with pages that hang until the event is set; its address and how many hang."""
    go_on, hangs = threading.Event(), []

    @app.get("/hang")
    def hang():
        hangs.append(1)
        go_on.wait(30)
        return ""

    served = {"waitress": served_by_waitress, "granian": served_with_spare_threads}[request.param]
    with served(app) as address:
        yield address, hangs, go_on
        go_on.set()


@contextmanager
def served_by_waitress(app):
    """Serve by waitress; its loop ends when its own thread has closed all that it listens to.

    Closed from another thread, the loop can fail on a descriptor that it is still waiting for.
    """
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=THREADS)
    keep_urgent_apart(server)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.task_dispatcher.shutdown()
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
        thread.join(10)
        assert not thread.is_alive()


def served_with_spare_threads(app):
    """Serve by a server that takes any thread, as granian does, and has enough of them."""
    app.wsgi_app = UsualPagesBounded(app.wsgi_app, THREADS)
    return serving(app)


def ask(address):
    with urllib.request.urlopen(address, timeout=20) as answer:
        return answer.status


def test_help_lines_and_liveness_have_threads_of_their_own(hanging):
    address, hangs, go_on = hanging
    pages = [f"{address}/help-now", f"{address}/health/live"]
    waiting = [
        threading.Thread(target=ask, args=(f"{address}/hang",), daemon=True)
        for _ in range(THREADS + 2)
    ]
    for each in waiting:
        each.start()
    end = time.monotonic() + 10
    while len(hangs) < THREADS and time.monotonic() < end:
        time.sleep(0.01)
    assert len(hangs) == THREADS
    assert [ask(page) for page in pages] == [200, 200]
    assert not go_on.is_set()
    go_on.set()
    for each in waiting:
        each.join()
    assert len(hangs) == THREADS + 2
