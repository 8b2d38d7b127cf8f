"""Log lines of a serving process or a worker: one for each event on stdout, as text or JSON.

Referral's own messages contain ids, counts and kinds of errors (``web/request_log.py``). Messages
of other packages are written without their values, since a value may be a person's words.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime

from referral.settings import Settings
from referral.web.request_log import request_id

_LOGGERS_OF_COUNTS = {"waitress.queue"}  # its only value is the number of waiting requests
_FIELDS = ("method", "route", "status", "ms", "kind", "job", "services", "seconds")


def start_logging(settings: Settings) -> None:
    """Configure log lines on stdout, in the format of the settings."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLine() if settings.log_format == "json" else TextLine())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("referral").setLevel(logging.INFO)


class TextLine(logging.Formatter):
    """Formatter of text lines: time, level, logger, message and the id of the request."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a log record as one line of text, with line breaks escaped."""
        parts = [_format_time(record), record.levelname, record.name, _safe_message(record)]
        if current_id := request_id():
            parts.append(f"id={current_id}")
        return " ".join(parts).replace("\r", "\\r").replace("\n", "\\n")


class JsonLine(logging.Formatter):
    """Formatter of JSON log lines, with route, status and time in separate fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a log record as a JSON object on one line."""
        values: dict[str, object] = {
            "time": _format_time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _safe_message(record),
        }
        if current_id := request_id():
            values["request_id"] = current_id
        if _is_of_referral(record):
            values |= {
                name: value for name in _FIELDS if (value := vars(record).get(name)) is not None
            }
        return json.dumps(values, ensure_ascii=False)


def _is_of_referral(record: logging.LogRecord) -> bool:
    return record.name.split(".")[0] == "referral"


def _format_time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _safe_message(record: logging.LogRecord) -> str:
    """Return a log record's message, with an exception's class and traceback, not its text."""
    is_safe = _is_of_referral(record) or record.name in _LOGGERS_OF_COUNTS
    text = record.getMessage() if is_safe else _message_template(record)
    kind, _, place = record.exc_info or (None, None, None)
    if kind is not None:
        text = f"{text} {kind.__name__}\n{''.join(traceback.format_tb(place))}".rstrip()
    return text


def _message_template(record: logging.LogRecord) -> str:
    where = f"{record.module}:{record.lineno}"
    return f"{record.msg} ({where})" if record.args and isinstance(record.msg, str) else where
