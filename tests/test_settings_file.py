"""Settings in the file ``settings.env`` of the instance folder."""

import os
from pathlib import Path
from zipfile import ZipFile

import pytest
from click.testing import CliRunner

from referral.backups.backup import write_backup
from referral.cli import main
from referral.errors import SettingsError
from referral.settings_file import settings_of_file


def write(folder: Path, text: str) -> Path:
    """Write the file of an instance folder."""
    (folder / "settings.env").write_text(text, encoding="utf-8-sig")
    return folder


def test_lines_are_read_as_people_write_them(tmp_path: Path) -> None:
    write(
        tmp_path, "# ours\n\nREFERRAL_AREA_CODE = 814\nexport REFERRAL_LIBRARY_NAME='Elm = Oak'\n"
    )
    found = settings_of_file(tmp_path)
    assert found == {"REFERRAL_AREA_CODE": "814", "REFERRAL_LIBRARY_NAME": "Elm = Oak"}
    assert settings_of_file(tmp_path / "none") == {}


@pytest.mark.parametrize("line", ["Elm Library", "PATH=/tmp", "REFERRAL_INSTANCE=/tmp"])
def test_another_line_is_refused_without_its_words(tmp_path: Path, line: str) -> None:
    write(tmp_path, f"REFERRAL_AREA_CODE=814\n{line}\n")
    with pytest.raises(SettingsError, match="line 2") as refused:
        settings_of_file(tmp_path)
    assert line not in str(refused.value)


def test_commands_follow_the_file_and_the_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFERRAL_ASK_PHONE", "814-555-0100")
    write(tmp_path, "REFERRAL_IDLE_MINUTES=0\nREFERRAL_ASK_PHONE=814-555-0999\n")
    environ = dict(os.environ)
    try:
        found = CliRunner().invoke(main, ["--instance", str(tmp_path), "seed"])
        assert os.environ["REFERRAL_ASK_PHONE"] == "814-555-0100"
    finally:
        os.environ.clear()
        os.environ.update(environ)
    assert found.exit_code == 1
    assert "REFERRAL_IDLE_MINUTES" in found.output


@pytest.mark.slow
def test_a_backup_leaves_it_out(instance, tmp_path: Path) -> None:
    write(
        instance.settings.instance_path, "REFERRAL_SMTP_URL=smtp://u:secret@mail.example.org:587\n"
    )
    write_backup(instance.settings, instance.store, tmp_path / "b.zip")
    assert "files/settings.env" not in ZipFile(tmp_path / "b.zip").namelist()
