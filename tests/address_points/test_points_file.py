"""Files of address points: columns by meaning, and coordinates that are none refused."""

import pytest

from referral.address_points.points_file import AddressPoint, read_address_points
from referral.errors import RefusedError


def points_in(folder, text):
    path = folder / "points.csv"
    path.write_text(text)
    return list(read_address_points(path))


ELM = AddressPoint("12 N Elm St", "Meadville", "16335", 41.64, -80.15)


@pytest.mark.parametrize(
    "text",
    [
        (
            "LON,LAT,NUMBER,STREET,UNIT,CITY,DISTRICT,REGION,POSTCODE,ID,HASH\n"
            "-80.15,41.64,12,N Elm St,,Meadville,,PA,16335,1,ab\n"
        ),
        (
            "OBJECTID;Add_Number;St_PreDir;St_Name;St_PosTyp;Post_Comm;Post_Code;Lat;Long\n"
            "7;12;N;Elm;St;Meadville;16335;41.64;-80.15\n"
        ),
        (
            "\ufeffFull Address,City,Zip Code,Latitude,Longitude,X,Y\n"
            "12 N Elm St,Meadville,16335,41.64,-80.15,1350000.5,602000.1\n"
        ),
    ],
    ids=["OpenAddresses", "county", "whole address"],
)
def test_columns_are_known_by_what_they_hold(tmp_path, text):
    assert points_in(tmp_path, text) == [ELM]


def test_a_row_without_street_or_position_is_left_out(tmp_path):
    text = "number,street,city,zip,lat,lon\n12,N Elm St,Meadville,16335,41.64,-80.15\n"
    rows = "13,N Elm St,Meadville,16335,,\n,,Meadville,16335,41.64,-80.15\n14,Elm,,,91,-80\n"
    assert points_in(tmp_path, text + rows) == [ELM, None, None, None]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("address,x,y\n12 Elm St,1350000.5,602000.1\n", "projected"),
        ("address,lat,lon\n12 Elm St,-95.36,29.76\n", "swapped"),
        ("address,city\n12 Elm St,Meadville\n", "latitude and longitude"),
        ("lat,lon,city\n41.64,-80.15,Meadville\n", "house number"),
    ],
)
def test_other_files_are_refused_with_what_to_do(tmp_path, text, said):
    with pytest.raises(RefusedError, match=said):
        points_in(tmp_path, text)
