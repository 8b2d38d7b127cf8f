"""Map tiles: images behind the markers, from the library's folder or a tile server.

The folder is ``tiles`` in the instance, with ``z/x/y.png`` (Web Mercator, from the upper left), and
is used first. A terminal uses no server: its network may not allow one, and requests for tiles
would reveal where a patron looks.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Flask, abort, send_from_directory, url_for
from flask.typing import ResponseReturnValue

from referral.settings import Settings
from referral.web.current import current_settings
from referral.web.maps.frame import TILE, Frame
from referral.web.terminal_device import is_terminal

map_tiles = Blueprint("map_tiles", __name__)

_CLOSEST_ZOOM = 19  # zoom level of tile servers
_MOST_TILES = 60  # tiles of one map; a map of our sizes needs about 30


@dataclass(frozen=True, slots=True)
class TileImage:
    """A map tile in pixels from the map's upper left corner; ``size`` is its side."""

    address: str
    x: float
    y: float
    size: float


def init_app(app: Flask) -> None:
    """Register the view that serves map tiles from the library's folder."""
    app.register_blueprint(map_tiles)


@map_tiles.get("/map-tiles/<int:z>/<int:x>/<int:y>.png")
def tile(z: int, x: int, y: int) -> ResponseReturnValue:
    """Send a map tile of the library's folder.

    The URL has numbers only, so that no path leads out of it.
    """
    settings = current_settings()
    if z not in settings.tile_zooms:
        abort(404)
    name = f"{z}/{x}/{y}.png"
    return send_from_directory(settings.tiles_path, name, mimetype="image/png", max_age=86_400)


def tile_server(settings: Settings) -> str:
    """Return the URL template of the map tile server for this page; "" if it uses none."""
    return "" if settings.tile_zooms or is_terminal() else settings.tile_url


def has_tiles() -> bool:
    """Return whether maps of the current page have tiles behind their markers."""
    settings = current_settings()
    return bool(settings.tile_zooms or tile_server(settings))


def tile_images(frame: Frame) -> tuple[TileImage, ...]:
    """Return the map tiles that cover a map; empty if there are none."""
    settings = current_settings()
    server = tile_server(settings)
    levels = settings.tile_zooms or (tuple(range(_CLOSEST_ZOOM + 1)) if server else ())
    if not levels:
        return ()
    zoom = max((level for level in levels if level <= round(frame.zoom)), default=min(levels))
    size, count = TILE * 2 ** (frame.zoom - zoom), 2**zoom
    left, top = frame.corner
    columns = range(max(0, int(left // size)), min(count, int((left + frame.width) // size) + 1))
    rows = range(max(0, int(top // size)), min(count, int((top + frame.height) // size) + 1))
    if len(columns) * len(rows) > _MOST_TILES:
        return ()  # the folder has only levels that are much closer than this map
    return tuple(
        TileImage(url, round(x * size - left, 1), round(y * size - top, 1), round(size, 2))
        for y in rows
        for x in columns
        if (url := _tile_url(server, zoom, x, y))
    )


def _tile_url(server: str, z: int, x: int, y: int) -> str:
    if server:
        parts = (("{z}", z), ("{x}", x), ("{y}", y))
        for placeholder, number in parts:
            server = server.replace(placeholder, str(number))
        return server
    exists = (current_settings().tiles_path / str(z) / str(x) / f"{y}.png").is_file()
    return url_for("map_tiles.tile", z=z, x=x, y=y) if exists else ""
