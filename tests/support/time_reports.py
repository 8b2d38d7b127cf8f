"""Measurement of report pages: ``python -m tests.support.time_reports FOLDER [INQUIRIES]``.

Creates an instance in the folder, or opens the one that is there, and adds the sample county and
invented inquiries (200,000 by default). Then fetches each report page four times as signed-in
staff, after one fetch that is not counted.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

from flask.testing import FlaskClient

from referral.app import create_app
from referral.demo.sample_inquiries import add_sample_inquiries
from referral.directory.instance import opened_instance
from referral.imports.seed_lists import load_sample
from referral.records.accounts import Role
from referral.settings import Settings
from tests.support.staff import add_account, signed_in_client

PAGES = (
    "/desk/reports", "/desk/reports/board", "/desk/reports/map", "/desk/ledger",
    "/desk/reports/reports.xlsx", "/desk/reports/table?what=needs&by=term",
    "/desk/reports/branches",
)  # fmt: skip
_TIMES = 4


def main(folder: Path, number: int) -> None:
    """Print the median and the longest processor time and clock time of each report page."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = Settings.from_environment({}, instance_path=folder, testing=True)
    with opened_instance(replace(settings, sample_data=True)) as instance:
        load_sample(instance)
        add_sample_inquiries(instance, number)
        email = f"{time.time_ns()}@example.org"
        add_account(instance, [Role.DESK], email)
        client = signed_in_client(create_app(instance.settings, instance), email)
        for page in PAGES:
            client.get(page)
            taken = [_fetch(client, page) for _ in range(_TIMES)]
            cpu, wall = zip(*taken, strict=True)
            print(
                f"{page:32} processor {median(cpu):.2f} s (longest {max(cpu):.2f}),"
                f" clock {median(wall):.2f} s (longest {max(wall):.2f})"
            )


def _fetch(client: FlaskClient, page: str) -> tuple[float, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    assert client.get(page).status_code == 200
    return time.process_time() - cpu, time.perf_counter() - wall


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 200_000)
