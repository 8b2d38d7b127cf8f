"""What the columns of real guides hold, against what somebody who has not read the code says.

``judged.toml`` has a table for each filled column (``holds``, and other readings as good in
``or``), and one for ten rows of each guide.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from referral.formats.column_mapping import ColumnRule
from referral.formats.open_tables import open_sheets
from referral.formats.spreadsheet.propose_mapping import propose_mapping

_JUDGED = Path(__file__).with_name("judged.toml")
_GUIDES = {
    "maine": "maine-csv/pantries.csv", "norman": "norman/resources.csv",
    "philadelphia": "philadelphia/data.csv", "gotfood": "gotfood/pantries.csv",
    "greenville": "greenville/gvl_homeless_resources.csv",
    "la-pantries": "la-pantries/food-pantry.csv", "sheffield": "sheffield/foodbanks.csv",
}  # fmt: skip
_NAMES = {"service.name", "organization.name", "location.name"}
_ELIGIBILITY = {
    "service.eligibility_description", "service.more_eligibility", "service.population",
}  # fmt: skip
# The judge's word for what a column holds → targets that say so.
_TARGETS = {
    "service.name": _NAMES, "organization.name": _NAMES, "location.name": _NAMES,
    "description": {"service.description", "service.more_description"},
    "address": {"address.address_1"}, "street": {"address.address_1", "address.address_2"},
    "city": {"address.city"}, "state": {"address.state_province"}, "zip": {"address.postal_code"},
    "phone": {"phone.number"}, "email": {"service.email"}, "website": {"service.url"},
    "hours (text)": {"schedule.hours"}, "opening day": {"schedule.weekday"},
    "opening time": {"schedule.opens"}, "closing time": {"schedule.closes"},
    "eligibility": _ELIGIBILITY, "topics": {"taxonomy_term.name"},
    "area served": {"service_area.name"}, "id": {"service.id"},
    "latitude": {"location.latitude"}, "longitude": {"location.longitude"},
    "other: longitude and latitude in one cell, longitude first": {"location.position"},
}  # fmt: skip
_FEWEST_RIGHT = 102  # of 111; the others are put aside


@pytest.mark.slow
def test_columns_hold_what_a_reader_says_or_are_put_aside(shared_data):
    rules = {name: _rules(shared_data / "guides" / path) for name, path in _GUIDES.items()}
    seen: Counter[tuple[str, str]] = Counter()
    right, wrong = 0, []
    for column in tomllib.loads(_JUDGED.read_text("utf-8"))["column"]:
        guide, header = column["list"], column["header"]
        if guide not in rules:
            continue
        title = f"{header} ({seen[guide, header] + 1})" if seen[guide, header] else header
        seen[guide, header] += 1
        said = [column["holds"], *column.get("or", ())]
        targets = set().union(*(_TARGETS.get(each, set()) for each in said))
        rule = rules[guide][title]
        if rule.target in targets or not (rule.target or targets):
            right += 1
        elif rule.target:
            wrong.append((guide, title, rule.target, said))
    assert not wrong
    assert right >= _FEWEST_RIGHT


def _rules(path: Path) -> dict[str, ColumnRule]:
    (sheet,) = propose_mapping(open_sheets(path)).sheets
    return {rule.column: rule for rule in sheet.columns}
