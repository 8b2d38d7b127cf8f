"""A list that is read once, and sent to another process: the same items, in less memory."""

import io

import pytest

from referral.formats.provider_list import open_list
from referral.formats.sandbox.parent import ReadingLimits, read_sandboxed
from referral.formats.sandbox.protocol import ItemDecoder, receive, send_items
from referral.records.kinds import SourcedRecord
from tests.support.calls import count_calls
from tests.support.synthetic_list import write_list, write_sheet

SERVICES = 12
MOST_MEMORY = 512 * 2**20  # of address space; the program itself takes a quarter of it


@pytest.fixture
def path(tmp_path):
    return write_list(tmp_path / "list", SERVICES)


def test_rows_that_are_let_go_give_the_same_items(path):
    kept = list(open_list(path).read("county"))
    assert list(open_list(path).read("county", is_read_once=True)) == kept
    assert sum(isinstance(item, SourcedRecord) for item in kept) == 8 * SERVICES + SERVICES // 4


def test_items_arrive_as_they_were_sent(path):
    sent = list(open_list(path).read("county"))
    stream = io.BytesIO()
    send_items(stream, sent)
    stream.seek(0)
    decoder = ItemDecoder()
    came = [item for frame in receive(stream) for item in decoder.items_of(frame)]
    assert came == sent


@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame._replace(content=200),
        lambda frame: frame._replace(content=frame.content + 1),
        lambda frame: frame._replace(packed=frame.packed.replace(b"name", b"nome")),
        lambda frame: frame._replace(packed=b"\x91\x94" + b"\x01" * 4),
        lambda frame: frame._replace(packed=frame.packed[:-1]),
    ],
    ids=["no kind", "another kind", "another field", "other types", "cut short"],
)
def test_a_frame_that_does_not_hold_what_it_says_is_refused(path, change):
    stream = io.BytesIO()
    send_items(stream, [i for i in open_list(path).read("county") if hasattr(i, "record")])
    stream.seek(0)
    frame = next(receive(stream))
    with pytest.raises(ValueError, match=r".+"):
        list(ItemDecoder().items_of(change(frame)))


def test_progress_is_told_before_the_first_row(path):
    told = []
    read = read_sandboxed(path, "county", on_row=lambda done, total: told.append((done, total)))
    assert told[0] == (1, 0)
    assert told[-1] == (read.row_count, read.row_count)


@pytest.mark.slow
def test_a_service_with_twice_the_places_takes_twice_the_work(tmp_path):
    header = "Organization,Service,Address,ZIP,Phone,Hours\n"

    def work(places):
        path = tmp_path / f"{places}.csv"
        rows = (f"Hope,Flu shots,{n} Elm St,16335,814-336-1234,Mon-Fri 9am-5pm\n"
                for n in range(1, places + 1))  # fmt: skip
        path.write_text(header + "".join(rows), encoding="utf-8")
        return count_calls(lambda: list(open_list(path).read("county")))

    work(10)  # what is done once
    assert work(600) < 2.5 * work(300)


@pytest.mark.release
def test_a_large_sheet_is_read_within_its_memory(tmp_path):
    rows, told = 20_000, []
    path = write_sheet(tmp_path / "list.csv", rows)
    read = read_sandboxed(
        path,
        "county",
        on_row=lambda done, total: told.append((done, total)),
        limits=ReadingLimits(memory_bytes=MOST_MEMORY),
    )
    assert sum(isinstance(item, SourcedRecord) for item in read.items) > 8 * rows
    assert told[0] == (1, 0)
    assert len(told) > rows / 1_000
