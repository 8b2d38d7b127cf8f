"""Which Chromium the browser tests drive; `python -m tests.support.chromium` says."""

import os
import shutil
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")


def find_chromium() -> str | None:
    """Return what REFERRAL_CHROMIUM names, else one on PATH, else playwright's own."""
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
    found = find_chromium()
    print("browser tests: " + (found or "no Chromium found (REFERRAL_CHROMIUM may name one)"))
    sys.exit(0 if found else 1)
