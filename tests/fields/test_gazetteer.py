"""The table of places is made once, kept, shared, and made again when it is damaged."""

from __future__ import annotations

from contextlib import closing

import pytest

from referral.fields.places.gazetteer import COUNTY, TOWN, Gazetteer


def answers(gazetteer: Gazetteer) -> tuple[object, ...]:
    """What a table says; it is closed then."""
    with closing(gazetteer):
        return (
            gazetteer.zip_code("16335"),
            gazetteer.zip_code("00000"),
            gazetteer.find_by_name(TOWN, "meadville"),
            gazetteer.find_by_name(COUNTY, "erie"),
            gazetteer.within_bounds(41.5, 41.7, -80.3, -80.0),
            len(gazetteer.of_state("PA")),
        )


@pytest.fixture(scope="module")
def in_memory():
    return answers(Gazetteer())


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("places")
    first = Gazetteer()
    first.use_folder(folder)
    answers(first)
    return folder


@pytest.mark.slow
def test_a_file_answers_as_memory_does(in_memory, kept):
    second = Gazetteer()
    second.use_folder(kept)
    assert answers(second) == in_memory
    assert in_memory[0].city == "Meadville"
    assert in_memory[1] is None
    assert [path.suffix for path in kept.iterdir()] == [".sqlite3"]


def test_a_file_that_is_there_is_not_made_again(kept):
    [path] = kept.iterdir()
    before = path.stat().st_mtime_ns
    again = Gazetteer()
    again.use_folder(kept)
    answers(again)
    assert path.stat().st_mtime_ns == before


@pytest.mark.slow
@pytest.mark.parametrize("damage", [b"", b"not a database at all" * 99])
def test_a_damaged_file_is_made_again(damage, in_memory, kept, tmp_path):
    [whole] = kept.iterdir()
    (tmp_path / whole.name).write_bytes(damage)
    gazetteer = Gazetteer()
    gazetteer.use_folder(tmp_path)
    assert answers(gazetteer) == in_memory
    assert (tmp_path / whole.name).stat().st_size == whole.stat().st_size


@pytest.mark.slow
def test_a_file_damaged_in_the_middle_is_thrown_away_and_answers_stay_right(
    in_memory, kept, tmp_path
):
    [whole] = kept.iterdir()
    data = bytearray(whole.read_bytes())
    data[8192:] = b"\xff" * (len(data) - 8192)
    path = tmp_path / whole.name
    path.write_bytes(data)
    gazetteer = Gazetteer()
    gazetteer.use_folder(tmp_path)
    assert answers(gazetteer) == in_memory


@pytest.mark.slow
def test_where_nothing_can_be_kept_it_answers_from_memory(in_memory, tmp_path):
    (tmp_path / "file").write_text("in the way")
    gazetteer = Gazetteer()
    gazetteer.use_folder(tmp_path / "file")
    assert answers(gazetteer) == in_memory


def test_any_text_may_be_asked_for(kept):
    gazetteer = Gazetteer()
    gazetteer.use_folder(kept)
    with closing(gazetteer):
        for text in ("\ud800", "ñandú", "'; DROP TABLE name; --"):
            assert gazetteer.find_by_name(TOWN, text) == []
