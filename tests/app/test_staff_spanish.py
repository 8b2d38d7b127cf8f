"""Pages of staff in Spanish: each says so, and none has a text of ours in English left.

All pages that links lead to are looked at in ``test_routes.py``, on the same walk.
"""

import pytest

from referral.records.accounts import Role
from tests.imports.test_pages import send
from tests.support.desk import fill_desk, stock
from tests.support.editing import bring_in
from tests.support.inspector import soup_of
from tests.support.provider_lists import pantry_list, write_csv, zipped
from tests.support.staff import add_account, signed_in_client
from tests.support.texts import left_in_english


@pytest.fixture
def database_url(tmp_path):
    """Words are the same on each kind of database."""
    return f"sqlite:///{(tmp_path / 'referral.sqlite3').as_posix()}"


@pytest.fixture
def in_spanish(app, instance, tmp_path):
    """Give a client of somebody with every role who reads Spanish."""
    account = add_account(instance, list(Role))
    bring_in(instance, tmp_path)
    stock(instance)
    fill_desk(instance, account)
    client = signed_in_client(app)
    client.get("/?lang=es")
    return client


def left_at(client, path):
    return left_in_english(soup_of(client.get(path)))


def test_a_review_of_a_list_is_in_spanish(in_spanish, instance, tmp_path):
    folder = pantry_list(tmp_path / "list")
    write_csv(folder / "phones.csv", {"id": "p1", "service_id": "gone", "number": "814-555-0133"})
    address = send(in_spanish, instance, zipped(folder))
    paths = (address, f"{address}?tab=held", f"{address}/problems", f"{address}/undo")
    assert not {path: left for path in paths if (left := left_at(in_spanish, path))}
    assert "Agréguelo o corrija el id." in in_spanish.get(f"{address}/problems").text


@pytest.mark.slow
def test_what_a_hostile_file_is_refused_for_is_in_spanish(in_spanish, instance, tmp_path):
    path = tmp_path / "list.pdf"
    path.write_bytes(b"%PDF-1.7 " + bytes(400))
    page = in_spanish.get(send(in_spanish, instance, path)).text
    assert "Es un PDF. Pida la lista como CSV o XLSX." in page
    assert not left_in_english(soup_of(page))
