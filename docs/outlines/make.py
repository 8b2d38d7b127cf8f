"""Makes seed_data/outlines.zip from counties-10m.json of us-atlas: docs/outlines/make.py FILE.

Each state becomes a topology of its own, with the arcs of its counties, so that one state can be
read without the others. Counties get the names that ZIP codes have.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from referral.fields.places.county_outlines import county_key
from referral.fields.places.gazetteer import read_zip_codes

TARGET = Path(__file__).resolve().parents[2] / "seed_data" / "outlines.zip"
FIPS_STATES = (
    "01 AL,02 AK,04 AZ,05 AR,06 CA,08 CO,09 CT,10 DE,11 DC,12 FL,13 GA,15 HI,16 ID,17 IL,18 IN,"
    "19 IA,20 KS,21 KY,22 LA,23 ME,24 MD,25 MA,26 MI,27 MN,28 MS,29 MO,30 MT,31 NE,32 NV,33 NH,"
    "34 NJ,35 NM,36 NY,37 NC,38 ND,39 OH,40 OK,41 OR,42 PA,44 RI,45 SC,46 SD,47 TN,48 TX,49 UT,"
    "50 VT,51 VA,53 WA,54 WV,55 WI,56 WY,72 PR"
)
STATES = dict(pair.split() for pair in FIPS_STATES.split(","))
# From here on the Bureau's numbers are of cities that belong to no county.
FIRST_CITY = "510"


def main(source: str) -> None:
    """Write the archive anew."""
    topology = json.loads(Path(source).read_text(encoding="utf-8"))
    names = {}
    for code in sorted(read_zip_codes(), reverse=True):
        names[code.state, county_key(code.county)] = code.county
    by_state = defaultdict(list)
    for shape in topology["objects"]["counties"]["geometries"]:
        if state := STATES.get(shape["id"][:2]):
            by_state[state].append(shape)
    with ZipFile(TARGET, "w", ZIP_DEFLATED, compresslevel=9) as archive:
        for state, shapes in sorted(by_state.items()):
            member = ZipInfo(f"{state}.json", (1980, 1, 1, 0, 0, 0))
            member.compress_type = ZIP_DEFLATED
            text = json.dumps(part_of(topology, shapes, state, names), separators=(",", ":"))
            archive.writestr(member, text)


def part_of(topology: dict, shapes: list, state: str, names: dict) -> dict:
    """The topology of some counties, with arcs numbered anew in the order of their use."""
    numbers: dict[int, int] = {}

    def renumbered(arcs: object) -> object:
        if isinstance(arcs, list):
            return [renumbered(each) for each in arcs]
        new = numbers.setdefault(arcs if arcs >= 0 else ~arcs, len(numbers))
        return new if arcs >= 0 else ~new

    counties = [
        {
            "type": shape["type"],
            "id": shape["id"],
            "properties": {"name": name_of(shape, state, names)},
            "arcs": renumbered(shape["arcs"]),
        }
        for shape in sorted(shapes, key=lambda each: each["id"])
    ]
    return {
        "type": "Topology",
        "transform": topology["transform"],
        "objects": {"counties": {"type": "GeometryCollection", "geometries": counties}},
        "arcs": [topology["arcs"][old] for old in numbers],
    }


def name_of(shape: dict, state: str, names: dict) -> str:
    """The name that ZIP codes have for a county, else the Bureau's."""
    name = shape["properties"]["name"]
    if shape["id"][2:] >= FIRST_CITY and not name.endswith("City") and state != "PR":
        name += " city"
    return names.get((state, county_key(name)), name)


if __name__ == "__main__":
    main(sys.argv[1])
