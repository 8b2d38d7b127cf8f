"""What an HSDS API says of its publisher at its root, for what an admin left empty."""

from __future__ import annotations

import json
from dataclasses import dataclass

from referral.errors import RefusedError
from referral.fields.text import clean_text
from referral.following.downloads import Downloads

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Publisher:
    """Its name, and its e-mail address or web page; "" for what it does not say."""

    name: str = ""
    contact: str = ""


def fetch_publisher(downloads: Downloads, base: str) -> Publisher:
    """Ask who publishes a list; an API that does not say so is followed all the same."""
    try:
        answer = downloads.page(f"{base.rstrip('/')}/", {"Accept": "application/json"})
        about = json.loads(answer.body) if answer.is_found else None
    except (RefusedError, ValueError, RecursionError):
        return Publisher()
    said = about.get("publisher") if isinstance(about, dict) else None
    if not isinstance(said, dict):
        return Publisher()
    return Publisher(_text(said, "name"), _text(said, "email") or _text(said, "website"))


def _text(said: dict[str, object], name: str) -> str:
    value = said.get(name)
    return clean_text(value)[:_LONGEST] if isinstance(value, str) else ""
