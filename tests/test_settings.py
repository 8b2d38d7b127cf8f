"""Settings from the environment: what cannot be used is refused at the start, with what to do."""

from datetime import date
from ipaddress import ip_network

import pytest

from referral.errors import SettingsError
from referral.records.accounts import Role
from referral.settings import DIRECTIONS, ROLES, Settings, given

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
SERVICE = {
    "REFERRAL_OPENID_ISSUER": "https://id.example.org/staff/",
    "REFERRAL_OPENID_CLIENT_ID": "referral",
    "REFERRAL_OPENID_CLIENT_SECRET": "very secret",
    "REFERRAL_OPENID_ROLES": "library-desk=desk",
    "REFERRAL_PUBLIC_URL": "https://help.example.org",
}


@pytest.fixture
def read(tmp_path):
    def read(**environ):
        return Settings.from_environment(environ, instance_path=tmp_path)

    return read


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("TIMEZONE", ["New York", "America"]),
        ("HOLIDAYS", ["2026-12-24 Christmas Eve, 2026-13-01"]),
        ("SAMPLE_DATA", ["maybe"]),
        ("TRUSTED_PROXIES", ["10.0.3.1/24", "proxy", "10.0.0.0/8 192.0.2.1"]),
        ("METRICS_FROM", ["10.0.0.0/99"]),
        ("HOSTS", ["https://help.example.org", "help.example.org:80"]),
        (
            "PARTNER_HOSTS",
            ["http://lists.example.org", "lists.example.org/all", "*.example.org"],
        ),
        ("EMBED_HOSTS", ["*", "https://a.example/path", "'self'", "a.example; script-src *"]),
        ("IDLE_MINUTES", ["0", "721", "x", "1.5"]),
        ("PUBLIC_URL", ["help.example.org", "https://", "https://help.example.org:x"]),
        ("SECOND_FACTOR_ROLES", ["admins"]),
        ("OPENID_ISSUER", ["http://id.example.org", "id.example.org"]),
        ("OPENID_ROLES", ["library-desk", "library-desk=director"]),
        ("LOCAL_SIGN_IN", ["nobody"]),
        ("EXIT_ADDRESS", ["javascript:alert(1)", "//example.org", "weather"]),
        (
            "TILE_URL",
            [
                "tiles",
                "ftp://a.example/{z}/{x}/{y}",
                "https://a.example/{z}/{x}",
                "https://{s}.a/{z}{x}{y}",
                "https://a.example/{z}/{x}/{y};img-src *",
            ],
        ),
        ("DIRECTIONS_URL", ["maps", "javascript:{place}", "https://a.example/"]),
        ("LOG_FORMAT", ["xml"]),
        ("SECURITY_CONTACT", ["call us", "http://example.org", "a@b@c"]),
        ("COLOR_LINK", ["blue"]),
        ("LOGO", ["logo.gif"]),
    ],
)
def test_what_cannot_be_used_is_refused(read, name, values):
    for value in values:
        with pytest.raises(SettingsError, match=rf"REFERRAL_{name} .*; give "):
            read(**{f"REFERRAL_{name}": value})


def test_a_refusal_says_what_is_allowed_and_all_are_told_at_once(read):
    with pytest.raises(SettingsError) as refusal:
        read(
            REFERRAL_IDLE_MINUTES="x",
            REFERRAL_SMTP_URL="smtp.example.org/?password=sekrit",
            REFERRAL_HOLIDAYS="2026-12-24, soon",
        )
    assert set(str(refusal.value).splitlines()) == {
        "REFERRAL_IDLE_MINUTES is 'x'; give a whole number from 1 to 720.",
        "REFERRAL_SMTP_URL cannot be used; give an address that starts with smtp:// or smtps://.",
        (
            "REFERRAL_HOLIDAYS has 'soon'; give days such as 2026-12-24 Christmas Eve, with commas "
            "between them."
        ),
    }


def test_texts_become_values(read):
    settings = read(
        REFERRAL_HOLIDAYS="2026-12-24 Christmas Eve, 2026-12-31",
        REFERRAL_TRUSTED_PROXIES="127.0.0.1, 10.0.3.0/24",
        REFERRAL_PARTNER_HOSTS="Lists.county.internal:8080, localhost",
        REFERRAL_EMBED_HOSTS="https://www.town.example/, *.school.example",
        REFERRAL_SECOND_FACTOR_ROLES="Admin, curation,",
        REFERRAL_LOG_FORMAT="JSON",
        REFERRAL_RUN_JOBS="No",
        REFERRAL_TERMINAL="1",
        REFERRAL_DIRECTIONS_URL="No",
        REFERRAL_SECURITY_CONTACT="it@example.org",
        REFERRAL_SLIP_DAYS=" ",
        REFERRAL_BACKUP_PASSPHRASE=" with blanks ",
    )
    assert settings.holidays == {date(2026, 12, 24): "Christmas Eve", date(2026, 12, 31): ""}
    assert settings.trusted_proxies == (ip_network("127.0.0.1"), ip_network("10.0.3.0/24"))
    assert settings.partner_hosts == ("lists.county.internal:8080", "localhost")
    assert settings.embed_hosts == ("https://www.town.example", "*.school.example")
    assert settings.second_factor_roles == {Role.ADMIN, Role.CURATION}
    assert settings.log_format == "json"
    assert (settings.run_jobs, settings.terminal) == (False, True)
    assert settings.directions_url == ""
    assert settings.security_contact == "mailto:it@example.org"
    assert settings.slip_days == 30
    assert settings.backup_passphrase == " with blanks "
    assert read().directions_url == DIRECTIONS


def test_which_fields_the_environment_set_is_known():
    assert given({"REFERRAL_TERMINAL": "no", "REFERRAL_LOGO": " "}) == {"terminal": "no"}


def test_the_roles_are_those_of_accounts():
    assert set(ROLES) == set(Role)


def test_a_service_is_read_and_its_secret_not_shown(read):
    settings = read(**{**SERVICE, "REFERRAL_OPENID_ROLES": "a=desk, a=curation , b = admin"})
    assert settings.openid_issuer == "https://id.example.org/staff"
    assert (settings.openid_name, settings.openid_claim) == ("id.example.org", "groups")
    assert settings.openid_roles == (("a", "desk"), ("a", "curation"), ("b", "admin"))
    assert "very secret" not in repr(settings)
    assert read(REFERRAL_OPENID_NAME="Elm County").openid_name == "", "without a service"


@pytest.mark.parametrize("missing", list(SERVICE)[1:])
def test_a_service_needs_the_rest(read, missing):
    with pytest.raises(SettingsError, match=f"needs {missing} too"):
        read(**{**SERVICE, missing: ""})


def test_the_local_way_is_limited_only_where_there_is_another(read):
    limited = {"REFERRAL_LOCAL_SIGN_IN": "admins"}
    assert read(**SERVICE, **limited).local_sign_in == "admins"
    with pytest.raises(SettingsError, match="needs REFERRAL_OPENID_ISSUER too"):
        read(**limited)


def test_a_folder_of_tiles_is_read_when_the_site_starts(read, tmp_path):
    assert read().tile_zooms == ()
    tile = tmp_path / "tiles" / "12" / "1136" / "1527.png"
    tile.parent.mkdir(parents=True)
    tile.write_bytes(PNG)
    (tmp_path / "tiles" / "README").write_text("Ours")
    assert read().tile_zooms == (12,)


@pytest.mark.parametrize("made", ["empty", "file", "no picture", "other names"])
def test_a_folder_without_tiles_is_refused(read, tmp_path, made):
    folder = tmp_path / "tiles"
    if made == "file":
        folder.write_text("x")
    else:
        inside = folder / {"other names": "zoom"}.get(made, "3") / "2"
        inside.mkdir(parents=True)
        if made != "empty":
            (inside / "1.png").write_bytes(PNG if made == "other names" else b"GIF89a")
    with pytest.raises(SettingsError, match="has no map tiles"):
        read()
