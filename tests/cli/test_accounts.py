"""``referral account`` as an admin at the machine uses it."""

import re

import pytest
from click.testing import CliRunner

from referral.accounts.links import take_link
from referral.cli import main
from referral.directory.instance import opened_instance
from referral.settings import Settings
from tests.support.staff import PASSWORD


@pytest.fixture
def instance_path(tmp_path, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return tmp_path / "instance"


@pytest.fixture
def run(instance_path):
    def run(*words, code=0):
        result = CliRunner().invoke(main, ["--instance", str(instance_path), "account", *words])
        assert result.exit_code == code, result.output
        return result.output

    return run


def link_in(output):
    return re.search(r"/staff/link/([\w-]+)", output)[1]


def test_from_the_first_account_to_another_role(run, instance_path):
    output = run("add", "--role", "admin", "--name", "Pat", "pat@example.org")
    assert "http://127.0.0.1:8211/staff/link/" in output
    assert run("list") == "pat@example.org  admin  invited\n"
    settings = Settings.from_environment(instance_path=instance_path)
    with opened_instance(settings) as instance:
        assert take_link(instance, link_in(output), PASSWORD).name == "Pat"
    assert run("list") == "pat@example.org  admin  in use\n"
    run("add", "--role", "desk", "--role", "curation", "dee@example.org")
    run("roles", "--role", "desk", "DEE@example.org")
    run("disable", "dee@example.org")
    assert "dee@example.org  desk  off" in run("list")
    run("enable", "dee@example.org")
    assert "dee@example.org  desk  invited" in run("list")
    assert link_in(run("reset", "--drop-second-factor", "pat@example.org"))


@pytest.mark.slow
def test_links_begin_with_the_address_of_the_site(run, monkeypatch):
    monkeypatch.setenv("REFERRAL_PUBLIC_URL", "https://help.example.org/")
    output = run("add", "--role", "desk", "dee@example.org")
    assert "\nhttps://help.example.org/staff/link/" in output
    assert "REFERRAL_PUBLIC_URL" not in output


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "--role", "desk", "pat"), "like name@example.org"),
        (("add", "--role", "desk", "PAT@example.org"), "already"),
        (("roles", "--role", "desk", "pat@example.org"), "last admin"),
        (("disable", "pat@example.org"), "last admin"),
        (("reset", "nobody@example.org"), "no such account"),
    ],
)
def test_what_cannot_be_is_one_sentence(run, words, said):
    run("add", "--role", "admin", "pat@example.org")
    output = run(*words, code=1)
    assert said in output
    assert "Traceback" not in output


@pytest.mark.parametrize("words", [("add", "a@b.org"), ("add", "--role", "king", "a@b.org")])
def test_wrong_use_ends_with_two(run, words):
    run(*words, code=2)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REFERRAL_SMTP_URL", "http://user:hunter2@mail"),
        ("REFERRAL_SMTP_URL", "smtp://mail:port"),
        ("REFERRAL_PUBLIC_URL", "help.example.org"),
        ("REFERRAL_IDLE_MINUTES", "0"),
        ("REFERRAL_IDLE_MINUTES", "soon"),
    ],
)
def test_a_bad_setting_is_named_and_no_secret_is_told(run, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    output = run("list", code=1)
    assert name in output
    assert "hunter2" not in output
