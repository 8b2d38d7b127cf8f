"""Invented lists of a whole county in old formats, with the habits of their exporters.

Categories have only codes, and all languages and weekdays of a service share one id.
"""

from collections.abc import Callable
from pathlib import Path

from tests.support.provider_lists import write_csv

CODES_PER_SERVICE = 4
LANGUAGES = ("English", "Spanish", "Vietnamese")
WEEKDAYS = 5
_CODES = 60
_OHANA_COLUMNS = {"services": ("location_id", "service_areas"), "locations": ("languages",)}


def code_211(number: int) -> str:
    """Return an invented code in the form of the 2-1-1 taxonomy."""
    return f"Q{chr(65 + number % 20)}-{1000 + number}.{2000 + number}"


def codes_of(service: int, code: Callable[[int], str] = code_211) -> list[str]:
    """Return the distinct category codes of a service."""
    return [code((service * 7 + step * 11) % _CODES) for step in range(CODES_PER_SERVICE)]


def ohana_county(
    folder: Path, services: int, code: Callable[[int], str] = code_211, **more: str
) -> Path:
    """Write an Ohana list of a number of services; ``more`` are cells of the first service."""
    folder.mkdir(exist_ok=True)
    rows = [
        {
            "id": f"{n}", "location_id": f"{n}", "name": f"Blorb service {n}",
            "description": f"Helps with blorb number {n}.", "status": "active",
            "languages": ", ".join(LANGUAGES), "taxonomy_ids": ",".join(codes_of(n, code)),
            **(more if n == 0 else {}),
        }
        for n in range(services)
    ]  # fmt: skip
    places = [{"id": f"{n}", "organization_id": "1", "name": f"Hall {n}"} for n in range(services)]
    return write_ohana(
        folder,
        organizations=[{"id": "1", "name": "Blorb County"}],
        locations=places,
        addresses=[{"id": "0", "location_id": "0", "city": "Zorbville"}],
        phones=[{"id": "0", "service_id": "0", "number": "814-555-0101"}],
        services=rows,
    )


def hsds1_county(folder: Path, services: int) -> Path:
    """Write an HSDS 1 list of a number of services; the related rows of a service share one id."""
    folder.mkdir(exist_ok=True)
    every = range(services)
    write_csv(folder / "organizations.csv", {"id": "o1", "name": "Blorb County", "url": ""})
    write_csv(
        folder / "services.csv",
        *(
            {"id": f"s{n}", "organization_id": "o1", "name": f"Blorb service {n}", "fees": ""}
            for n in every
        ),
    )
    write_csv(
        folder / "services_taxonomy.csv",
        *(
            {"id": f"{n}", "service_id": f"s{n}", "taxonomy_id": code, "taxonomy_detail": ""}
            for n in every
            for code in codes_of(n)
        ),
    )
    write_csv(
        folder / "languages.csv",
        *(
            {"id": f"{n}", "service_id": f"s{n}", "location_id": "", "language": language}
            for n in every
            for language in LANGUAGES
        ),
    )
    write_csv(
        folder / "regular_schedules.csv",
        *(
            {
                "id": f"{n}", "service_id": f"s{n}", "location_id": "",
                "service_at_location_id": "", "weekday": f"{day}", "opens_at": "09:00",
                "closes_at": "17:00",
            }
            for n in every
            for day in range(1, WEEKDAYS + 1)
        ),
    )  # fmt: skip
    return folder


def write_ohana(folder: Path, **tables: list[dict[str, str]]) -> Path:
    """Write an Ohana list, one file for each keyword, with the columns that identify the format."""
    for stem, rows in tables.items():
        empty = dict.fromkeys(
            (*_OHANA_COLUMNS.get(stem, ()), *(h for row in rows for h in row)), ""
        )
        write_csv(folder / f"{stem}.csv", *({**empty, **row} for row in rows))
    return folder
