"""Log lines of a serving process: one line each, and no words of anybody."""

import json
import logging

import pytest

from referral.app import create_app
from referral.app.log_lines import JsonLine, TextLine


@pytest.fixture
def lines():
    """The lines of a form, of all that is logged below ``referral`` and ``others``."""
    kept, handlers = [], []

    def keep(form):
        handler = logging.Handler()
        handler.setFormatter(form)
        handler.emit = lambda record: kept.append(handler.format(record))
        for name in ("referral", "others"):
            logger = logging.getLogger(name)
            handlers.append((logger, logger.level, handler))
            logger.addHandler(handler)
            logger.setLevel(logging.INFO)
        return kept

    yield keep
    for logger, level, handler in handlers:
        logger.removeHandler(handler)
        logger.setLevel(level)


def test_a_request_is_an_object_with_the_id_that_was_sent_back(sample_app, lines):
    kept = lines(JsonLine())
    answer = sample_app.test_client().get("/search?q=sekrit&near=16335")
    (line,) = [json.loads(text) for text in kept if "requests" in text]
    assert line["method"] == "GET"
    assert line["route"] == "/search"
    assert line["status"] == 200
    assert line["ms"] > 0
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert line["time"].endswith("Z")
    assert "sekrit" not in "".join(kept)
    assert "16335" not in "".join(kept)


def test_an_id_that_a_browser_sends_is_not_taken(sample_app, lines):
    kept = lines(TextLine())
    answer = sample_app.test_client().get("/about", headers={"X-Request-ID": "sekrit"})
    assert answer.headers["X-Request-ID"] != "sekrit"
    assert "sekrit" not in "".join(kept)
    assert f"id={answer.headers['X-Request-ID']}" in kept[-1]


@pytest.mark.parametrize("form", [TextLine(), JsonLine()])
def test_a_crash_is_one_line_without_its_message(instance, lines, form):
    app = create_app(instance.settings, instance)
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False

    @app.get("/crash/<word>")
    def crash(word):
        raise ValueError(f"could not\nread {word}")

    kept = lines(form)
    app.test_client().get("/crash/sekrit")
    assert any("GET /crash/<word> failed with ValueError" in line for line in kept)
    assert not any("\n" in line for line in kept)
    assert "sekrit" not in "".join(kept)


@pytest.mark.parametrize("form", [TextLine(), JsonLine()])
def test_values_that_a_library_logs_are_left_out(lines, form):
    kept = lines(form)
    word = "sekrit"
    try:
        int(word)
    except ValueError:
        logging.getLogger("others").exception("Exception while serving %s", f"/search?q={word}")
    logging.getLogger("others").warning(f"{word} was asked for")
    assert "Exception while serving %s" in kept[0]
    assert "ValueError" in kept[0]
    assert "sekrit" not in "".join(kept)


def test_a_rebuild_is_said(instance, lines):
    kept = lines(JsonLine())
    instance.index.sync()
    (line,) = [json.loads(text) for text in kept if "was rebuilt" in text]
    assert line["logger"] == "referral.search.index"
    assert line["seconds"] >= 0


def test_how_many_requests_wait_is_a_number_and_other_values_stay_out(lines):
    form = TextLine()
    values = {"level": logging.WARNING, "pathname": "task.py", "lineno": 1, "exc_info": None}
    waiting = logging.LogRecord("waitress.queue", msg="Task queue depth is %d", args=(7,), **values)
    other = logging.LogRecord("others", msg="Depth of %s", args=("sekrit",), **values)
    assert form.format(waiting).endswith("Task queue depth is 7")
    assert "sekrit" not in form.format(other)
