"""All settings in one frozen object, read once from the environment (and nowhere else)."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from referral.errors import SettingsError
from referral.instance_keys import read_keys
from referral.map_settings import (
    DIRECTIONS,
    read_directions_url,
    read_tile_url,
    read_tile_zooms,
)
from referral.monitoring_settings import THIS_MACHINE, read_monitoring
from referral.network_settings import (
    Network,
    read_hosts,
    read_partner_hosts,
    read_trusted_proxies,
)
from referral.open_web_settings import SWITCHES, OpenWebSettings, read_embed_hosts
from referral.sign_in_settings import SignInSettings, read_sign_in
from referral.theme import Theme, read_theme

# The least and the most that each may be.
_WHOLE_NUMBERS = {
    "backups_kept": (1, 3650),
    "contact_days": (1, 3650),
    "detail_days": (1, 36_500),
    "slip_days": (1, 3650),
    "idle_minutes": (1, 720),
}
_NO_BY_DEFAULT = ("sample_data", "terminal", "check_websites")
# At a shared computer: after so many seconds without a touch it asks "Are you still there?", and
# forgets when nobody answers. At least 20 (WCAG 2.2.1).
IDLE_SECONDS, ANSWER_SECONDS = 120, 30
_REPORT_SECONDS = 20  # terminal.js reports every 15 seconds that somebody is there
VISIT_SECONDS = IDLE_SECONDS + ANSWER_SECONDS + _REPORT_SECONDS
"""After so many seconds without a sign of somebody the server ends a terminal's visit."""
START_PAGE_RELOAD_SECONDS = 10 * IDLE_SECONDS
"""So often a terminal's start page that nobody touches is made again."""
START_PAGE_SECONDS = START_PAGE_RELOAD_SECONDS + ANSWER_SECONDS + _REPORT_SECONDS
"""How long the addresses on such a start page work."""
_ASK = ("ask_phone", "ask_email", "ask_place", "ask_hours")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this library runs Referral.

    Each field is set by the environment variable in brackets.

    Attributes:
        instance_path: folder of the database, the index and the key [REFERRAL_INSTANCE].
        database_url: SQLAlchemy URL [DATABASE_URL]; SQLite in the instance folder by default.
        secret_key: signs sessions and forms [REFERRAL_SECRET_KEY]; with SQLite it is made at the
            first start.
        library_name: shown on each page [REFERRAL_LIBRARY_NAME].
        ask_phone, ask_email, ask_place, ask_hours: how to reach a librarian, where and when, as
            "Mon-Fri 9 am-6 pm; Sat 10-2" [REFERRAL_ASK_PHONE, REFERRAL_ASK_EMAIL,
            REFERRAL_ASK_PLACE, REFERRAL_ASK_HOURS]; pages do not offer it without these.
        timezone: IANA zone of places whose ZIP code is not known [REFERRAL_TIMEZONE].
        area_code: put before seven-digit phone numbers [REFERRAL_AREA_CODE].
        holidays: days of the library's own list on which hours may differ, beside the federal
            ones [REFERRAL_HOLIDAYS, such as 2026-12-24 Christmas Eve, 2026-12-31].
        sample_data: whether pages say that the listings are samples [REFERRAL_SAMPLE_DATA].
        trusted_proxies: addresses or networks of the proxies that may say for whom they ask
            (X-Forwarded-For, -Proto, -Host, -Prefix) [REFERRAL_TRUSTED_PROXIES, with commas].
        hosts: names under which the site answers, besides that of ``public_url``
            [REFERRAL_HOSTS, with commas].
        partner_hosts: hosts, with or without a port, from which lists may be fetched in a private
            network and without https [REFERRAL_PARTNER_HOSTS, with commas]; none by default.
        drop_folder: a folder of this server with a folder for each partner who puts lists there
            [REFERRAL_DROP_FOLDER]; without it no folder can be followed.
        secure_cookies: whether cookies need HTTPS, and browsers are told to use only that
            [REFERRAL_SECURE_COOKIES]; always where ``public_url`` begins with https.
        run_jobs: whether a serving process also starts work in the background, such as imports
            [REFERRAL_RUN_JOBS]; otherwise ``referral work`` must run.
        contact_keys: encrypt how to reach people for follow-up; the first encrypts, all decrypt,
            so that a new one can be put before the old [REFERRAL_CONTACT_KEYS, with commas]; with
            SQLite one is made at the first start.
        contact_days: days until how to reach a person is erased
            [REFERRAL_CONTACT_DAYS].
        detail_days: days from the start of an inquiry until its details are erased
            [REFERRAL_DETAIL_DAYS].
        slip_days: days for which the code of a slip works [REFERRAL_SLIP_DAYS].
        public_url: address of this site in mail, without a slash at its end
            [REFERRAL_PUBLIC_URL].
        smtp_url: how mail is sent, smtp://user:password@host:587 (STARTTLS, which only a
            mail host on this machine may lack) or smtps:// [REFERRAL_SMTP_URL].
        mail_from: sender of mail [REFERRAL_MAIL_FROM].
        idle_minutes: minutes without a request after which staff are signed out
            [REFERRAL_IDLE_MINUTES].
        sign_in: how staff prove who they are; ``sign_in_settings`` says what each means
            [REFERRAL_SECOND_FACTOR_ROLES, REFERRAL_OPENID_ISSUER and others,
            REFERRAL_LOCAL_SIGN_IN].
        terminal: whether every computer is a shared one [REFERRAL_TERMINAL]; otherwise only
            devices that were marked with ``referral terminal link``.
        exit_address: where the exit button leaves to, a web address or a path here
            [REFERRAL_EXIT_ADDRESS].
        theme: the library's logo and colors [REFERRAL_LOGO, a file; REFERRAL_COLOR_PRIMARY,
            REFERRAL_COLOR_LINK, REFERRAL_COLOR_GROUND, such as #0b5563].
        tile_url, tile_attribution: a server of map pictures that browsers may ask, and whose they
            are [REFERRAL_TILE_URL, REFERRAL_TILE_ATTRIBUTION]; without one a map has names of
            towns and outlines of counties.
        tile_zooms: zoom levels of the folder ``tiles`` in the instance, which comes before such a
            server; empty without that folder.
        directions_url: a route planner, with {place} for where to, or no for none
            [REFERRAL_DIRECTIONS_URL].
        check_websites: whether a serving process asks the websites of public listings now and
            then whether they still answer [REFERRAL_CHECK_WEBSITES]; besides
            followed lists, the only requests that the site makes by itself.
        backup_folder, backups_kept: where one backup a day is written and how many are kept
            [REFERRAL_BACKUP_FOLDER, REFERRAL_BACKUPS_KEPT]; none without a folder.
        backup_passphrase: seals the keys in backups [REFERRAL_BACKUP_PASSPHRASE]; without it
            backups have no keys.
        log_format: how ``referral serve`` and ``referral work`` write their log, as text or as
            JSON, one line for each event [REFERRAL_LOG_FORMAT].
        metrics_from: networks whose machines may read /metrics, with commas between them; never
            through a proxy [REFERRAL_METRICS_FROM].
        open_web: what search engines and other sites may use; ``open_web_settings`` says what each
            means.
        security_contact: where to report a vulnerability, an e-mail address or a page, for
            /.well-known/security.txt [REFERRAL_SECURITY_CONTACT].
    """

    instance_path: Path
    database_url: str
    secret_key: str
    library_name: str = "Community Help Directory"
    ask_phone: str = ""
    ask_email: str = ""
    ask_place: str = ""
    ask_hours: str = ""
    timezone: str = "America/New_York"
    area_code: str = ""
    holidays: Mapping[date, str] = field(default_factory=dict)
    sample_data: bool = False
    trusted_proxies: tuple[Network, ...] = ()
    hosts: tuple[str, ...] = ()
    partner_hosts: tuple[str, ...] = ()
    drop_folder: str = ""
    secure_cookies: bool = False
    run_jobs: bool = True
    contact_keys: tuple[str, ...] = ()
    contact_days: int = 60
    detail_days: int = 365
    slip_days: int = 30
    public_url: str = ""
    smtp_url: str = ""
    mail_from: str = ""
    idle_minutes: int = 30
    sign_in: SignInSettings = field(default_factory=SignInSettings)
    terminal: bool = False
    exit_address: str = "https://www.weather.gov/"
    theme: Theme = field(default_factory=Theme)
    tile_url: str = ""
    tile_attribution: str = ""
    tile_zooms: tuple[int, ...] = ()
    directions_url: str = DIRECTIONS
    check_websites: bool = False
    backup_folder: str = ""
    backups_kept: int = 14
    backup_passphrase: str = ""
    log_format: str = "text"
    metrics_from: tuple[str, ...] = THIS_MACHINE
    open_web: OpenWebSettings = field(default_factory=OpenWebSettings)
    security_contact: str = ""
    testing: bool = False

    @property
    def sends_mail(self) -> bool:
        """Whether mail can be sent, and with links that lead here."""
        return bool(self.smtp_url and self.mail_from and self.public_url)

    @property
    def index_path(self) -> Path:
        """Where this node keeps its own search index."""
        return self.instance_path / "index"

    @property
    def tiles_path(self) -> Path:
        """Where a library puts map tiles of its own, as ``z/x/y.png``."""
        return self.instance_path / "tiles"

    @property
    def copies_path(self) -> Path:
        """Where this node has copies of files that are in the database."""
        return self.instance_path / "copies"

    @property
    def progress_path(self) -> Path:
        """Where jobs tell how far they are, where the database has one writer."""
        return self.instance_path / "progress"

    @classmethod
    def from_environment(
        cls, environ: Mapping[str, str] = os.environ, **overrides: object
    ) -> Settings:
        """Settings from environment variables; ``overrides`` win.

        Raises:
            SettingsError: a value cannot be used; the message names the variable.
        """
        instance = overrides.pop("instance_path", None) or environ.get("REFERRAL_INSTANCE")
        instance_path = Path(str(instance or "instance")).absolute()
        instance_path.mkdir(mode=0o700, parents=True, exist_ok=True)
        own = f"sqlite:///{instance_path / 'referral.sqlite3'}"
        database_url = str(overrides.get("database_url") or environ.get("DATABASE_URL") or own)
        is_shared = database_url.startswith("postgresql") and "secret_key" not in overrides
        values: dict[str, object] = {
            "instance_path": instance_path,
            "database_url": database_url,
            **read_keys(environ, instance_path, shared=is_shared),
            "backup_folder": environ.get("REFERRAL_BACKUP_FOLDER", "").strip(),
            "backup_passphrase": environ.get("REFERRAL_BACKUP_PASSPHRASE", ""),
            "area_code": environ.get("REFERRAL_AREA_CODE", ""),
            "timezone": _zone(environ),
            "holidays": _holidays(environ),
            "run_jobs": _yes(environ, "REFERRAL_RUN_JOBS", default="yes"),
            **_site(environ),
            "smtp_url": _address(environ, "REFERRAL_SMTP_URL", {"smtp", "smtps"}),
            "mail_from": environ.get("REFERRAL_MAIL_FROM", ""),
            **read_monitoring(environ),
            **{name: _yes(environ, f"REFERRAL_{name.upper()}") for name in _NO_BY_DEFAULT},
            **_whole_numbers(environ),
            "theme": read_theme(environ),
            "sign_in": read_sign_in(environ),
            **_maps(environ, instance_path),
            **{name: environ.get(f"REFERRAL_{name.upper()}", "").strip() for name in _ASK},
        }
        if address := _exit(environ):
            values["exit_address"] = address
        if name := environ.get("REFERRAL_LIBRARY_NAME"):
            values["library_name"] = name
        return cls(**{**values, **overrides})  # type: ignore[arg-type]  # values checked above


def _site(environ: Mapping[str, str]) -> dict[str, object]:
    public_url = _address(environ, "REFERRAL_PUBLIC_URL", {"http", "https"}).rstrip("/")
    is_https = public_url.startswith("https:")
    secure = _yes(environ, "REFERRAL_SECURE_COOKIES", default="yes" if is_https else "no")
    if is_https and not secure:
        raise SettingsError(
            "REFERRAL_PUBLIC_URL begins with https, so cookies must need it too: take "
            "REFERRAL_SECURE_COOKIES=no away."
        )
    return {
        "public_url": public_url,
        "secure_cookies": secure,
        "trusted_proxies": read_trusted_proxies(environ),
        "hosts": read_hosts(environ, public_url),
        "partner_hosts": read_partner_hosts(environ),
        "drop_folder": environ.get("REFERRAL_DROP_FOLDER", "").strip(),
        "open_web": _open_web(environ),
    }


def _maps(environ: Mapping[str, str], instance_path: Path) -> dict[str, object]:
    return {
        "tile_url": read_tile_url(environ),
        "tile_attribution": environ.get("REFERRAL_TILE_ATTRIBUTION", ""),
        "tile_zooms": read_tile_zooms(instance_path / "tiles"),
        "directions_url": read_directions_url(environ),
    }


def _open_web(environ: Mapping[str, str]) -> OpenWebSettings:
    switches = {name: _yes(environ, f"REFERRAL_{name.upper()}", default="yes") for name in SWITCHES}
    return OpenWebSettings(
        **switches,
        open_data_license=environ.get("REFERRAL_OPEN_DATA_LICENSE", "").strip(),
        embed_hosts=read_embed_hosts(environ),
    )


def _zone(environ: Mapping[str, str]) -> str:
    name = environ.get("REFERRAL_TIMEZONE") or "America/New_York"
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingsError(
            f"REFERRAL_TIMEZONE is {name!r}; give an IANA name such as America/New_York."
        ) from error
    return name


def _holidays(environ: Mapping[str, str]) -> dict[date, str]:
    days = {}
    for item in filter(None, map(str.strip, environ.get("REFERRAL_HOLIDAYS", "").split(","))):
        day, _, name = item.partition(" ")
        try:
            days[date.fromisoformat(day)] = name.strip()
        except ValueError as error:
            raise SettingsError(
                f"REFERRAL_HOLIDAYS has {item!r}; give days such as 2026-12-24 Christmas Eve, "
                "with commas between them."
            ) from error
    return days


def _whole_numbers(environ: Mapping[str, str]) -> dict[str, int]:
    usual = {field.name: field.default for field in fields(Settings)}
    return {
        name: _number(environ, f"REFERRAL_{name.upper()}", str(usual[name]), least, most)
        for name, (least, most) in _WHOLE_NUMBERS.items()
    }


def _number(environ: Mapping[str, str], name: str, usual: str, least: int, most: int) -> int:
    text = environ.get(name) or usual
    if not (text.isascii() and text.isdecimal()) or not least <= int(text) <= most:
        raise SettingsError(f"{name} is {text!r}; give a whole number from {least} to {most}.")
    return int(text)


def _address(environ: Mapping[str, str], name: str, schemes: set[str]) -> str:
    """The message does not repeat the value, which may hold a password."""
    text = environ.get(name, "").strip()
    try:
        parts = urlsplit(text)
        usable = parts.scheme in schemes and parts.hostname and (parts.port or 1)
    except ValueError:
        usable = None
    if text and not usable:
        starts = " or ".join(f"{scheme}://" for scheme in sorted(schemes))
        raise SettingsError(f"{name} cannot be used; give an address that starts with {starts}.")
    return text


def _exit(environ: Mapping[str, str]) -> str:
    address = environ.get("REFERRAL_EXIT_ADDRESS", "").strip()
    if address and not re.match(r"https?://[^/\s]+\.[^\s]+\Z|/(?![/\\])\S*\Z", address):
        raise SettingsError(
            f"REFERRAL_EXIT_ADDRESS is {address!r}; give a web address such as "
            "https://www.weather.gov/, or a path of this site such as /about."
        )
    return address


def _yes(environ: Mapping[str, str], name: str, *, default: str = "no") -> bool:
    text = environ.get(name, "").strip().lower() or default
    if text not in {"0", "no", "false", "1", "yes", "true"}:
        raise SettingsError(f"{name} is {text!r}; give yes or no.")
    return text in {"1", "yes", "true"}
