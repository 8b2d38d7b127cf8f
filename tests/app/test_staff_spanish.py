"""Pages of staff in Spanish: each says so, and none has a text of ours in English left.

All pages that links lead to are looked at in ``test_routes.py``, on the same walk.
"""

import re
from copy import copy
from functools import cache

import pytest
from bs4 import Comment

from referral.records.accounts import Role
from tests.imports.test_pages import send
from tests.support.desk import fill_desk, stock
from tests.support.editing import bring_in
from tests.support.inspector import soup_of
from tests.support.provider_lists import pantry_list, write_csv, zipped
from tests.support.staff import add_account, signed_in_client
from tests.support.texts import HOLES, forms_of, translated

SPOKEN = ("aria-label", "title", "placeholder", "alt")


@pytest.fixture
def database_url(tmp_path):
    """Words are the same on each kind of database."""
    return f"sqlite:///{(tmp_path / 'referral.sqlite3').as_posix()}"


@pytest.fixture
def in_spanish(app, directory, tmp_path):
    """Give a client of somebody with every role who reads Spanish."""
    account = add_account(directory, list(Role))
    bring_in(directory, tmp_path)
    stock(directory)
    fill_desk(directory, account)
    client = signed_in_client(app)
    client.get("/?lang=es")
    return client


@cache
def english():
    """What we say in English, and in Spanish not so; not such as ``{1} to {2}``.

    Texts as they are, and those with holes as patterns beside their longest part.
    """
    whole, patterns = set(), []
    for each in translated():
        spanish = set(forms_of(each.string))
        for text in forms_of(each.id):
            parts = HOLES.split(text)
            if text in spanish:
                continue
            if len(parts) == 1:
                whole.add(text)
            elif len(" ".join(parts).split()) > 2:
                pattern = re.compile("(?:.+)".join(map(re.escape, parts)), re.DOTALL)
                patterns.append((max(parts, key=len), pattern))
    return whole, patterns


@cache  # the frame of a page has the same texts on each
def is_english(text):
    whole, patterns = english()
    return text in whole or any(
        part in text and pattern.fullmatch(text) for part, pattern in patterns
    )


def said_on(page):
    """Every text of a parsed page that is in its own language, as one piece each."""
    html = copy(page.html)
    assert html["lang"] == "es", html.title
    for other in html.select("[lang]:not([lang=es]), script, style, code"):
        other.decompose()
    texts = {text for text in html.find_all(string=True) if not isinstance(text, Comment)}
    spoken = {tag[name] for name in SPOKEN for tag in html.select(f"[{name}]")}
    return {" ".join(text.split()) for text in texts | spoken} - {""}


def left_in_english(page):
    """The texts of ours on a parsed page that are English."""
    return {text for text in said_on(page) if is_english(text)}


def left_at(client, path):
    return left_in_english(soup_of(client.get(path)))


def test_a_review_of_a_list_is_in_spanish(in_spanish, directory, tmp_path):
    folder = pantry_list(tmp_path / "list")
    write_csv(folder / "phones.csv", {"id": "p1", "service_id": "gone", "number": "1"})
    address = send(in_spanish, directory, zipped(folder))
    paths = (address, f"{address}?tab=held", f"{address}/problems", f"{address}/undo")
    assert not {path: left for path in paths if (left := left_at(in_spanish, path))}
    assert "Agréguelo o corrija el id." in in_spanish.get(f"{address}/problems").text


@pytest.mark.slow
def test_what_a_hostile_file_is_refused_for_is_in_spanish(in_spanish, directory, tmp_path):
    path = tmp_path / "list.pdf"
    path.write_bytes(b"%PDF-1.7 " + bytes(400))
    page = in_spanish.get(send(in_spanish, directory, path)).text
    assert "Es un PDF. Pida la lista como CSV o XLSX." in page
    assert not left_in_english(soup_of(page))
