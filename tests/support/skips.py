"""Pytest hooks that mark the core tests, and report skipped tests by reason.

Core tests (``-m core``, run by ``go.py test``) need neither a browser nor PostgreSQL, and are not
marked ``slow`` or ``release``. Tests marked ``smoke`` are always among them. Tests that need a
browser or PostgreSQL are recognized by their fixtures.
"""

from collections import Counter
from collections.abc import Iterator
from typing import NoReturn

import pytest

_OUTSIDE_CORE = ("browser", "postgresql", "release", "slow")
_NEEDS = {"browser": "browsers", "postgresql": "postgresql_databases"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option ``--complete``: fail tests instead of skipping them for missing software."""
    parser.addoption(
        "--complete", action="store_true", help="fail where Chromium or PostgreSQL is missing"
    )


@pytest.hookimpl(tryfirst=True)  # before -m selects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need a browser, those that need PostgreSQL, and the core tests."""
    for item in items:
        fixtures = {*getattr(item, "fixturenames", ())}
        variant = getattr(item, "callspec", None)
        if variant and "postgresql" in variant.params.values():
            fixtures.add(_NEEDS["postgresql"])
        for name, fixture in _NEEDS.items():
            if fixture in fixtures:
                item.add_marker(name)
        if item.get_closest_marker("smoke") or not any(map(item.get_closest_marker, _OUTSIDE_CORE)):
            item.add_marker("core")


def skip_or_fail(request: pytest.FixtureRequest, reason: str) -> NoReturn:
    """Skip a test because this machine lacks something, or fail it in a complete run.

    Raises:
        pytest.skip.Exception, pytest.fail.Exception: always one of them.
    """
    if request.config.getoption("--complete"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Print at the end how many tests were skipped, by reason."""
    yield
    reasons = Counter(_skip_reason(report) for report in terminalreporter.getreports("skipped"))
    if not reasons:
        return
    terminalreporter.section(f"{reasons.total()} skipped")
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count:6}  {reason}")


def _skip_reason(report: pytest.TestReport) -> str:
    """Return the reason for which a test was skipped, in one line."""
    details = report.longrepr  # of a skipped test a tuple: file, line and reason
    text = details[2] if isinstance(details, tuple) else str(details)
    return " ".join(text.removeprefix("Skipped: ").split())
