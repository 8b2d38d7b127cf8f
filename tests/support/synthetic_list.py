"""Generated lists of any size, for measurements; the same arguments give the same list.

A service has a location with an address, two phones and two schedules. Four services share an
organization.
"""

import csv
import random
from pathlib import Path

from tests.support.provider_lists import write_hsds

_WORDS = [
    "food",
    "pantry",
    "shelter",
    "clinic",
    "legal",
    "aid",
    "job",
    "training",
    "family",
    "housing",
    "rent",
    "heat",
    "senior",
    "meals",
    "ride",
    "bus",
    "school",
    "child",
    "care",
    "dental",
    "vision",
    "counseling",
    "youth",
    "veterans",
    "clothing",
    "shower",
    "laundry",
    "library",
    "tax",
    "help",
    "diaper",
    "bank",
    "garden",
    "kitchen",
    "community",
    "county",
    "neighbor",
    "hope",
    "bridge",
    "harbor",
]
_SHEET_HEADER = [
    "Organization", "Service", "Description", "Address", "City", "State", "ZIP", "Phone",
    "Website", "Hours", "Eligibility", "Category", "Languages",
]  # fmt: skip
_ZIPS = ("16335", "16354", "16403", "16433", "16314")


def write_list(
    folder: Path, services: int, *, seed: int = 211, round_number: int = 0, words: int = 90
) -> Path:
    """Write an HSDS list. Each ``round_number`` after 0 changes the phones of every tenth service.

    Args:
        words: number of words of each description.
    """
    rng = random.Random(seed)
    files: dict[str, list[dict[str, str]]] = {
        name: []
        for name in (
            "organizations", "services", "locations", "service_at_location", "addresses",
            "phones", "schedules",
        )
    }  # fmt: skip
    for number in range(services):
        organization = number // 4
        if number % 4 == 0:
            files["organizations"].append(
                {
                    "id": f"o{organization}",
                    "name": _random_text(rng, 3),
                    "description": _random_text(rng, 20),
                }
            )
        _add_service(files, number, organization, rng, round_number, words)
    return write_hsds(folder, **files)


def write_sheet(path: Path, rows: int, *, seed: int = 211, words: int = 30) -> Path:
    """Write a flat CSV; a row is a service with its organization and location, nine records in all.

    Args:
        words: number of words of each description.
    """
    rng = random.Random(seed)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_SHEET_HEADER)
        for number in range(rows):
            name = f"{_random_text(random.Random(number // 4), 3)} {number // 4}"
            writer.writerow(
                [
                    name, _random_text(rng, 4), _random_text(rng, words),
                    f"{rng.randrange(1, 9999)} Elm St", "Meadville", "PA", rng.choice(_ZIPS),
                    f"814-{rng.randrange(200, 999)}-{rng.randrange(10_000):04}",
                    f"https://www.example{number // 4}.org/",
                    ("Mon-Fri 9am-5pm", "Tue, Thu 10am-2:30pm; Sat 9am-noon")[number % 2],
                    _random_text(rng, 6), rng.choice(("Food pantry", "Legal aid", "Youth programs")),
                    rng.choice(("English", "English, Spanish")),
                ]
            )  # fmt: skip
    return path


def _add_service(
    files: dict[str, list[dict[str, str]]],
    number: int,
    organization: int,
    rng: random.Random,
    round_number: int,
    words: int,
) -> None:
    files["services"].append(
        {
            "id": f"s{number}", "organization_id": f"o{organization}", "name": _random_text(rng, 4),
            "description": _random_text(rng, words), "eligibility_description": _random_text(rng, 12),
            "status": "active",
        }
    )  # fmt: skip
    files["locations"].append(
        {"id": f"l{number}", "organization_id": f"o{organization}", "name": _random_text(rng, 2)}
    )
    files["service_at_location"].append(
        {"id": f"a{number}", "service_id": f"s{number}", "location_id": f"l{number}"}
    )
    files["addresses"].append(
        {
            "id": f"d{number}", "location_id": f"l{number}",
            "address_1": f"{rng.randrange(1, 999)} Elm St", "city": "Meadville",
            "state_province": "PA", "postal_code": rng.choice(_ZIPS), "country": "US",
            "address_type": "physical",
        }
    )  # fmt: skip
    for index in range(2):
        line = rng.randrange(100, 9000) + (round_number if number % 10 == 0 else 0)
        files["phones"].append(
            {
                "id": f"p{number}-{index}", "service_id": f"s{number}",
                "number": f"814-336-{line:04}", "type": "voice",
            }
        )  # fmt: skip
        files["schedules"].append(
            {
                "id": f"h{number}-{index}", "service_id": f"s{number}", "freq": "WEEKLY",
                "byday": ("MO,WE", "TU,TH")[index], "opens_at": "09:00", "closes_at": "16:30",
            }
        )  # fmt: skip


def _random_text(rng: random.Random, words: int) -> str:
    return " ".join(rng.choices(_WORDS, k=words)).capitalize()
