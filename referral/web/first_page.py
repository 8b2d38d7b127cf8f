"""The first page of results of a process, which it asks itself for before a visitor does.

It takes ten times as long as the next: templates are compiled, holidays computed, names read. Until
it was made, the process is not ready.
"""

from __future__ import annotations

import threading

from flask import Flask

from referral.directory.context import Directory
from referral.errors import DirectoryError
from referral.search.query import SearchQuery

_ITSELF = "http://127.0.0.1/"  # a name under which every site answers
_COMMON_WORDS = "food"


class FirstPage:
    """Makes it once; threads may share one."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._is_made = False

    def make(self) -> bool:
        """Whether it was made. Where another thread is at it: not yet."""
        if self._is_made or not self._lock.acquire(blocking=False):
            return self._is_made
        try:
            directory: Directory = self._app.extensions["referral"]
            directory.index.search(SearchQuery(words=_COMMON_WORDS))
            # Without words: what a search does not find is counted, and nobody searched here.
            self._app.test_client().get("/search", base_url=_ITSELF)
            self._is_made = True
        except DirectoryError:
            pass
        finally:
            self._lock.release()
        return self._is_made
