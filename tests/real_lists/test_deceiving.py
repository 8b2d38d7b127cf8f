"""Lists made to deceive: as many services as there are, and nothing that belongs to another row.

The lists and what is true of their rows were written by somebody who has not read the code.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from referral.store.rows import ServiceRow
from tests.support.imported import import_list

_FOLDER = Path(__file__).with_name("deceiving")
_LISTS = sorted(path for path in _FOLDER.iterdir() if path.suffix != ".toml")
# Five rows with a cell too many or too few are refused. Of two rows that say the same but for
# their spelling nobody knows whether they are two services.
_LEFT_OUT, _SPELT_TWICE = {"01-shifted": 5}, {"12-duplicates": 1}


@pytest.mark.slow
@pytest.mark.parametrize("path", _LISTS, ids=lambda path: path.stem)
def test_a_list_made_to_deceive_says_nothing_false(instance, client, path):
    expected = tomllib.loads(path.with_name(f"{path.stem}.expect.toml").read_text("utf-8"))
    with instance.store.read() as session:
        before = set(session.scalars(select(ServiceRow.id)))
    import_list(instance, path)
    with instance.store.read() as session:
        rows = session.execute(select(ServiceRow.id, ServiceRow.name)).all()
    pages: dict[str, list[str]] = {}
    for service_id, name in rows:
        if service_id not in before:
            pages.setdefault(name, []).append(_shown(client, service_id))
    left_out, twice = _LEFT_OUT.get(path.stem, 0), _SPELT_TWICE.get(path.stem, 0)
    least = expected.get("services_min", expected["services"]) - left_out
    most = expected.get("services_max", expected["services"]) + twice
    assert least <= len(rows) - len(before) <= most
    assert not [
        (row["name"], text)
        for row in expected["row"]
        for text in row.get("never", ())
        for page in pages.get(row["name"], ())
        if len(pages[row["name"]]) == 1  # of several with one name, which row is it?
        and re.search(rf"(?<!\w){re.escape(text)}(?!\w)", page)
    ]


def _shown(client, service_id: str) -> str:
    answer = client.get(f"/services/{service_id}", follow_redirects=True)
    main = BeautifulSoup(answer.text, "html.parser").find("main")
    links = [link["href"] for link in main.find_all("a", href=re.compile("^(?:tel|mailto):"))]
    return " ".join([main.get_text(" ", strip=True), *links])
