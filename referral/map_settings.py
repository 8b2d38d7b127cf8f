"""Where maps get their tiles from, and where directions lead: read and checked at startup."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from referral.errors import SettingsError

DIRECTIONS = "https://www.openstreetmap.org/directions?to={place}"
_PNG = b"\x89PNG\r\n\x1a\n"
_DEEPEST = 22


def read_tile_url(environ: Mapping[str, str]) -> str:
    """Where pictures for the map come from, "" for nowhere: the map then has outlines only.

    Raises:
        SettingsError: it is not an address of tiles.
    """
    address = environ.get("REFERRAL_TILE_URL", "").strip()
    is_whole = re.match(r"https?://[\w.-]+(:\d+)?/\S*\Z", address, re.ASCII)
    if address and not (is_whole and all(part in address for part in ("{z}", "{x}", "{y}"))):
        raise SettingsError(
            f"REFERRAL_TILE_URL is {address!r}; give an address with {{z}}, {{x}} and {{y}}, such "
            "as https://tiles.your-library.org/{z}/{x}/{y}.png."
        )
    return address


def read_tile_zooms(folder: Path) -> tuple[int, ...]:
    """The zoom levels of a folder of tiles (``z/x/y.png``), rising; empty without the folder.

    Raises:
        SettingsError: there is a folder, and it has no tiles that we can show.
    """
    if not folder.exists():
        return ()
    zooms = sorted(
        int(each.name)
        for each in (folder.iterdir() if folder.is_dir() else ())
        if re.fullmatch(r"\d{1,2}", each.name, re.ASCII) and int(each.name) <= _DEEPEST
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


def read_directions_url(environ: Mapping[str, str]) -> str:
    """The route planner that directions lead to, "" for none.

    Raises:
        SettingsError: it is not an address with a place in it.
    """
    address = environ.get("REFERRAL_DIRECTIONS_URL", "").strip()
    if address.lower() in {"no", "none", "off"}:
        return ""
    if address and not re.match(r"https?://[\w.-]+(:\d+)?/\S*\{place\}\S*\Z", address, re.ASCII):
        raise SettingsError(
            f"REFERRAL_DIRECTIONS_URL is {address!r}; give an address with {{place}}, such as "
            f"{DIRECTIONS}, or no."
        )
    return address or DIRECTIONS
