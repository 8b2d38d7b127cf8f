"""Soak test that attacks published counts over fourteen months of few and of many inquiries."""

import tempfile
from pathlib import Path

from referral.directory.instance import opened_instance
from referral.directory.seed import load_headings
from soak.progress import Progress
from tests.conftest import settings_for
from tests.reports.test_attack import attack, fill_months
from tests.support.places import make_places

INQUIRIES_PER_MONTH = (4, 30, 60, 120, 250)
_MONTHS = 14


def run_attack(progress: Progress, rounds: int) -> None:
    """Attack the counts of an instance for each of the first ``rounds`` numbers of inquiries."""
    with tempfile.TemporaryDirectory() as name:
        make_places(Path(name))
        for number in INQUIRIES_PER_MONTH[progress.numbers.get("numbers tried", 0) : rounds]:
            folder = Path(name) / str(number)
            folder.mkdir()
            url = f"sqlite:///{(folder / 'referral.sqlite3').as_posix()}"
            with opened_instance(settings_for(folder, url)) as instance:
                load_headings(instance)
                fill_months(instance, number, _MONTHS)
                small, solved = attack(instance)
            progress.add("small counts", small)
            progress.add("solved", len(solved))
            progress.add("numbers tried")
            progress.save()
