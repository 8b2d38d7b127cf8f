"""Search for the Chromium of the browser tests; ``python -m tests.support.chromium`` prints it.

Most tests use the headless shell if it is installed: the same engine without a window, which opens
a page in a third of the time. Only a whole browser has a history.
"""

import os
import shutil
import sys
from functools import cache
from pathlib import Path

SHELL = "chromium-headless-shell"
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")


def find_chromium() -> str | None:
    """Return the path of a Chromium: REFERRAL_CHROMIUM, else the shell or a whole browser."""
    if os.environ.get("REFERRAL_CHROMIUM"):
        return find_whole_chromium()
    return shutil.which(SHELL) or find_whole_chromium()


@cache
def find_whole_chromium() -> str | None:
    """Return the path of a whole browser: REFERRAL_CHROMIUM, else from PATH, else playwright's."""
    named = os.environ.get("REFERRAL_CHROMIUM")
    if named:
        return shutil.which(named)
    on_path = next(filter(None, map(shutil.which, NAMES)), None)
    return on_path or _playwrights_own()


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


if __name__ == "__main__":
    found = find_whole_chromium()
    print(found or "No Chromium was found: REFERRAL_CHROMIUM may name one.")
    sys.exit(0 if found else 1)
