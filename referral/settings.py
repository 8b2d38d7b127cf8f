"""All settings in one frozen object, read once from the environment (and nowhere else)."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from referral.records.errors import SettingsError


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this library runs Referral.

    Each field is set by the environment variable in brackets.

    Attributes:
        instance_path: folder of the database, the index and the key [REFERRAL_INSTANCE].
        database_url: SQLAlchemy URL [DATABASE_URL]; SQLite in the instance folder by default.
        secret_key: signs sessions and forms [REFERRAL_SECRET_KEY]; made once by default.
        library_name: shown on each page [REFERRAL_LIBRARY_NAME].
        timezone: IANA zone of places whose ZIP code is not known [REFERRAL_TIMEZONE].
        area_code: put before seven-digit phone numbers [REFERRAL_AREA_CODE].
        call_first_after_days: a listing checked longer ago says "call first"
            [REFERRAL_CALL_FIRST_AFTER_DAYS].
        sample_data: whether pages say that the listings are samples [REFERRAL_SAMPLE_DATA].
        secure_cookies: whether cookies need HTTPS [REFERRAL_SECURE_COOKIES].
        run_jobs: whether a serving process also starts work in the background, such as imports
            [REFERRAL_RUN_JOBS]; else ``referral work`` must run.
        largest_upload: megabytes that an uploaded list may have [REFERRAL_LARGEST_UPLOAD].
    """

    instance_path: Path
    database_url: str
    secret_key: str
    library_name: str = "Community Help Directory"
    timezone: str = "America/New_York"
    area_code: str = ""
    call_first_after_days: int = 365
    sample_data: bool = False
    secure_cookies: bool = False
    run_jobs: bool = True
    largest_upload: int = 200
    testing: bool = False

    @property
    def index_path(self) -> Path:
        """Where this node keeps its own search index."""
        return self.instance_path / "index"

    @property
    def imports_path(self) -> Path:
        """Where uploaded lists are kept until nobody needs them."""
        return self.instance_path / "imports"

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
        instance_path.mkdir(parents=True, exist_ok=True)
        values: dict[str, object] = {
            "instance_path": instance_path,
            "database_url": environ.get("DATABASE_URL")
            or f"sqlite:///{instance_path / 'referral.sqlite3'}",
            "secret_key": environ.get("REFERRAL_SECRET_KEY") or _kept_key(instance_path),
            "area_code": environ.get("REFERRAL_AREA_CODE", ""),
            "timezone": _zone(environ),
            "call_first_after_days": _whole_number(
                environ, "REFERRAL_CALL_FIRST_AFTER_DAYS", "365", "days"
            ),
            "run_jobs": _yes(environ, "REFERRAL_RUN_JOBS", "yes"),
            "largest_upload": _whole_number(environ, "REFERRAL_LARGEST_UPLOAD", "200", "megabytes"),
            "sample_data": _yes(environ, "REFERRAL_SAMPLE_DATA"),
            "secure_cookies": _yes(environ, "REFERRAL_SECURE_COOKIES"),
        }
        if name := environ.get("REFERRAL_LIBRARY_NAME"):
            values["library_name"] = name
        return cls(**{**values, **overrides})  # type: ignore[arg-type]  # values checked above


def _kept_key(instance_path: Path) -> str:
    """The key of this instance, made the first time and readable by its owner only."""
    path = instance_path / "secret_key"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        key = secrets.token_hex(32)
        file.write(key)
    return key


def _zone(environ: Mapping[str, str]) -> str:
    name = environ.get("REFERRAL_TIMEZONE") or "America/New_York"
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingsError(
            f"REFERRAL_TIMEZONE is {name!r}; give an IANA name such as America/New_York."
        ) from error
    return name


def _whole_number(environ: Mapping[str, str], variable: str, default: str, of: str) -> int:
    text = environ.get(variable) or default
    if not text.isdecimal():
        raise SettingsError(f"{variable} is {text!r}; give a whole number of {of}.")
    return int(text)


def _yes(environ: Mapping[str, str], name: str, default: str = "no") -> bool:
    text = (environ.get(name) or default).strip().lower()
    if text not in {"0", "no", "false", "1", "yes", "true"}:
        raise SettingsError(f"{name} is {text!r}; give yes or no.")
    return text in {"1", "yes", "true"}
