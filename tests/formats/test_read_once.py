"""A list that is read once, and sent to another process: the same items, in less memory."""

import io

import pytest

from referral.formats.provider_list import open_list
from referral.formats.reading.items import ReadRecord
from referral.formats.sandbox.parent import read_sandboxed
from referral.formats.sandbox.protocol import ItemDecoder, receive, send_items
from tests.support.synthetic_list import write_list

SERVICES = 12


@pytest.fixture
def path(tmp_path):
    return write_list(tmp_path / "list", SERVICES)


def test_rows_that_are_let_go_give_the_same_items(path):
    kept = list(open_list(path).read("county"))
    assert list(open_list(path).read("county", once=True)) == kept
    assert sum(isinstance(item, ReadRecord) for item in kept) == 8 * SERVICES + SERVICES // 4


def test_items_arrive_as_they_were_sent(path):
    sent = list(open_list(path).read("county"))
    stream = io.BytesIO()
    send_items(stream, sent)
    stream.seek(0)
    decoder = ItemDecoder()
    came = [item for frame in receive(stream) for item in decoder.items_of(frame)]
    assert came == sent


def test_progress_is_told_before_the_first_row(path):
    told = []
    read = read_sandboxed(path, "county", on_row=lambda done, total: told.append((done, total)))
    assert told[0] == (1, 0)
    assert told[-1] == (read.row_count, read.row_count)
