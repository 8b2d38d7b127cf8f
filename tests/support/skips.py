"""What is the core of the tests, what a run needs, and a count of skipped tests by reason.

The core (``-m core``, run by ``go.py test``) needs neither browser nor PostgreSQL and is not marked
``slow`` or ``release``, but for the tests marked ``smoke``. Tests that need a browser or PostgreSQL are marked as
such by their fixtures.
"""

from collections import Counter
from collections.abc import Iterator
from typing import NoReturn

import pytest

_OUTSIDE_CORE = ("browser", "postgresql", "release", "slow")
_NEEDS = {"browser": "browsers", "postgresql": "postgresql_databases"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that refuses to skip what this machine lacks."""
    parser.addoption(
        "--complete", action="store_true", help="fail where Chromium or PostgreSQL is missing"
    )


@pytest.hookimpl(tryfirst=True)  # before -m selects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser, what needs PostgreSQL, and the core."""
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


def lacking(request: pytest.FixtureRequest, reason: str) -> NoReturn:
    """Skip the test because this machine lacks something; fail in a complete run.

    Raises:
        pytest.skip.Exception, pytest.fail.Exception: always one of the two.
    """
    if request.config.getoption("--complete"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Print last how many tests were skipped, by reason."""
    yield
    reasons = Counter(_reason(report) for report in terminalreporter.getreports("skipped"))
    if not reasons:
        return
    terminalreporter.section(f"{reasons.total()} skipped")
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count:6}  {reason}")


def _reason(report: pytest.TestReport) -> str:
    """Return why a test was skipped, in one line."""
    where = report.longrepr
    text = where[2] if isinstance(where, tuple) else str(where)
    return " ".join(text.removeprefix("Skipped: ").split())
