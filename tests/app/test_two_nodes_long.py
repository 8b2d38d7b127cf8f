"""A part of the browser suite of staff pages with two nodes; ``--two-nodes -m browser`` runs all."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.two_nodes import has_two_nodes

ROOT = Path(__file__).parents[2]
SUITES = ("tests/imports/test_browser.py", "tests/vocabulary/test_browser.py")


@pytest.mark.release
@pytest.mark.browser
@pytest.mark.skipif(has_two_nodes(), reason="This run has two nodes already")
def test_staff_pages_pass_with_two_nodes():
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--two-nodes"]
    ended = subprocess.run(
        [*command, *SUITES], cwd=ROOT, capture_output=True, text=True, timeout=1200, check=False
    )
    assert ended.returncode == 0, ended.stdout[-3000:]
