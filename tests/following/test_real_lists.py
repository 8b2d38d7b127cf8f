"""Lists that others made, followed as they would come; none of them is in the project."""

import os
import shutil
import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from sqlalchemy import func, select

from referral.app.job_kinds import do_work
from referral.duplicates.duplicate_queue import decide_duplicate, list_duplicates
from referral.duplicates.records import PairStatus
from referral.following.records import PullOutcome, SourceKind
from referral.imports.batches import apply_batch
from referral.imports.review import read_batch
from referral.records.accounts import COMMAND_LINE
from referral.store.rows import OrganizationRow, ServiceRow
from tests.support.imported import import_list


def real(shared_data, name):
    path = shared_data / name
    if not path.exists():
        pytest.skip(f"../shared/data/{name} is not here: it is a real list, not ours")
    return path


def zipped(folder):
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(folder.iterdir()):
            packed.write(path, path.name)
    return content.getvalue()


def count(instance, row):
    with instance.store.read() as session:
        statement = select(func.count()).select_from(row).where(row.retired_at.is_(None))
        return session.scalar(statement)


def apply_with_doubts(follower):
    batch_id = follower.source.batch_id
    codes = [doubt.code for doubt in read_batch(follower.instance, batch_id).doubts]
    apply_batch(follower.instance, batch_id, confirmed=codes)
    do_work(follower.instance, "w")


def test_an_airs_file_in_a_folder(follower, shared_data, tmp_path):
    folder = tmp_path / "drops" / "bc211"
    folder.mkdir()
    path = folder / "export.xml"
    shutil.copyfile(real(shared_data, "airs/bc211") / "BC211_data_excerpt.xml", path)
    os.utime(path, (1, 1))
    follower.follow("bc211", SourceKind.FOLDER, format="airs")
    follower.pull()
    apply_with_doubts(follower)
    services = count(follower.instance, ServiceRow)
    assert services > 30
    assert follower.pull().outcome is PullOutcome.NOTHING_NEW
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    os.utime(path, (2, 2))
    follower.pull()
    assert count(follower.instance, ServiceRow) == services


@pytest.mark.release
def test_an_icarol_file_over_http(follower, shared_data):
    content = real(shared_data, "sf-lists/icarol-sf.csv").read_bytes()
    follower.partner.files["/icarol.csv"] = content
    follower.follow("/icarol.csv")
    follower.pull()
    apply_with_doubts(follower)
    agencies = count(follower.instance, OrganizationRow)
    assert agencies > 100
    assert follower.pull().outcome is PullOutcome.NOTHING_NEW
    lines = content.splitlines(keepends=True)
    follower.partner.files["/icarol.csv"] = b"".join(lines[: len(lines) // 2])
    follower.pull()
    apply_with_doubts(follower)
    assert count(follower.instance, OrganizationRow) == agencies


@pytest.mark.release
def test_two_years_of_one_list(follower, shared_data):
    old, new = (real(shared_data, f"dc-directory/{year}-export") for year in (2021, 2023))
    with time_machine.travel("2026-11-02 09:00", tick=True) as clock:
        follower.partner.files["/dc.zip"] = zipped(old)
        follower.follow("/dc.zip")
        follower.pull()
        apply_with_doubts(follower)
        services = count(follower.instance, ServiceRow)
        follower.partner.files["/dc.zip"] = zipped(new)
        found = []
        for _ in range(4):
            clock.shift(timedelta(days=4))
            follower.pull()
            apply_with_doubts(follower)  # of the first: yes, the list shrank by a third
            found.append(count(follower.instance, ServiceRow))
        assert found[0] >= services, "one list removes nothing, whoever confirms it"
        assert found[-1] == 1158, "three whole lists do"


@pytest.mark.release
def test_what_two_lists_of_one_city_share_waits_in_the_queue_once(follower, shared_data):
    instance = follower.instance
    import_list(instance, real(shared_data, "sf-lists/linksf.json"), source="linksf")
    content = real(shared_data, "sf-lists/icarol-sf.csv").read_bytes()
    follower.partner.files["/icarol.csv"] = content
    follower.follow("/icarol.csv")
    follower.pull()
    apply_with_doubts(follower)
    between = [pair for pair in pairs(instance) if pair.first_source != pair.second_source]
    assert len(between) >= 5
    decide_duplicate(instance, COMMAND_LINE, between[0].id, PairStatus.DIFFERENT)
    before = len(pairs(instance))
    follower.partner.files["/icarol.csv"] = content.replace(b"Hotline", b"Help line")
    follower.pull()
    apply_with_doubts(follower)
    ids = {pair.id for pair in pairs(instance)}
    assert between[0].id not in ids
    assert {pair.id for pair in between[1:]} & ids
    assert abs(len(ids) - before) < 20


def pairs(instance):
    """Give the pairs that wait, of all pages."""
    pages = (list_duplicates(instance, PairStatus.OPEN, "", number).pairs for number in range(1, 9))
    return list({pair.id: pair for page in pages for pair in page}.values())
