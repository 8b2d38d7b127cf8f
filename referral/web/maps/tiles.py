"""Map tiles behind the markers: of a server that the library names, or of its own folder.

The folder is ``tiles`` in the instance, with ``z/x/y.png`` (Web Mercator, from the upper left). It
comes first. A terminal asks no server: it may be walled off, and its browser would tell where
somebody looks.
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

_DEEPEST = 19  # of tile servers
_MOST = 60  # tiles of one map; a map of our sizes needs about 30


@dataclass(frozen=True, slots=True)
class TileImage:
    """A tile in a frame, in pixels from its upper left corner; ``size`` is its side."""

    address: str
    x: float
    y: float
    size: float


def init_app(app: Flask) -> None:
    """Serve the tiles of the folder."""
    app.register_blueprint(map_tiles)


@map_tiles.get("/map-tiles/<int:z>/<int:x>/<int:y>.png")
def tile(z: int, x: int, y: int) -> ResponseReturnValue:
    """Give one tile of the library's folder; numbers only, so that no path leads out of it."""
    settings = current_settings()
    if z not in settings.tile_zooms:
        abort(404)
    name = f"{z}/{x}/{y}.png"
    return send_from_directory(settings.tiles_path, name, mimetype="image/png", max_age=86_400)


def tile_server(settings: Settings) -> str:
    """The address of tiles that this page may ask of another server; "" for none."""
    return "" if settings.tile_zooms or is_terminal() else settings.tile_url


def has_tiles() -> bool:
    """Whether maps of this page have tiles behind them."""
    settings = current_settings()
    return bool(settings.tile_zooms or tile_server(settings))


def tile_images(frame: Frame) -> tuple[TileImage, ...]:
    """The tiles that cover a frame, as far as there are any."""
    settings = current_settings()
    server = tile_server(settings)
    levels = settings.tile_zooms or (tuple(range(_DEEPEST + 1)) if server else ())
    if not levels:
        return ()
    zoom = max((each for each in levels if each <= round(frame.zoom)), default=min(levels))
    size, count = TILE * 2 ** (frame.zoom - zoom), 2**zoom
    left, top = frame.corner
    columns = range(max(0, int(left // size)), min(count, int((left + frame.width) // size) + 1))
    rows = range(max(0, int(top // size)), min(count, int((top + frame.height) // size) + 1))
    if len(columns) * len(rows) > _MOST:
        return ()  # the folder begins at a level that is far closer than this map
    return tuple(
        TileImage(address, round(x * size - left, 1), round(y * size - top, 1), round(size, 2))
        for y in rows
        for x in columns
        if (address := _address(server, zoom, x, y))
    )


def _address(server: str, z: int, x: int, y: int) -> str:
    if server:
        parts = (("{z}", z), ("{x}", x), ("{y}", y))
        for mark, number in parts:
            server = server.replace(mark, str(number))
        return server
    is_there = (current_settings().tiles_path / str(z) / str(x) / f"{y}.png").is_file()
    return url_for("map_tiles.tile", z=z, x=x, y=y) if is_there else ""
