"""Texts of withheld and staff-only records of the sample county, which no output may contain."""

import csv
from functools import cache

from referral.resources import resource_path

COUNTY = resource_path("seed_data") / "county"


@cache
def county_rows(name: str) -> list[dict[str, str]]:
    """Return the rows of one file of the sample county."""
    with (COUNTY / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def planted() -> frozenset[str]:
    """Return the texts of withheld and staff-only records that no public record contains."""
    plants = {
        field
        for name, fields in {
            "addresses": ("address_1",),
            "locations": ("name", "latitude", "longitude"),
            "services": ("name", "description"),
            "organizations": ("name", "description"),
            "contacts": ("name",),
            "phones": ("number",),
        }.items()
        for row in county_rows(name)
        if row["visibility"] in {"withheld", "staff"}
        for field in (row[column] for column in fields)
    }
    public = "\n".join(
        "\n".join(row.values())
        for name in ("addresses", "locations", "services", "organizations", "contacts", "phones")
        for row in county_rows(name)
        if row.get("visibility", "public") in {"public", ""}
    )
    public = public.lower()
    return frozenset(plant for plant in plants if len(plant) > 4 and plant.lower() not in public)
