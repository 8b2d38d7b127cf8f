"""Pytest plugin that runs the tests once, then for each mutant in a process forked from that run.

Modules, databases and the demo, which tests share, are thus loaded only once. A mutant is written to
the copy of the tree and loaded into the imported modules.
"""

from __future__ import annotations

import functools
import gc
import json
import os
import signal
import sys
import time
from multiprocessing import forkserver
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

_IMPORT_FAILED, _TIMED_OUT = 254, 255
_EXTRA_SECONDS = 20
_POLL_SECONDS = 0.02


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Run the tests for each mutant, and write a line with its name and whether a test failed."""
    work = json.loads(Path(os.environ["SOAK_MUTANTS"]).read_text(encoding="utf-8"))
    path, items = Path(work["path"]), list(session.items)
    started_by, started = os.getppid(), time.monotonic()
    assert _first_failed(session, items) is None, "The tests fail without a mutant."
    folder = session.config._tmp_path_factory.getbasetemp()
    shared = set(folder.rglob("*"))
    seconds = 10 * (time.monotonic() - started) + _EXTRA_SECONDS
    with Path(work["results"]).open("a", encoding="utf-8") as results:
        for name, source in work["mutants"]:
            if os.getppid() != started_by:
                break  # the soak test was killed
            path.write_text(source, encoding="utf-8")
            child = os.fork()
            if child == 0:
                _try_mutant(session, items, path)
            code = _wait_for_exit_code(child, seconds)
            for left in set(folder.rglob("*")) - shared:
                if left.is_file():  # databases of the next child have the same names
                    left.unlink()
            if 0 < code < _IMPORT_FAILED:  # the test that failed runs first, as it may fail again
                items.insert(0, items.pop(code - 1))
            results.write(json.dumps([name, code != 0]) + "\n")
            results.flush()
    return True


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Print why a test failed, because a child ends before pytest prints it."""
    if report.failed:
        print(report.nodeid, report.longreprtext[-2000:], flush=True)


def _first_failed(session: pytest.Session, items: list[pytest.Item]) -> int | None:
    for index, item in enumerate(items):
        following: Any = items[index + 1] if index + 1 < len(items) else session
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return index
    return None


def _try_mutant(session: pytest.Session, items: list[pytest.Item], path: Path) -> None:
    """Run the tests until one fails, and end the process with its number as exit code, or 0."""
    os.setsid()
    forkserver._forkserver._forkserver_pid = None  # that server is a child of the parent process
    code = _IMPORT_FAILED
    try:
        _load_mutant(path)
        failed = _first_failed(session, items)
        code = 0 if failed is None else min(failed + 1, _IMPORT_FAILED - 1)
    finally:
        os._exit(code)


def _wait_for_exit_code(child: int, seconds: float) -> int:
    for _ in range(int(seconds / _POLL_SECONDS)):  # not timed: both processes may be suspended
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(_POLL_SECONDS)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return _TIMED_OUT


def _load_mutant(path: Path) -> None:
    """Execute a changed module in its namespace, and replace old definitions wherever used."""
    name = ".".join(path.with_suffix("").parts)
    namespace = vars(sys.modules[name])
    before = dict(namespace)
    exec(compile(path.read_text(encoding="utf-8"), str(path.resolve()), "exec"), namespace)
    replaced = {}
    for key, old in before.items():
        new = namespace.get(key)
        if key.startswith("__") or old is new:
            continue
        if getattr(old, "__module__", "") == name and isinstance(old, FunctionType | type):
            _replace_code(old, new)
            namespace[key] = old
        else:
            replaced[key] = old, new
    ours = [
        module for key, module in sys.modules.items() if key.startswith(("referral.", "tests."))
    ]
    for module in ours:
        for key, (old, new) in replaced.items():
            if vars(module).get(key) is old:
                setattr(module, key, new)
    for found in gc.get_objects():
        if isinstance(found, functools._lru_cache_wrapper):
            found.cache_clear()


def _replace_code(old: Any, new: Any) -> None:
    """Replace the code of a function, or of the functions of a class, by that of a new one."""
    if isinstance(old, FunctionType):
        old.__code__, old.__defaults__ = new.__code__, new.__defaults__
        old.__kwdefaults__ = new.__kwdefaults__
        if hasattr(old, "__wrapped__"):  # a context manager
            _replace_code(old.__wrapped__, new.__wrapped__)
        return
    for key, value in vars(new).items():
        mine = vars(old).get(key)
        if isinstance(value, FunctionType) and isinstance(mine, FunctionType):
            if mine.__code__.co_freevars == value.__code__.co_freevars:
                _replace_code(mine, value)
        elif isinstance(value, property | staticmethod | classmethod):
            setattr(old, key, value)
