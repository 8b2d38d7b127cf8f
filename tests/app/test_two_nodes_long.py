"""A part of the browser suite of staff pages with two nodes; ``--two-nodes`` runs any other."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SUITES = ("tests/imports/test_browser.py", "tests/vocabulary/test_browser.py")


@pytest.mark.long
@pytest.mark.browser
def test_staff_pages_pass_with_two_nodes():
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--two-nodes"]
    ended = subprocess.run(
        [*command, *SUITES], cwd=ROOT, capture_output=True, text=True, timeout=1200, check=False
    )
    assert ended.returncode == 0, ended.stdout[-3000:]
