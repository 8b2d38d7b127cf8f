"""The tests that a run leaves out: those marked long, and a count of all by reason."""

from collections import Counter
from collections.abc import Iterator

import pytest

LONG = "long: go.py test --long runs it"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that runs what is marked long too."""
    parser.addoption("--long", action="store_true", help="also run the tests marked long")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what is marked long, unless it is asked for: skipped, so that it is counted."""
    if not config.getoption("--long"):
        for item in items:
            if item.get_closest_marker("long"):
                item.add_marker(pytest.mark.skip(reason=LONG))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Print last how many tests were skipped, by reason."""
    yield
    reasons = Counter(_reason(report) for report in terminalreporter.getreports("skipped"))
    terminalreporter.section(f"{reasons.total()} skipped")
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count:6}  {reason}")


def _reason(report: pytest.TestReport) -> str:
    """Return why a test was skipped, in one line."""
    where = report.longrepr
    text = where[2] if isinstance(where, tuple) else str(where)
    return " ".join(text.removeprefix("Skipped: ").split())
