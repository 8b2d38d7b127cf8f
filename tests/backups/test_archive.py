"""The file of a backup: whole or not there, for its owner only, and read to its last part."""

import io
import zipfile
from datetime import UTC, datetime

import msgspec
import pytest

from referral.backups.archive import BackupFile, BackupWriter, chunks_of_file, manifest_of
from referral.backups.records import FORMAT, BackupError, Manifest, Part

TABLE, FILE = "tables/service.jsonl", "files/note.txt"


def manifest(parts, format_number=FORMAT):
    return Manifest(
        format=format_number, version="1", made_at=datetime(2026, 11, 1, tzinfo=UTC), revision="1",
        database="sqlite", store_id="x", last_change=1, parts=tuple(parts), settings={}, keys={},
        has_sealed_keys=False,
    )  # fmt: skip


@pytest.fixture
def path(tmp_path):
    """Give the path of a backup of two parts, over what an earlier one left."""
    path = tmp_path / "backups" / "b.zip"
    path.parent.mkdir()
    (path.parent / "b.zip.new").write_text("left by a backup that did not end")
    writer = BackupWriter(path)
    assert writer.add(TABLE, [b'["id"]\n', b'["1"]\n', b'["2"]\n'], is_table=True).rows == 2
    assert writer.add(FILE, [b"kept"]).rows is None
    assert not path.exists()
    writer.finish(manifest(writer.parts))
    assert [each.name for each in path.parent.iterdir()] == ["b.zip"]
    return path


def changed(path, name, content):
    with zipfile.ZipFile(path) as archive:
        parts = {each: archive.read(each) for each in archive.namelist()}
    parts[name] = content
    with zipfile.ZipFile(path, "w") as archive:
        for each, value in parts.items():
            if value is not None:
                archive.writestr(each, value)


def test_what_was_written_is_read(path, monkeypatch):
    monkeypatch.setattr("referral.backups.archive._CHUNK_BYTES", 3)
    with BackupFile(path) as backup:
        backup.check()
        assert list(backup.lines(TABLE)) == [b'["id"]\n', b'["1"]\n', b'["2"]\n']
        assert b"".join(backup.chunks(FILE)) == b"kept"
        assert (backup.names("tables/"), backup.names("files/")) == ([TABLE], [FILE])
        with pytest.raises(BackupError, match="missing"):
            list(backup.lines("tables/other.jsonl"))
    with zipfile.ZipFile(path) as archive:
        assert {each.compress_type for each in archive.infolist()} == {zipfile.ZIP_DEFLATED}
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"".join(chunks_of_file(path)) == path.read_bytes()


def test_a_backup_that_is_given_up_leaves_nothing(tmp_path):
    path = tmp_path / "far" / "away" / "b.zip"
    writer = BackupWriter(path)
    writer.add(FILE, [b"x"])
    writer.abandon()
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("content", [b"KEPT", b"kept and more", None])
def test_a_part_that_was_changed_or_taken_out_is_found(path, content):
    changed(path, FILE, content)
    with BackupFile(path) as backup, pytest.raises(BackupError, match=FILE):
        backup.check()


def test_whatever_byte_is_damaged_the_refusal_is_ours(path):
    whole, found = path.read_bytes(), 0
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        try:
            with BackupFile(path) as backup:
                backup.check()
        except BackupError:
            found += 1
    assert found > len(whole) / 2, "the others are dates and the like"


def test_a_part_of_another_size_is_damaged(path):
    with BackupFile(path) as backup:
        table, note = backup.manifest.parts
    parts = [table, Part(note.name, note.size + 1, note.sha256)]
    changed(path, "manifest.json", msgspec.json.encode(manifest(parts)))
    with BackupFile(path) as backup, pytest.raises(BackupError, match=FILE):
        backup.check()


def zip_of(parts):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize("content", [None, b"no zip", zip_of({}), zip_of({"manifest.json": "{}"})])
def test_what_is_no_backup_has_no_manifest(tmp_path, content):
    path = tmp_path / "b.zip"
    if content is not None:
        path.write_bytes(content)
    assert manifest_of(path) is None
    with pytest.raises(BackupError, match="no backup"):
        BackupFile(path)


def test_a_backup_of_a_newer_format_is_refused(path):
    changed(path, "manifest.json", msgspec.json.encode(manifest([], FORMAT + 1)))
    with pytest.raises(BackupError, match="newer"):
        BackupFile(path)
