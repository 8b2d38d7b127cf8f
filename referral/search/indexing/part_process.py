"""Writes some segments of a new index in a process of its own; ``parallel_build`` starts it.

The request comes as JSON on standard input. Each line of standard output is a number, how many
services are done; the last is the point in the change log that the process saw.
"""

from __future__ import annotations

import json
import sys
from dataclasses import astuple
from pathlib import Path

from referral.search.indexing.priority import let_pages_go_first
from referral.search.indexing.stored_documents import stored_documents
from referral.search.indexing.writer import write_documents
from referral.store import Store
from referral.store.change_log import store_state


def main() -> None:
    """Write an index of these services, and no others, into an empty folder."""
    let_pages_go_first()
    request = json.load(sys.stdin)
    store = Store(request["database_url"])
    try:
        with store.read() as session:
            point = store_state(session).point
            documents = stored_documents(session, request["service_ids"], _say)
            write_documents(Path(request["folder"]), documents, lambda _step: None)
    finally:
        store.close()
    _say(astuple(point))


def _say(value: object) -> None:
    print(json.dumps(value), flush=True)  # noqa: T201  # the parent reads it


if __name__ == "__main__":
    main()
