"""Log of a serving process or a worker: one line to stdout for each event, as text or JSON.

Our own messages hold ids, counts and kinds of errors (``web/request_log.py``). Of what a library
logs only the text before its values were put in is written, since a value may be a person's word.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime

from referral.settings import Settings
from referral.web.request_log import request_id

_COUNTING = {"waitress.queue"}  # what it puts in is the number of waiting requests, no word
_FIELDS = ("method", "route", "status", "ms", "kind", "job", "services", "seconds")


def start_logging(settings: Settings) -> None:
    """Write the log of this process to stdout, in the form that the settings name."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLine() if settings.log_format == "json" else TextLine())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("referral").setLevel(logging.INFO)


class TextLine(logging.Formatter):
    """Time, level, source, message and the id of the request."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; line breaks within are escaped."""
        parts = [_time_of(record), record.levelname, record.name, _message_of(record)]
        if own_id := request_id():
            parts.append(f"id={own_id}")
        return " ".join(parts).replace("\r", "\\r").replace("\n", "\\n")


class JsonLine(logging.Formatter):
    """The same as an object, with route, status and time in fields of their own."""

    def format(self, record: logging.LogRecord) -> str:
        """One object on one line."""
        values: dict[str, object] = {
            "time": _time_of(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message_of(record),
        }
        if own_id := request_id():
            values["request_id"] = own_id
        if _is_ours(record):
            values |= {
                name: value for name in _FIELDS if (value := vars(record).get(name)) is not None
            }
        return json.dumps(values, ensure_ascii=False)


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.split(".")[0] == "referral"


def _time_of(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _message_of(record: logging.LogRecord) -> str:
    """The message; of an error its kind and place, without its words."""
    is_safe = _is_ours(record) or record.name in _COUNTING
    text = record.getMessage() if is_safe else _template_of(record)
    kind, _, place = record.exc_info or (None, None, None)
    if kind is not None:
        text = f"{text} {kind.__name__}\n{''.join(traceback.format_tb(place))}".rstrip()
    return text


def _template_of(record: logging.LogRecord) -> str:
    where = f"{record.module}:{record.lineno}"
    return f"{record.msg} ({where})" if record.args and isinstance(record.msg, str) else where
