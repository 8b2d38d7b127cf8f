"""Files in the database: pieces, limits, copies on a node's disk, and what is left of them."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from sqlalchemy import func, select

from referral.errors import InstanceError
from referral.store.stored_files import (
    FileTooLargeError,
    Limits,
    StoredFilePieceRow,
    delete_files,
    delete_leftovers,
    drop_old_copies,
    find_file,
    local_copy,
    pieces_of,
    save_file,
    stored_bytes,
)

LARGE = bytes(range(256)) * 4096 * 2 + b"end"  # three pieces


def save(store, content, subject="a", limits=Limits()):  # noqa: B008  # frozen
    return save_file(store, subject, "list", "list.csv", BytesIO(content), limits)


def found(store, subject="a"):
    with store.read() as session:
        return find_file(session, subject, "list")


def pieces(store):
    with store.read() as session:
        return session.scalar(select(func.count()).select_from(StoredFilePieceRow))


def test_what_is_saved_is_read_again_piece_by_piece(each_store):
    file = save(each_store, LARGE)
    assert found(each_store) == file
    assert [len(piece) for piece in pieces_of(each_store, file)] == [2**20, 2**20, 3]
    assert b"".join(pieces_of(each_store, file)) == LARGE


def test_a_new_file_takes_the_place_of_the_old_one(each_store):
    first, second = save(each_store, LARGE), save(each_store, b"new")
    assert found(each_store) == second != first
    assert (pieces(each_store), stored_bytes(each_store)) == (1, 3)
    with pytest.raises(InstanceError):
        list(pieces_of(each_store, first))


@pytest.mark.parametrize("limits", [Limits(largest=2**20), Limits(room=2**20 + 4)])
def test_what_is_too_large_leaves_nothing_and_the_old_file(each_store, limits):
    old = save(each_store, b"old")
    with pytest.raises(FileTooLargeError):
        save(each_store, LARGE, limits=limits)
    assert (found(each_store), pieces(each_store)) == (old, 1)


def test_a_stream_that_breaks_leaves_nothing(each_store):
    class Broken(BytesIO):
        def read(self, size=-1):
            if self.tell():
                raise ConnectionResetError
            return super().read(size)

    with pytest.raises(ConnectionResetError):
        save_file(each_store, "a", "list", "list.csv", Broken(LARGE))
    assert (found(each_store), pieces(each_store)) == (None, 0)


def test_what_a_killed_process_left_is_deleted_later(each_store, monkeypatch):
    with monkeypatch.context() as killed:
        killed.setattr("referral.store.stored_files._delete_files", lambda *_: None)
        with pytest.raises(FileTooLargeError):
            save(each_store, LARGE, limits=Limits(largest=2**20))
        save(each_store, LARGE, "b")
        delete_files(each_store, "b")
    now = datetime.now(UTC)
    assert delete_leftovers(each_store, now) == 1, "the pieces of b"
    assert pieces(each_store) == 1, "the other may come in still"
    assert delete_leftovers(each_store, now + timedelta(days=1)) == 1
    assert pieces(each_store) == 0


def test_a_copy_is_made_once_and_goes_with_its_file(each_store, tmp_path):
    file = save(each_store, LARGE)
    path = local_copy(each_store, tmp_path, file)
    assert path.read_bytes() == LARGE
    made = path.stat().st_ino
    assert local_copy(each_store, tmp_path, file).stat().st_ino == made
    assert drop_old_copies(each_store, tmp_path) == 0
    delete_files(each_store, "a")
    assert drop_old_copies(each_store, tmp_path) == 1
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InstanceError):
        local_copy(each_store, tmp_path, file)
    assert list(tmp_path.iterdir()) == []
