"""Tiles and directions: what cannot work is refused at the start, with what to do."""

import pytest

from referral.errors import SettingsError
from referral.map_settings import DIRECTIONS, read_directions_url, read_tile_url, read_tile_zooms
from referral.settings import Settings

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.mark.parametrize(
    "address",
    [
        "tiles",
        "ftp://a.example/{z}/{x}/{y}",
        "https://a.example/{z}/{x}",
        "https://{s}.a/{z}{x}{y}",
        "https://a.example/{z}/{x}/{y};img-src *",
    ],
)
def test_what_is_no_address_of_tiles_is_refused(address):
    with pytest.raises(SettingsError, match="REFERRAL_TILE_URL"):
        read_tile_url({"REFERRAL_TILE_URL": address})
    assert read_tile_url({}) == ""


@pytest.mark.parametrize("address", ["maps", "javascript:{place}", "https://a.example/"])
def test_what_is_no_route_planner_is_refused(address):
    with pytest.raises(SettingsError, match="REFERRAL_DIRECTIONS_URL"):
        read_directions_url({"REFERRAL_DIRECTIONS_URL": address})


def test_directions_are_those_of_openstreetmap_or_none():
    assert read_directions_url({}) == DIRECTIONS
    assert read_directions_url({"REFERRAL_DIRECTIONS_URL": "No"}) == ""


def test_a_folder_of_tiles_is_read_when_the_site_starts(tmp_path):
    assert Settings.from_environment({}, instance_path=tmp_path).tile_zooms == ()
    tile = tmp_path / "tiles" / "12" / "1136" / "1527.png"
    tile.parent.mkdir(parents=True)
    tile.write_bytes(PNG)
    (tmp_path / "tiles" / "README").write_text("Ours")
    assert Settings.from_environment({}, instance_path=tmp_path).tile_zooms == (12,)


@pytest.mark.parametrize("made", ["empty", "file", "no picture", "other names"])
def test_a_folder_without_tiles_is_refused(tmp_path, made):
    folder = tmp_path / "tiles"
    if made == "file":
        folder.write_text("x")
    else:
        inside = folder / {"other names": "zoom"}.get(made, "3") / "2"
        inside.mkdir(parents=True)
        if made != "empty":
            (inside / "1.png").write_bytes(PNG if made == "other names" else b"GIF89a")
    with pytest.raises(SettingsError, match="has no map tiles"):
        read_tile_zooms(folder)
