"""After a thousand searches (90 in a short run) nothing is stored but what /about, /safety and docs/reports.md say."""

import hashlib
import itertools
import logging
import random
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from referral.app import create_app
from referral.app.background import write_counts
from referral.store.base import Base
from referral.store.rows_log import MissedSearchRow
from tests.support.inspector import soup_of

FOUND = ("food", "help with rent", "dentist", "comida", "dentures near 16335", "abogado", "wifi")
ODD_WORDS = (
    "zwieback", "quokka", "xylophone", "zither", "glockenspiel", "ocarina", "theremin",
    "krummhorn", "sackbut", "marimba",
)  # fmt: skip
NAMES = ("rosalind", "quackenbush", "thaddeus", "featherstonehaugh", "xiomara", "zubizarreta")
NUMBERS = ("8145550142", "814-555-0177", "123-45-6789", "4532015112830366")
ADDRESSES = ("xiomara@example.org", "www.quokka.example", "1712 sackbut lane")
DANGER = ("i want to die {}", "my husband hits me {}", "no quiero vivir {}", "he has a gun {}")
SHORT = {"8145550142", "123-45-6789", "4532015112830366", "1712"}
PLANTS = {*ODD_WORDS, *NAMES, *NUMBERS, "quokka.example", "xiomara@", "1712 sackbut"}
MAY_CHANGE = {"missed_search", "opened_count"}


def searches(chance):
    """Endless searches of every kind: what is typed, and whether at a terminal."""
    odd = itertools.cycle(ODD_WORDS)
    while True:
        name = f"{chance.choice(NAMES)} {chance.choice(NAMES)}"
        yield from (
            (chance.choice(FOUND), False),
            (next(odd), False),
            (f'"{next(odd)} {next(odd)}"', False),
            (f'"{name}"', False),
            (f'"{name}" {chance.choice(NUMBERS)}', False),
            (chance.choice(ADDRESSES), False),
            (chance.choice(DANGER).format(chance.choice(NAMES)), False),
            (f'"{name}" "{next(odd)}"', True),
            (f"food {next(odd)}", False),  # finds something
            (f"dentrues {next(odd)}", False),
        )


def contents(instance):
    """Every row of every table, as text, by table."""
    with instance.store.read() as session:
        return {
            table.name: sorted(map(str, session.execute(select(table))))
            for table in Base.metadata.sorted_tables
        }


def bytes_of_instance(instance):
    """Every byte of the instance folder: database, its log, index, keys, as small letters."""
    files = [path for path in instance.settings.instance_path.rglob("*") if path.is_file()]
    assert any(path.name.endswith("-wal") for path in files)
    return b"\n".join(path.read_bytes() for path in files).lower()


def hashes_of(word):
    """What somebody would look for who hashes words without a key."""
    return [hashlib.new(name, word.encode()).hexdigest() for name in ("md5", "sha1", "sha256")]


@pytest.mark.slow
def test_searches_leave_counts_and_no_words(demo, caplog, time_machine):
    time_machine.move_to(datetime(2026, 11, 2, 15, tzinfo=UTC))
    caplog.set_level(logging.DEBUG)
    app = create_app(demo.settings, demo)
    anybody, at_terminal = app.test_client(), app.test_client()
    write_counts(demo)
    before, bytes_before = contents(demo), bytes_of_instance(demo)
    plants = [plant for plant in sorted(PLANTS) if plant.encode() not in bytes_before]
    assert len(plants) > 20
    zero = 0
    for number, (typed, terminal) in enumerate(itertools.islice(searches(random.Random(16)), 90)):
        object.__setattr__(demo.settings, "terminal", terminal)
        client = at_terminal if terminal else anybody
        page = client.get("/search", query_string={"q": typed}, follow_redirects=True)
        zero += 'class="nothing' in page.text
        if number % 3 == 0:
            client.post("/suggest", data={"q": typed})
        if number % 100 == 0:
            write_counts(demo)
    write_counts(demo)
    after, stored = contents(demo), bytes_of_instance(demo)
    assert zero > 90 / 4
    assert {name for name in before if before[name] != after[name]} <= MAY_CHANGE
    everything = "\n".join(row for rows in after.values() for row in rows).lower()
    for plant in plants:
        assert plant not in everything
        assert plant.encode() not in stored
        assert plant not in caplog.text.lower()
        assert not any(each in everything for each in hashes_of(plant))
    with demo.store.read() as session:
        assert session.scalars(select(MissedSearchRow.count)).all()


@pytest.mark.parametrize("path", ["/about", "/about/privacy", "/safety"])
def test_the_pages_say_what_is_kept(sample_client, path):
    said = soup_of(sample_client.get(path)).get_text(" ", strip=True)
    for sentence in (
        "We keep no word that you search for.",
        "We count by month and ZIP code",
        "When words may be about danger, we count nothing.",
        "On a computer that many people share, we count nothing.",
    ):
        assert sentence in said
    footer = soup_of(sample_client.get("/")).select_one("footer").get_text(" ", strip=True)
    assert "We keep no searches, only counts." in footer
    assert "We keep a name or a number only if you give it to us." in footer
