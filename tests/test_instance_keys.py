"""Keys of a site: made in the folder with SQLite, asked of the environment with PostgreSQL."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from referral.cli import main
from referral.errors import SettingsError
from referral.settings import Settings

SHARED = {"DATABASE_URL": "postgresql://localhost/referral"}
KEYS = {"REFERRAL_SECRET_KEY": "s" * 40, "REFERRAL_CONTACT_KEYS": f"{'n' * 40},{'o' * 40}"}


@pytest.mark.parametrize("lacks", KEYS)
def test_with_postgresql_each_key_comes_from_the_environment(tmp_path: Path, lacks: str) -> None:
    (tmp_path / "secret_key").write_text("of this node")
    given = {name: key for name, key in KEYS.items() if name != lacks}
    with pytest.raises(SettingsError, match=f"{lacks}.*referral keys"):
        Settings.from_environment({**SHARED, **given}, instance_path=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]
    settings = Settings.from_environment({**SHARED, **KEYS}, instance_path=tmp_path)
    assert settings.contact_keys == ("n" * 40, "o" * 40)
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def lines(folder: Path, **environ: str) -> dict[str, str]:
    """Return what ``referral keys`` prints, as an environment."""
    found = CliRunner().invoke(main, ["--instance", str(folder), "keys"], env=environ)
    assert found.exit_code == 0, found.output
    return dict(line.split("=", 1) for line in found.output.splitlines())


def test_the_command_prints_what_makes_a_node_start(tmp_path: Path) -> None:
    printed = lines(tmp_path / "none", **SHARED)
    Settings.from_environment({**SHARED, **printed}, instance_path=tmp_path)
    assert printed != lines(tmp_path / "none", **SHARED), "new keys are chosen by chance"
    assert not (tmp_path / "none").exists()


def test_keys_in_use_stay(tmp_path: Path) -> None:
    alone = Settings.from_environment({}, instance_path=tmp_path)
    moved = Settings.from_environment({**SHARED, **lines(tmp_path)}, instance_path=tmp_path)
    assert (moved.secret_key, moved.contact_keys) == (alone.secret_key, alone.contact_keys)
    assert lines(tmp_path, **KEYS) == KEYS
