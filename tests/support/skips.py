"""What a short run leaves out, and a count of skipped tests by reason.

A short run (``go.py test``) skips tests marked ``long``, tries fewer examples of a property, asks
axe about wide windows only, and asks what operations do of one kind of database, by turns.
``go.py test --long`` leaves nothing out.
"""

from collections import Counter
from collections.abc import Iterator

import pytest

LONG = "long: go.py test --long runs it"
SHORT = (
    "A short run: a quarter of the examples of properties, axe in wide windows only, operations on "
    "one kind of database by turns, some pages of each kind parsed. go.py test --long leaves nothing "
    "out."
)
_SHARE_OF_EXAMPLES = 4
_FEWEST_EXAMPLES = 5
_run = {"is_long": False}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that runs what is marked long too."""
    parser.addoption("--long", action="store_true", help="also run the tests marked long")


def pytest_configure(config: pytest.Config) -> None:
    """Note the kind of run before test modules are imported."""
    _run["is_long"] = bool(config.getoption("--long"))


def is_long() -> bool:
    """Return whether this run leaves nothing out."""
    return _run["is_long"]


def examples(count: int) -> int:
    """Return how many examples of a property to try: ``count`` in a long run, else a quarter."""
    return count if is_long() else max(count // _SHARE_OF_EXAMPLES, min(count, _FEWEST_EXAMPLES))


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
    if not is_long():
        terminalreporter.write_line(SHORT)
    terminalreporter.section(f"{reasons.total()} skipped")
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count:6}  {reason}")


def _reason(report: pytest.TestReport) -> str:
    """Return why a test was skipped, in one line."""
    where = report.longrepr
    text = where[2] if isinstance(where, tuple) else str(where)
    return " ".join(text.removeprefix("Skipped: ").split())
