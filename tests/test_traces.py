"""What a reader of the instance folder, the logs and the exports finds of searches and hidden places.

Words of searches without results are kept for the ledger of unmet needs and are not looked for here.
"""

import io
import logging
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from referral.app import create_app
from referral.cli import main
from referral.directory.instance import opened_instance
from referral.imports.prepare import no_progress
from referral.imports.seed_lists import load_base
from referral.store.rows import LocationRow, OrganizationRow, ServiceRow
from referral.store.topic_suggestions import TopicSuggestionRow
from referral.topic_suggestions.suggestion_runs import suggest_topics
from tests.conftest import settings_for
from tests.support.imported import import_list
from tests.support.pages import terminal_settings
from tests.support.provider_lists import write_hsds, zipped

# Each stands in nothing but what hangs on the one confidential place.
HIDDEN = (
    "Quillfeather", "Marigoldgate", "Wilhelmindra", "Ottoline", "555-0187", "555-0165", "555-0193",
    "38.937651",
)  # fmt: skip
# Half of them beside a need that something is found for, half beside danger; each has one word
# that nobody else says.
SEARCHES = (
    "food pantry zorblaxquin", "canned goods for Zephyrinda", "despensa de comida qvixlarpa",
    "tonight food for kids flurbonik", "comida gratis hoy wumpledora", "rent help krazzlebink",
    "my husband brunhildet hits me", "i want to kill myself snazzlewick",
    "quiero morir xiuhtezcatlo", "mi esposo me pega quixtofanes",
)  # fmt: skip
MARKS = (
    "zorblaxquin", "zephyrinda", "qvixlarpa", "flurbonik", "wumpledora", "krazzlebink",
    "brunhildet", "snazzlewick", "xiuhtezcatlo", "quixtofanes",
)  # fmt: skip


def found_in(content, words):
    """Give the words that stand in bytes, in any case, in UTF-8 or UTF-16, in packed members too."""
    folded = content.lower()
    found = {
        word
        for word in words
        if any(word.lower().encode(code) in folded for code in ("utf-8", "utf-16-le", "utf-16-be"))
    }
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            found = found.union(*(found_in(packed.read(name), words) for name in packed.namelist()))
    return found


def found_on_disk(folder, words, *, without=()):
    """Give the files below a folder that have one of the words, and which."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    found = {
        path.name: found_in(path.read_bytes(), words)
        for path in files
        if not path.name.startswith(tuple(without))
    }
    return {name: words for name, words in found.items() if words}


@pytest.fixture(scope="module")
def sheltering(tmp_path_factory):
    """Give a directory with a shelter at a confidential place, suggestions made."""
    folder = tmp_path_factory.mktemp("traces")
    url = f"sqlite:///{(folder / 'referral.sqlite3').as_posix()}"
    with opened_instance(settings_for(folder, url)) as instance:
        load_base(instance)
        path = zipped(_shelter_list(tmp_path_factory.mktemp("list") / "list"))
        import_list(instance, path, source="list")
        suggest_topics(instance, no_progress)
        instance.index.sync()
        yield instance


def _shelter_list(folder):
    place = {"location_id": "l1", "service_id": "", "service_at_location_id": ""}
    both = {**place, "service_id": "s1"}
    by_link = {"location_id": "", "service_id": "s1", "service_at_location_id": "sl1"}
    change = {"last_action_date": "2026-01-02", "last_action_type": "update", "field_name": "name",
              "replacement_value": "Pantry", "updated_by": "Ann"}  # fmt: skip
    week = {"freq": "WEEKLY", "byday": "MO,TU", "opens_at": "09:00", "closes_at": "17:00"}
    return write_hsds(
        folder,
        organizations=[{"id": "o1", "name": "Harbor Group", "description": "Help for all."}],
        services=[
            {"id": "s1", "organization_id": "o1", "name": "Harbor Safe House", "status": "active",
             "description": "Emergency shelter and food pantry for survivors of violence.",
             "Old office": ""},
            {"id": "s2", "organization_id": "o1", "name": "Harbor Food Pantry", "status": "active",
             "description": "Canned goods and bread. Help to pay the rent.",
             "Old office": "Quillfeather 7319, ask Ottoline"},
        ],
        service_capacity=[
            {"id": "k1", "service_id": "s1", "unit": "Bed", "available": "2", "updated": "2026-11-02",
             "description": "Beds at 7319 Quillfeather Lane"},
        ],
        url=[{"id": "u1", "service_id": "s1", "organization_id": "o1", "label": "Map",
              "url": "https://example.org/7319-Quillfeather-Lane"}],
        metadata=[
            {**change, "id": "m1", "resource_type": "location", "resource_id": "l1",
             "previous_value": "Marigoldgate"},
            {**change, "id": "m2", "resource_type": "service", "resource_id": "s2",
             "previous_value": "Come to 7319 Quillfeather Lane"},
            {**change, "id": "m3", "resource_type": "phone", "resource_id": "p1",
             "previous_value": "202-555-0187"},
        ],
        locations=[
            {"id": "l1", "organization_id": "o1", "name": "Marigoldgate Cottage",
             "location_type": "physical", "latitude": "38.937651", "longitude": "-77.023457"},
        ],
        addresses=[
            {"id": "a1", "location_id": "l1", "address_1": "7319 Quillfeather Lane",
             "city": "Washington", "state_province": "DC", "postal_code": "20011",
             "country": "US", "address_type": "physical", "confidential": "yes"},
        ],
        service_at_locations=[{"id": "sl1", "service_id": "s1", "location_id": "l1"}],
        phones=[
            {"id": "p0", **both, "location_id": "", "number": "202-555-0111", "description": ""},
            {"id": "p1", **place, "number": "202-555-0187", "description": ""},
            {"id": "p2", **both, "number": "202-555-0165", "description": "Marigoldgate door"},
            {"id": "p3", **by_link, "number": "202-555-0193", "description": "Quillfeather"},
        ],
        contacts=[
            {"id": "c1", **place, "name": "Wilhelmindra Quaxley"},
            {"id": "c2", **both, "name": "Ottoline Vander"},
        ],
        schedules=[
            {"id": "h1", **place, **week, "description": "Quillfeather gate"},
            {"id": "h2", **both, **week, "description": "Quillfeather side door"},
        ],
        languages=[{"id": "g1", "service_id": "s1", "location_id": "l1", "name": "Spanish",
                    "code": "es", "note": "at Quillfeather"}],
        accessibility=[{"id": "x1", "location_id": "l1", "description": "Quillfeather ramp"}],
    )  # fmt: skip


@pytest.fixture(scope="module")
def ids(sheltering):
    """Give the ids of the shelter, and of its organization."""
    with sheltering.store.read() as session:
        shelter = select(ServiceRow.id).where(ServiceRow.name == "Harbor Safe House")
        group = select(OrganizationRow.id).where(OrganizationRow.name == "Harbor Group")
        return session.scalars(shelter).one(), session.scalars(group).one()


@pytest.mark.slow
def test_no_page_tells_what_hangs_on_a_withheld_place(sheltering, ids):
    shelter, group = ids
    client = create_app(sheltering.settings, sheltering).test_client()
    pages = [f"/services/{shelter}", f"/services/{shelter}/print", f"/organizations/{group}",
             "/search?q=shelter&near=20011", "/search?q=my+husband+hits+me", "/search?language=es",
             "/search?q=quillfeathr", "/search?q=marigoldgat",
             *(f"/suggest?q={word[:5]}" for word in HIDDEN)]  # fmt: skip
    for address in pages:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert found_in(answer.data, HIDDEN) == set(), address
    assert "555-0111" in client.get(f"/services/{shelter}").text
    assert shelter not in client.get("/search?language=es").text


@pytest.mark.slow
def test_a_withheld_place_is_on_disk_only_in_the_tables(sheltering, tmp_path):
    with sheltering.store.read() as session:
        assert session.scalars(select(LocationRow.name)).one() == "Marigoldgate Cottage"
        suggested = session.scalars(select(TopicSuggestionRow.words)).all()
    assert "food pantry" in map(str.casefold, suggested)
    assert found_in("\n".join(suggested).encode(), HIDDEN) == set()
    instance_path = Path(sheltering.settings.instance_path)
    assert found_on_disk(instance_path, HIDDEN, without=["referral.sqlite3"]) == {}
    for name in ("hsds-csv", "hsds-json", "xlsx"):
        command = [
            "--instance",
            str(instance_path),
            "export",
            "--format",
            name,
            str(tmp_path / name),
        ]
        assert CliRunner().invoke(main, command).exit_code == 0
    assert found_on_disk(tmp_path, HIDDEN) == {}


@pytest.mark.slow
def test_words_that_found_something_and_words_of_danger_are_nowhere(sheltering, caplog):
    """Logs at every level; pages as at home and at a terminal, in both languages."""
    caplog.set_level(logging.DEBUG)
    for settings in (sheltering.settings, terminal_settings(sheltering)):
        client = create_app(settings, sheltering).test_client()
        ask = client.post if settings.terminal else client.get
        for language in ("en", "es"):
            client.get(f"/?lang={language}")
            for words in SEARCHES:
                values = {"data" if settings.terminal else "query_string": {"q": words}}
                page = ask("/search", follow_redirects=True, **values)
                assert found_in(page.data, MARKS), words
                assert not settings.terminal or not found_in(page.request.url.encode(), MARKS)
                ask("/suggest", **values)
    assert found_in(caplog.text.encode(), MARKS) == set()
    assert found_on_disk(Path(sheltering.settings.instance_path), MARKS) == {}
