"""All settings in one frozen object: those of the environment and those set by the library.

A setting is a field of ``Settings``. Its variable, type, allowed values and default are defined
there only, and docs/settings.md is generated from them. ``msgspec`` checks the values of the
environment. Admins can change the settings in ``LIBRARY_SETTINGS`` on a page, unless the
environment sets them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import cache, partial
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from referral.errors import SettingsError
from referral.instance_keys import keys_of_instance
from referral.theme import (
    TEXT,
    Color,
    Logo,
    Theme,
    contrast_faults,
    hex_of,
    parse_color,
    parse_logo,
)

Role = Literal["desk", "curation", "admin", "audit"]
ROLES = get_args(Role)
"""The roles by their codes; see ``records.accounts.Role``."""
DIRECTIONS = "https://www.openstreetmap.org/directions?to={place}"
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})  # reached without a network
_PNG = b"\x89PNG\r\n\x1a\n"
_DEEPEST_ZOOM = 22  # zoom level of map tiles


# A function in ``Annotated`` converts the text to the value. It returns None or raises
# ``ValueError`` if the text cannot be used.
Network = IPv4Network | IPv6Network
_Network = Annotated[
    Network, Meta(description="addresses or networks such as 127.0.0.1, 10.0.3.0/24"), ip_network
]
_Color = Annotated[Color | None, Meta(description="a colour such as #0b5563"), parse_color]
_NAME = r"[a-z0-9-]+(\.[a-z0-9-]+)*"
LIBRARY_SETTINGS = (
    "library_name", "ask_place", "ask_phone", "ask_email", "ask_hours", "timezone", "area_code",
    "languages", "logo", "color_primary", "color_link", "color_ground", "holidays",
    "call_first_days", "ask_again_days", "contact_days", "detail_days", "open_data",
    "search_engines", "open_data_license",
)  # fmt: skip
"""Names of the settings that admins can change on a page."""
_COLLECTIONS: Mapping[Any, Any] = {tuple: tuple, frozenset: frozenset, Mapping: dict}


def _whole_number(least: int, most: int) -> Meta:
    return Meta(ge=least, le=most, description=f"a whole number from {least} to {most}")


def _matching(pattern: str, allowed: str) -> Meta:
    return Meta(pattern=rf"\A(?:{pattern})\Z", description=allowed)


def _address(schemes: set[str], text: str) -> str | None:
    parts = urlsplit(text)
    is_whole = parts.scheme in schemes and parts.hostname and parts.port != 0
    return text.rstrip("/") if is_whole else None


def _issuer(text: str) -> str | None:
    is_here = urlsplit(text).hostname in _LOCAL_HOSTS
    return _address({"http", "https"} if is_here else {"https"}, text)


def _zone(text: str) -> str | None:
    try:
        return ZoneInfo(text).key
    except (KeyError, OSError):
        return None


def _holiday(text: str) -> tuple[date, str]:
    day, _, name = text.partition(" ")
    return date.fromisoformat(day), name.strip()


class RoleOfValue(NamedTuple):
    """A value of the OpenID Connect claim, and the staff role that users with it get."""

    value: str
    role: str


def _role_of_value(text: str) -> RoleOfValue | None:
    value, _, role = map(str.strip, text.rpartition("="))
    return RoleOfValue(value, role) if value and role in ROLES else None


def _key(text: str) -> str | None:
    return text if len(text.encode()) >= 32 else None


_Key = Annotated[str, Meta(description="32 letters or more, chosen by chance"), _key]
_Host = Annotated[
    str,
    _matching(
        rf"(?ai:\.?{_NAME}|\[[0-9a-f:.]+\])",
        "host names without a port, such as help.your-library.org",
    ),
    str.lower,
]
_PartnerHost = Annotated[
    str,
    _matching(
        rf"(?ai:({_NAME}|\[[0-9a-f:]+\])(:\d{{1,5}})?)",
        "host names, with a port or without, such as lists.county.internal:8080",
    ),
    str.lower,
]
_Site = Annotated[
    str,
    _matching(
        rf"(?ai:(https?://)?(\*\.)?{_NAME}(:\d{{1,5}})?/?)",
        "sites without a path, such as https://www.town.example",
    ),
    lambda text: text.lower().rstrip("/"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of an instance, from the environment and from the library.

    Attributes:
        instance_path: folder of the database, the index and the key.
        database_url: SQLAlchemy URL; SQLite in the instance folder by default.
        secret_key: key that signs sessions and forms; with SQLite, created at the first start.
        library_name: shown on each page.
        ask_phone, ask_email, ask_place, ask_hours: how, where and when to reach a librarian, such
            as "Mon-Fri 9 am-6 pm; Sat 10-2"; pages leave out what is not set.
        timezone: time zone of locations whose ZIP code is not known.
        area_code: put before seven-digit phone numbers.
        holidays: days on which hours may differ, in addition to the federal holidays.
        sample_data: whether pages say that the listings are samples.
        trusted_proxies: proxies whose forwarding headers are used (X-Forwarded-For, -Proto, -Host,
            -Prefix).
        hosts: names under which the site answers, in addition to that of ``public_url``.
        partner_hosts: hosts from which lists may be fetched although they are in a private network
            or without https.
        drop_folder: folder of this server with a folder for each partner who puts lists there;
            without it, no folder can be followed.
        secure_cookies: whether cookies need HTTPS, and browsers must use only HTTPS; always if
            ``public_url`` begins with https.
        hsts_subdomains: whether browsers must use only HTTPS for the subdomains of the site too.
        run_jobs: whether a serving process also runs background work, such as imports; otherwise
            ``referral work`` must run.
        contact_keys: keys for the contact details of people for follow-up; the first encrypts, all
            decrypt, so that a new key can be put before the old; with SQLite, one is created at the
            first start.
        call_first_days: days after which a listing that was not verified advises to call first.
        ask_again_days: days until a provider may be asked again to verify a listing.
        contact_days: days until the contact details of a person are erased.
        detail_days: days from the start of an inquiry until its details are erased.
        slip_days: days for which the code of a slip is valid.
        public_url: address of this site in mail.
        smtp_url: server for outgoing mail, smtp://user:password@host:587 (STARTTLS, which only a
            mail server on this machine may lack) or smtps://.
        mail_from: sender of mail.
        idle_minutes: minutes without a request after which staff are signed out.
        second_factor_roles: roles that must have a second factor.
        openid_issuer: address of the OpenID Connect provider of the county or library, by which
            staff sign in.
        openid_client_id, openid_client_secret: credentials of this site at the OpenID provider.
        openid_name: name of the OpenID provider on pages; its host by default.
        openid_claim: the claim that contains roles; dots separate the keys of nested objects.
        openid_roles: pairs of a value of the claim and a role; one value may have several roles.
        local_sign_in: whether all staff, or only admins, can also sign in with a password.
        terminal: whether every computer counts as shared; otherwise only devices that were marked
            with ``referral terminal link``.
        exit_address: address that the exit button opens.
        languages: codes of the languages of pages besides English; all available ones if empty.
        logo: file of the library's logo.
        color_primary, color_link, color_ground: the library's colors for the top of pages and
            buttons, for links, and for the background.
        tile_url, tile_attribution: server of map tiles that browsers request, and its attribution;
            without it, maps show names of towns and outlines of counties.
        directions_url: address of a route planner, or no for none.
        check_websites: whether a serving process checks from time to time whether the websites of
            public listings still answer; apart from followed lists, these are the only requests
            that the site makes by itself.
        backup_folder, backups_kept: folder for one backup a day, and how many are kept; no backups
            without a folder.
        backup_passphrase: passphrase that encrypts the keys in backups; without it, backups have no
            keys.
        log_format: format of the log of ``referral serve`` and ``referral work``, one line for each
            event.
        metrics_from: machines that may read /metrics, but never through a proxy.
        search_engines: whether search engines may list pages of places and help; pages with a
            person's search or list are never listed.
        open_data: whether other programs may read the public directory by the HSDS API (/hsds).
        open_data_license: license for the use of the public directory, such as ``CC BY 4.0``.
        embed_hosts: sites that may show the search (/embed) in a frame.
        security_contact: where to report a vulnerability, for /.well-known/security.txt.
        tile_zooms: zoom levels of the folder ``tiles`` in the instance, which takes precedence over
            ``tile_url``; empty without that folder.
        testing: whether this is a test.
        fixed: the fields that the environment sets.
    """

    instance_path: Annotated[Path, Path]
    database_url: str = field(repr=False)
    secret_key: _Key = field(repr=False)
    library_name: str = "Community Help Directory"
    ask_phone: str = ""
    ask_email: str = ""
    ask_place: str = ""
    ask_hours: str = ""
    timezone: Annotated[str, Meta(description="an IANA name such as America/New_York"), _zone] = (
        "America/New_York"
    )
    area_code: str = ""
    holidays: Annotated[
        Mapping[date, str],
        Meta(description="days such as 2026-12-24 Christmas Eve"),
        _holiday,
    ] = field(default_factory=dict)
    sample_data: bool = False
    trusted_proxies: tuple[_Network, ...] = ()
    hosts: tuple[_Host, ...] = ()
    partner_hosts: tuple[_PartnerHost, ...] = ()
    drop_folder: str = ""
    secure_cookies: bool = False
    hsts_subdomains: bool = False
    run_jobs: bool = True
    contact_keys: tuple[_Key, ...] = field(default=(), repr=False)
    call_first_days: Annotated[int, _whole_number(1, 3650)] = 365
    ask_again_days: Annotated[int, _whole_number(1, 3650)] = 90
    contact_days: Annotated[int, _whole_number(1, 3650)] = 60
    detail_days: Annotated[int, _whole_number(1, 36_500)] = 365
    slip_days: Annotated[int, _whole_number(1, 3650)] = 30
    public_url: Annotated[
        str,
        Meta(description="an address that starts with http:// or https://"),
        partial(_address, {"http", "https"}),
    ] = field(default="", repr=False)
    smtp_url: Annotated[
        str,
        Meta(description="an address that starts with smtp:// or smtps://"),
        partial(_address, {"smtp", "smtps"}),
    ] = field(default="", repr=False)
    mail_from: str = ""
    idle_minutes: Annotated[int, _whole_number(1, 720)] = 30
    second_factor_roles: frozenset[Role] = frozenset()
    openid_issuer: Annotated[
        str, Meta(description="an address that starts with https://"), _issuer
    ] = ""
    openid_client_id: str = ""
    openid_client_secret: str = field(default="", repr=False)
    openid_name: str = ""
    openid_claim: str = "groups"
    openid_roles: tuple[
        Annotated[RoleOfValue, Meta(description="pairs such as library-desk=desk"), _role_of_value],
        ...,
    ] = ()
    local_sign_in: Literal["all", "admins"] = "all"
    terminal: bool = False
    exit_address: Annotated[
        str,
        _matching(
            r"https?://[^/\s]+\.[^\s]+|/(?![/\\])\S*",
            "a web address such as https://www.weather.gov/, or a path of this site such as /about",
        ),
    ] = "https://www.weather.gov/"
    languages: tuple[
        Annotated[str, _matching(r"(?a:[a-z]{2,3}(_[A-Za-z]{2,8})?)", "codes such as es")], ...
    ] = ()
    logo: Annotated[Logo | None, Meta(description="an .svg or a .png file"), parse_logo] = None
    color_primary: _Color = None
    color_link: _Color = None
    color_ground: _Color = None
    tile_url: Annotated[
        str,
        _matching(
            r"(?=.*\{z\})(?=.*\{x\})(?=.*\{y\})(?a:https?://[\w.-]+(:\d+)?/)\S*",
            "an address with {z}, {x} and {y}, such as "
            "https://tiles.your-library.org/{z}/{x}/{y}.png",
        ),
    ] = field(default="", repr=False)
    tile_attribution: str = ""
    directions_url: Annotated[
        str,
        _matching(
            r"(?ai:no|none|off|https?://[\w.-]+(:\d+)?/(?-i:\S*\{place\}\S*))",
            f"an address with {{place}}, such as {DIRECTIONS}, or no",
        ),
        lambda text: text if "{place}" in text else "",
    ] = DIRECTIONS
    check_websites: bool = False
    backup_folder: str = ""
    backups_kept: Annotated[int, _whole_number(1, 3650)] = 14
    backup_passphrase: str = field(default="", repr=False)
    log_format: Literal["text", "json"] = "text"
    metrics_from: tuple[_Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    search_engines: bool = True
    open_data: bool = True
    open_data_license: str = ""
    embed_hosts: tuple[_Site, ...] = ()
    security_contact: Annotated[
        str,
        _matching(
            r"(https://|mailto:|tel:\+)\S+|[^@\s:/]+@[^@\s:/]+",
            "an e-mail address, or a page that starts with https://",
        ),
        lambda text: text if ":" in text else f"mailto:{text}",
    ] = ""
    tile_zooms: tuple[int, ...] = ()
    testing: bool = False
    fixed: frozenset[str] = frozenset()

    def library_texts(self) -> dict[str, str]:
        """Return the settings that a library made as texts, which ``with_library`` parses."""
        return {name: _as_text(getattr(self, name)) for name in LIBRARY_SETTINGS}

    @property
    def sends_mail(self) -> bool:
        """Return whether the settings allow mail to be sent with links to this site."""
        return bool(self.smtp_url and self.mail_from and self.public_url)

    @property
    def named_hosts(self) -> tuple[str, ...]:
        """Return the host names of the site in the settings ``hosts`` and ``public_url``."""
        public = urlsplit(self.public_url).hostname or ""
        return (*self.hosts, *filter(None, [f"[{public}]" if ":" in public else public]))

    @property
    def theme(self) -> Theme:
        """Return the colors that the library set for its pages."""
        return Theme(self.color_primary, self.color_link, self.color_ground)

    @property
    def index_path(self) -> Path:
        """Return the path of this node's search index."""
        return self.instance_path / "index"

    @property
    def tiles_path(self) -> Path:
        """Return the folder for the library's own map tiles, stored as ``z/x/y.png``."""
        return self.instance_path / "tiles"

    @property
    def copies_path(self) -> Path:
        """Return the folder of this node's copies of files in the database."""
        return self.instance_path / "copies"

    @property
    def progress_path(self) -> Path:
        """Return the folder in which jobs store their progress if the database has one writer."""
        return self.instance_path / "progress"

    @classmethod
    def from_environment(
        cls, environ: Mapping[str, str] = os.environ, **overrides: object
    ) -> Settings:
        """Return the settings in environment variables; ``overrides`` take precedence.

        Raises:
            SettingsError: a value cannot be used; the message has a line for each such variable.
        """
        values: dict[str, Any] = {**_read_environment(environ), **overrides}
        folder = Path(values.get("instance_path") or "instance").absolute()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        values["instance_path"] = folder
        url = values.setdefault("database_url", f"sqlite:///{folder / 'referral.sqlite3'}")
        is_shared = url.startswith("postgresql") and "secret_key" not in overrides
        values |= keys_of_instance(values, folder, shared=is_shared)
        values.setdefault("tile_zooms", _tile_zooms(folder / "tiles"))
        return cls(**values, fixed=frozenset(given(environ)))

    def with_library(self, texts: Mapping[str, str]) -> Settings:
        """Return a copy of the settings with those that the library made.

        The environment takes precedence.

        A value that cannot be used, for example one from a later release, is ignored.

        Args:
            texts: field name → text, as from ``library_texts``.
        """
        values: dict[str, Any] = {}
        for name in LIBRARY_SETTINGS:
            if texts.get(name) and name not in self.fixed:
                with suppress(ValueError, SettingsError):
                    values[name] = _parse_value(texts[name], _field_types()[name])
        return replace(self, **values) if values else self


VARIABLES: Mapping[str, str] = {
    each.name: f"REFERRAL_{each.name.upper()}"
    for each in fields(Settings)
    if each.name not in {"tile_zooms", "testing", "fixed"}
} | {"instance_path": "REFERRAL_INSTANCE", "database_url": "DATABASE_URL"}
"""Field name → environment variable."""


def given(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the texts of the setting variables in the environment, by field name."""
    texts = {name: environ.get(variable, "") for name, variable in VARIABLES.items()}
    return {
        name: text if name == "backup_passphrase" else text.strip()
        for name, text in texts.items()
        if text.strip()
    }


def allowed(name: str) -> str:
    """Return a description of the values that a setting accepts; "" if it accepts any text."""
    return _allowed(_field_types()[name])


def _allowed(kind: Any) -> str:
    base, metadata = _split_annotated(kind)
    description = (
        next((each.description for each in metadata if isinstance(each, Meta)), None) or ""
    )
    if base is bool:
        return "yes or no"
    if get_origin(base) is Literal:
        *others, last = get_args(base)
        return f"{', '.join(others)} or {last}"
    if get_origin(base) in _COLLECTIONS:
        return f"{description or _allowed(get_args(base)[0])}, with commas between them"
    return description


@cache
def _field_types() -> Mapping[str, Any]:
    return get_type_hints(Settings, include_extras=True)


def _split_annotated(kind: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return a setting's type and the metadata of its ``Annotated``, if any."""
    return (kind.__origin__, kind.__metadata__) if get_origin(kind) is Annotated else (kind, ())


def _read_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings in environment variables. One error lists all that cannot be used."""
    values: dict[str, Any] = {}
    refused: list[str] = []
    is_shown = {each.name: each.repr for each in fields(Settings)}
    for name, text in given(environ).items():
        try:
            values[name] = _parse_value(text, _field_types()[name])
        except SettingsError as error:
            refused.append(str(error))
        except ValueError as error:
            part = error.args[0]
            found = f"{'is' if part == text else 'has'} {part!r}"
            fault = found if is_shown[name] else "cannot be used"
            refused.append(f"{VARIABLES[name]} {fault}; give {allowed(name)}.")
    refused = refused or list(_iter_conflicts(values))
    if refused:
        raise SettingsError("\n".join(refused))
    values.setdefault("secure_cookies", values.get("public_url", "").startswith("https:"))
    issuer = values.get("openid_issuer", "")
    values["openid_name"] = issuer and values.get("openid_name", urlsplit(issuer).hostname)
    return values


def _parse_value(text: str, kind: Any) -> Any:
    """Convert the text of an environment variable to its setting's type.

    Raises:
        ValueError: the text cannot be used; the argument is the part that cannot.
    """
    base, metadata = _split_annotated(kind)
    if make := _COLLECTIONS.get(get_origin(base)):
        item_kind = Annotated[str, *metadata] if make is dict else get_args(base)[0]
        return make(
            _parse_value(each, item_kind) for each in map(str.strip, text.split(",")) if each
        )
    makers = [each for each in metadata if callable(each)]
    normalized = text
    if base is bool or get_origin(base) is Literal:
        normalized = {"yes": "true", "no": "false"}.get(text.lower(), text.lower())
    rules = [each for each in metadata if isinstance(each, Meta)]
    checked: Any = Annotated[str if makers else base, Meta(), *rules]
    try:
        value = msgspec.convert(normalized, checked, strict=False)
        for make_value in makers:
            value = make_value(value)
    except ValueError:
        value = None
    if value is None:
        raise ValueError(text)
    return value


def _as_text(value: Any) -> str:
    """Return the text from which the value of a library setting is parsed."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Logo):
        return value.as_text()
    if isinstance(value, Mapping):
        return ", ".join(f"{day} {name}" for day, name in value.items())
    if isinstance(value, tuple):
        is_color = all(isinstance(each, int) for each in value) and value
        return hex_of(value) if is_color else ", ".join(value)
    return "" if value is None else str(value)


def _iter_conflicts(values: Mapping[str, Any]) -> Iterator[str]:
    """Yield a message for each conflict between two settings."""
    if values.get("public_url", "").startswith("https:") and not values.get("secure_cookies", True):
        yield (
            "REFERRAL_PUBLIC_URL begins with https, so cookies must need it too: take "
            "REFERRAL_SECURE_COOKIES=no away."
        )
    if "openid_issuer" in values:
        for needed in ("openid_client_id", "openid_client_secret", "openid_roles", "public_url"):
            if needed not in values:
                yield f"REFERRAL_OPENID_ISSUER needs {VARIABLES[needed]} too."
    elif values.get("local_sign_in") == "admins":
        yield "REFERRAL_LOCAL_SIGN_IN=admins needs REFERRAL_OPENID_ISSUER too."
    colors = (values.get(f"color_{name}") for name in ("primary", "link", "ground"))
    for fault in contrast_faults(Theme(*colors)):
        way = "lighter" if fault.name == "ground" else "darker"
        yield (
            f"{VARIABLES[f'color_{fault.name}']} is {hex_of(fault.color)}: its contrast with "
            f"{hex_of(fault.other)} is {fault.ratio:.2f} to 1, and text needs {TEXT} to 1. Choose "
            f"a {way} colour."
        )


def _tile_zooms(folder: Path) -> tuple[int, ...]:
    """Return the zoom levels of a folder of map tiles (``z/x/y.png``) in order; empty if missing.

    Raises:
        SettingsError: the folder exists but has no usable tiles.
    """
    if not folder.exists():
        return ()
    zooms = sorted(
        int(each.name)
        for each in (folder.iterdir() if folder.is_dir() else ())
        if re.fullmatch(r"\d{1,2}", each.name, re.ASCII) and int(each.name) <= _DEEPEST_ZOOM
    )
    tile = next((path for zoom in zooms for path in folder.glob(f"{zoom}/*/*.png")), None)
    if tile is None or not _is_png(tile):
        raise SettingsError(
            f"{folder} has no map tiles that can be shown. Put PNG files there as zoom/x/y.png, "
            "such as 12/1138/1531.png, or take the folder away."
        )
    return tuple(zooms)


def _is_png(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_PNG)) == _PNG
    except OSError:
        return False
