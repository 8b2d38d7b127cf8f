"""Small provider lists for tests, written to a folder as their owners would send them."""

import csv
import zipfile
from pathlib import Path

from referral.imports.records import BatchPage


def write_csv(path: Path, *rows: dict[str, str]) -> None:
    """Write a CSV file; the keys of its first row are the header."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def write_hsds(folder: Path, **files: list[dict[str, str]]) -> Path:
    """Write an HSDS 3 list, one CSV file for each keyword."""
    folder.mkdir(exist_ok=True)
    for name, rows in files.items():
        write_csv(folder / f"{name}.csv", *rows)
    return folder


def zipped(folder: Path) -> Path:
    """Pack the files of a folder into a zip file beside it."""
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)
    return path


def pantry_list(folder: Path, **changes: list[dict[str, str]]) -> Path:
    """Write a list of one organization with a pantry and a shelter; ``changes`` replace files."""
    files = {
        "organizations": [
            {"id": "o1", "name": "Shepherd's Shelf", "description": "We help.", "website": ""}
        ],
        "services": [
            {
                "id": "s1", "organization_id": "o1", "name": "Food pantry",
                "description": "Groceries &amp; bread for a week.<br>Bring a bag.",
                "status": "active", "assured_date": "2026-10-01",
            },
            {
                "id": "s2", "organization_id": "o1", "name": "Domestic violence shelter",
                "description": "A safe house to stay in for survivors of domestic violence.",
                "status": "active", "assured_date": "",
            },
        ],
        "locations": [
            {
                "id": "l1", "organization_id": "o1", "name": "Church hall",
                "location_type": "physical", "latitude": "", "longitude": "",
            },
            {
                "id": "l2", "organization_id": "o1", "name": "Safe house",
                "location_type": "physical", "latitude": "41.7", "longitude": "-80.1",
            },
        ],
        "service_at_location": [
            {"id": "a1", "service_id": "s1", "location_id": "l1"},
            {"id": "a2", "service_id": "s2", "location_id": "l2"},
        ],
        "addresses": [
            {
                "id": "d1", "location_id": "l1", "address_1": "1 Elm St", "city": "Meadville",
                "state_province": "PA", "postal_code": "16335", "country": "US",
                "address_type": "physical",
            },
            {
                "id": "d2", "location_id": "l2", "address_1": "9 Secret Way", "city": "Titusville",
                "state_province": "PA", "postal_code": "16354", "country": "US",
                "address_type": "physical",
            },
        ],
        "phones": [
            {"id": "p1", "service_id": "s1", "number": "814-555-0101", "type": "voice"},
            {"id": "p2", "service_id": "s2", "number": "814-555-0102", "type": "voice"},
        ],
        "schedules": [
            {
                "id": "h1", "service_id": "s1", "freq": "WEEKLY", "byday": "MO,WE",
                "opens_at": "09:00", "closes_at": "12:00",
            }
        ],
    }  # fmt: skip
    return write_hsds(folder, **{**files, **changes})


def accepted_of(page: BatchPage) -> int:
    """Return how many review items of an import batch take effect if it is applied now."""
    return sum(group.count - group.left for group in page.groups)
