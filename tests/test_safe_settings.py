"""What the site refuses to start with, and who may read its files."""

import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from referral.accounts.mail import Mail, MailHostError, send_mail
from referral.app import create_app
from referral.cli.file_access import refuse_readable_by_others
from referral.errors import SettingsError
from referral.settings import Settings
from tests.support.mail_host import mail_host, mail_settings

ROOT = Path(__file__).resolve().parents[1]
HTTPS = {"REFERRAL_PUBLIC_URL": "https://help.example.org"}
posix = pytest.mark.skipif(os.name != "posix", reason="Windows has other permissions")


def read(folder, **environ):
    return Settings.from_environment(environ=environ, instance_path=folder)


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_https_makes_cookies_need_it_and_browsers_keep_to_it(instance, tmp_path):
    assert read(tmp_path).secure_cookies is False
    secure = read(tmp_path, **HTTPS)
    assert secure.secure_cookies is True
    settings = replace(instance.settings, secure_cookies=secure.secure_cookies)
    answer = create_app(settings, instance).test_client().get("/help-now?lang=es")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Secure" in answer.headers["Set-Cookie"]
    told = read(tmp_path, **HTTPS, REFERRAL_HSTS_SUBDOMAINS="yes")
    settings = replace(settings, hsts_subdomains=told.hsts_subdomains)
    answer = create_app(settings, instance).test_client().get("/help-now")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        (HTTPS | {"REFERRAL_SECURE_COOKIES": "no"}, "REFERRAL_SECURE_COOKIES"),
        ({"REFERRAL_SECRET_KEY": "k" * 31}, "REFERRAL_SECRET_KEY"),
        ({"REFERRAL_CONTACT_KEYS": "k" * 31}, "REFERRAL_CONTACT_KEYS"),
    ],
)
def test_what_is_not_safe_is_refused_and_never_repeated(tmp_path, environ, says):
    with pytest.raises(SettingsError, match=says) as caught:
        read(tmp_path, **environ)
    assert "kkk" not in str(caught.value)


def test_keys_count_as_bytes(tmp_path):
    assert read(tmp_path, REFERRAL_SECRET_KEY="é" * 16).secret_key == "é" * 16


@posix
@pytest.mark.parametrize("command", [["serve"], ["work", "--once"]])
def test_a_folder_that_all_can_reach_is_refused_with_the_remedy(tmp_path, command):
    folder = tmp_path / "instance"
    folder.mkdir()
    folder.chmod(0o755)
    run = [sys.executable, "-m", "referral", "--instance", str(folder), *command]
    said = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == 1
    assert f"chmod o-rwx {folder}" in said.stderr


@posix
def test_a_group_may_read_and_a_database_elsewhere_is_looked_at_too(tmp_path):
    folder, elsewhere = tmp_path / "instance", tmp_path / "elsewhere.sqlite3"
    elsewhere.touch()
    folder.mkdir()
    folder.chmod(0o750)
    tmp_path.chmod(0o755)
    settings = replace(read(folder), database_url=f"sqlite:///{elsewhere}")
    elsewhere.chmod(0o640)
    refuse_readable_by_others(settings)
    elsewhere.chmod(0o644)
    with pytest.raises(SettingsError, match=r"elsewhere\.sqlite3"):
        refuse_readable_by_others(settings)
    tmp_path.chmod(0o700)
    refuse_readable_by_others(settings)


@posix
def test_all_that_commands_write_is_for_the_user_of_the_site_only(tmp_path):
    folder = tmp_path / "instance"
    run = [sys.executable, "-m", "referral", "--instance", str(folder), "migrate"]
    environment = {**os.environ, "DATABASE_URL": ""}
    subprocess.run(run, cwd=ROOT, env=environment, umask=0o022, check=True, capture_output=True)
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"referral.sqlite3", "secret_key", "contact_key"}
    assert mode_of(folder) == 0o700
    assert {mode_of(path) for path in files} == {0o600}


def test_mail_with_links_goes_out_encrypted_or_not_at_all(instance):
    """127.1 is this machine to a resolver, and a host elsewhere as far as we know."""
    mail = Mail("pat@example.org", "A link", "https://help.example.org/staff/link/x")
    with mail_host() as host:
        settings = mail_settings(instance.settings, host)
        send_mail(settings, mail)
        elsewhere = replace(settings, smtp_url=host.url.replace("127.0.0.1", "127.1"))
        with pytest.raises(MailHostError, match="SMTPNotSupportedError"):
            send_mail(elsewhere, mail)
    assert len(host.letters) == 1
