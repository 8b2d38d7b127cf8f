"""Ten rows of each real guide, against what somebody who has not read the code wants on their page.

A ``[[row]]`` of ``judged.toml`` says what its page ``has``, of which groups it has ``any``, and
what it ``never`` shows. Columns that are asked about are answered first, as a librarian would.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from referral.imports.apply import apply_import
from referral.imports.columns import answer_questions
from referral.imports.prepare import prepare_import
from referral.store.rows import ServiceRow

_JUDGED = tomllib.loads(Path(__file__).with_name("judged.toml").read_text("utf-8"))["row"]
_GUIDES = {
    "maine": "maine-csv/pantries.csv", "norman": "norman/resources.csv",
    "philadelphia": "philadelphia/data.csv", "gotfood": "gotfood/pantries.csv",
    "greenville": "greenville/gvl_homeless_resources.csv",
    "la-pantries": "la-pantries/food-pantry.csv", "sheffield": "sheffield/foodbanks.csv",
    "slo": "slo/directory-entries.json",
}  # fmt: skip
_ANSWERS = {
    "gotfood": {"Comments": "description"},
    "sheffield": {
        "Info": "aside", "referral_required": "how to apply", "referral_link": "how to apply",
    },
}  # fmt: skip
# Numbers in letters stand there in digits, and "211" as "2-1-1". Four services of one name are
# places of one here. The rest stands beside notes for staff in one cell, which is put aside.
_KNOWN = {
    ("philadelphia", "866-HOPE-4-MEN"), ("slo", "805-462-FOOD"), ("norman", "211"),
    ("gotfood", "120 Enterprise St"), ("sheffield", "should be sent to them by Sunday"),
    ("sheffield", "proof of address"), ("sheffield", "No referral needed"),
    ("sheffield", "No self-referrals or walk in"),
}  # fmt: skip
_PHONE = re.compile(r"(?<![\d-])(?:\+?1[ .-]*)?\(?([2-9]\d\d)\)?[ ./-]*(\d{3})[ .-]*(\d{4})(?!\d)")
_TIME = re.compile(r"(?<![:\d])(\d{1,2})(:\d\d)? ?([ap])\.?m\b\.?")
_ALIKE = str.maketrans("‘’“”–—", "''\"\"--")


@pytest.mark.slow
@pytest.mark.parametrize("guide", _GUIDES)
def test_pages_say_what_a_reader_expects_of_their_rows(instance, client, shared_data, guide):
    path = shared_data / "guides" / _GUIDES[guide]
    answers = _ANSWERS.get(guide)
    mapping = answer_questions(instance, path, guide, answers) if answers else None
    prepared = prepare_import(instance, path, source=guide, mapping=mapping)
    apply_import(instance, prepared, confirmed=prepared.report.doubt_codes)
    faults = set()
    for row in (each for each in _JUDGED if each["list"] == guide):
        pages = [_page(client, service_id) for service_id in _services_of(instance, guide, row)]
        assert pages, row["name"]
        faults |= min((set(_faults(row, page)) for page in pages), key=len)
    assert {(guide, text) for text in faults} <= _KNOWN


def _services_of(instance, guide: str, row) -> list[str]:
    """Return the services of a row: by its line, in JSON by its name."""
    by_line, by_name = ServiceRow.origin_line == row["line"], ServiceRow.name == row["name"]
    with instance.store.read() as session:
        ids = select(ServiceRow.id).where(ServiceRow.source == guide)
        at_line = session.scalars(ids.where(by_line)).all() if guide != "slo" else []
        return list(at_line or session.scalars(ids.where(by_name)))


def _faults(row, page: str):
    """Yield the texts that a page lacks, or shows and must not."""
    yield from (text for text in row.get("has", ()) if not _shows(page, text))
    for group in row.get("any", ()):
        if not any(_shows(page, text) for text in group):
            yield group[0]
    yield from (text for text in row.get("never", ()) if _shows(page, text))


def _page(client, service_id: str) -> str:
    answer = client.get(f"/services/{service_id}", follow_redirects=True)
    return _plain(BeautifulSoup(answer.text, "html.parser").find("main").get_text(" ", strip=True))


def _shows(page: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(_plain(text))}(?!\w)", page) is not None


def _plain(text: str) -> str:
    """Return a text as it is compared: phones, times, quotes, dashes and blanks are alike."""
    text = unicodedata.normalize("NFKC", text).casefold().translate(_ALIKE)
    text = _PHONE.sub(r" \1-\2-\3 ", text)
    text = _TIME.sub(lambda time: f"{time[1]}{time[2] or ''}{time[3]}m".replace(":00", ""), text)
    text = re.sub(r"\s+", " ", text)
    return re.sub(r" ?- ?", "-", text).strip()
