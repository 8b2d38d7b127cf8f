"""Help lines and liveness answer while all else hangs; nobody waits for a body or out of turn."""

import socket
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection

import pytest
import waitress
from flask import url_for
from waitress import wasyncore
from werkzeug.serving import BaseWSGIServer
from werkzeug.wrappers import Request, Response

from referral.cli import request_bodies
from referral.cli.request_bodies import BodiesFirst
from referral.cli.request_lanes import Turns, UsualPagesBounded, keep_urgent_apart
from referral.cli.serve import GRANIAN_THREADS
from tests.support.server import running, serving

pytestmark = pytest.mark.slow

THREADS = 4
SLOW_BODIES = 50
LARGEST, LARGEST_UPLOAD = 2_000, 2_000_000
UPLOAD = "/admin/imports/new"


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


class ThreadPoolServer(BaseWSGIServer):
    """A server with the threads of a granian worker, which gets bodies unread as that does."""

    multithread = True

    def __init__(self, app):
        super().__init__("127.0.0.1", 0, app)
        self._threads = ThreadPoolExecutor(GRANIAN_THREADS)

    def process_request(self, request, client_address):
        self._threads.submit(self._answer, request, client_address)

    def _answer(self, request, client_address):
        self.finish_request(request, client_address)
        self.shutdown_request(request)


@contextmanager
def served_with_spare_threads(app):
    with running(ThreadPoolServer(bounded(app))) as server:
        yield f"http://127.0.0.1:{server.port}"


def bounded(app, *, most=64, seconds=60.0):
    """Bound an application as granian workers do."""
    lanes = UsualPagesBounded(app, THREADS)
    return BodiesFirst(
        lanes, largest=LARGEST, largest_upload=LARGEST_UPLOAD, most=most, seconds=seconds
    )


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


@Request.application
def length_of_body(request):
    """Say how many bytes of a body have come."""
    request.max_content_length = LARGEST_UPLOAD if request.path == UPLOAD else LARGEST
    return Response(str(len(request.get_data())))


@pytest.fixture(params=["waitress", "granian"])
def measuring(request):
    """Serve the application that measures bodies; its address."""
    served = {"waitress": served_by_waitress, "granian": served_with_spare_threads}[request.param]
    with served(length_of_body) as address:
        yield address


def host_and_port(address):
    host, _, port = address.removeprefix("http://").partition(":")
    return host, int(port)


def begin_body(address, path="/suggest"):
    """Send the beginning of a body, and no more of it."""
    link = socket.create_connection(host_and_port(address), timeout=20)
    link.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nq=f".encode())
    return link


def status_of(link):
    """Wait for the answer to what was sent, and give its status."""
    with link, link.makefile("rb") as answer:
        return int(answer.readline().split()[1])


def send_body(address, path, body, *, chunked=False):
    connection = HTTPConnection(*host_and_port(address), timeout=20)
    headers = {} if chunked else {"Content-Length": str(len(body))}
    pieces = [body[:700], body[700:]] if chunked else body
    connection.request("POST", path, pieces, headers, encode_chunked=chunked)
    answer = connection.getresponse()
    said = answer.status, answer.read()
    connection.close()
    return said


def test_bodies_that_never_end_keep_nobody_out(measuring):
    with ExitStack() as open_bodies:
        for _ in range(SLOW_BODIES):
            open_bodies.enter_context(begin_body(measuring))
        assert ask(f"{measuring}/search") == 200


def test_a_body_comes_whole_up_to_its_limit(measuring):
    for chunked in (False, True):
        small, large = b"x" * LARGEST, b"x" * 1_500_000  # more than is kept in memory
        assert send_body(measuring, "/suggest", small, chunked=chunked) == (200, b"2000")
        assert send_body(measuring, UPLOAD, large, chunked=chunked) == (200, b"1500000")
        assert send_body(measuring, "/suggest", small + b"x", chunked=chunked)[0] == 413


def test_the_page_that_takes_lists_is_the_one_with_a_larger_limit(app):
    with app.test_request_context():
        assert url_for("imports.upload") == UPLOAD == request_bodies._UPLOAD


def test_a_body_that_is_late_is_answered():
    with serving(bounded(length_of_body, seconds=0.1)) as address:
        assert status_of(begin_body(address)) == 408
        assert status_of(begin_body(address, "/help-now")) == 408


def test_half_a_body_is_none():
    with serving(bounded(length_of_body)) as address:
        link = begin_body(address)
        link.shutdown(socket.SHUT_WR)
        assert status_of(link) == 400


def test_of_too_many_bodies_the_slowest_is_given_up():
    site = bounded(length_of_body, most=1)
    with serving(site) as address, begin_body(address) as slow:
        end = time.monotonic() + 10
        while not site._reading and time.monotonic() < end:
            time.sleep(0.01)
        assert send_body(address, "/suggest", b"q=food") == (200, b"6")
        assert status_of(slow) == 408


def test_turns_are_taken_in_the_order_in_which_they_were_asked_for():
    turns, taken, threads = Turns(1), [], []

    def take(name):
        with turns:
            taken.append(name)

    with turns:
        for name in range(5):
            threads.append(threading.Thread(target=take, args=(name,)))
            threads[-1].start()
            while len(turns._waiting) <= name:
                time.sleep(0.001)
    take("who comes last")
    for thread in threads:
        thread.join()
    assert taken == [0, 1, 2, 3, 4, "who comes last"]
