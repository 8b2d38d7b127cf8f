"""Measures search beside other engines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from referral.search.bench.run import BenchReport
from referral.search.bench.run import run_bench as run


def run_bench(services: int, say: Callable[[str], None]) -> BenchReport:
    """Build a synthetic directory of this many services in a temporary folder and measure."""
    with TemporaryDirectory(prefix="referral-bench-", ignore_cleanup_errors=True) as folder:
        return run(services, Path(folder), say)
