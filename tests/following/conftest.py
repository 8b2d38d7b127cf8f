"""A partner, and a directory that may ask it."""

from dataclasses import replace

import pytest

from referral.app.job_kinds import do_work
from referral.following.followed_sources import read_followed, save_followed
from referral.following.records import SourceForm, SourceKind
from referral.following.rows import FollowedSourceRow
from referral.imports.batches import apply_batch
from tests.support.partner import partner_server

NAME = "Erie 2-1-1"


@pytest.fixture
def partner():
    with partner_server() as server:
        yield server


class Follower:
    """A directory that follows one partner."""

    def __init__(self, instance, partner):
        self.instance, self.partner, self.source_id = instance, partner, ""

    def follow(self, path="/list.zip", kind=SourceKind.FILE, **more):
        said = {"name": NAME, "kind": kind, "address": path, "is_on": True, **more}
        if path.startswith("/"):
            said["address"] = self.partner.url(path)
        self.source_id = save_followed(self.instance, SourceForm(**said), self.source_id)

    def pull(self):
        """Let a worker look for news now, whenever it is due."""
        with self.instance.store.write() as session:
            row = session.get_one(FollowedSourceRow, self.source_id)
            row.next_at = self.instance.now()
        do_work(self.instance, "w")
        return self.source

    def take_all(self):
        """Look for news, and apply all of it."""
        self.pull()
        apply_batch(self.instance, self.source.batch_id, confirmed=["list-shrank"])
        do_work(self.instance, "w")

    @property
    def source(self):
        return read_followed(self.instance, self.source_id)


@pytest.fixture
def follower(instance, partner, tmp_path):
    folder = tmp_path / "drops"
    folder.mkdir()
    settings = replace(instance.settings, partner_hosts=(partner.host,), drop_folder=str(folder))
    return Follower(replace(instance, given=settings), partner)


def phones(number):
    """Give the phones of two services, the first with this number."""
    return [
        {"id": "p1", "service_id": "s1", "number": number, "type": "voice"},
        {"id": "p2", "service_id": "s2", "number": "814-555-0102", "type": "voice"},
    ]
