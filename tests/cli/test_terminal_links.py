"""``referral terminal link`` prints a link once and notes that it was made."""

import pytest
from click.testing import CliRunner

from referral.accounts.audit import read_audit_log
from referral.cli import main
from referral.directory.instance import opened_instance
from referral.records.accounts import COMMAND_LINE
from tests.conftest import settings_for


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "action"), [([], "terminal-link-made"), (["--end"], "terminal-end-link-made")]
)
def test_a_link_is_printed_and_noted(tmp_path, monkeypatch, words, action):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    site = ["--site", "http://desk.example.org/"]
    result = CliRunner().invoke(
        main, ["--instance", str(tmp_path), "terminal", "link", *site, *words]
    )
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("http://desk.example.org/terminal/")
    database = tmp_path / "referral.sqlite3"
    with opened_instance(settings_for(tmp_path, f"sqlite:///{database.as_posix()}")) as instance:
        (entry,) = read_audit_log(instance).entries
    assert (entry.action, entry.actor_name) == (action, COMMAND_LINE.name)
