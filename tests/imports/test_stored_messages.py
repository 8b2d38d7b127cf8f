"""Messages about lists: kept with their values, shown in Spanish, English in JSON."""

import json

import pytest
from sqlalchemy import text

from referral.imports.review import read_problem_groups
from referral.records.accounts import Role
from tests.imports.test_pages import send
from tests.support.provider_lists import pantry_list, write_csv, zipped
from tests.support.staff import add_account, signed_in_client


@pytest.fixture
def batch_page(app, instance, tmp_path):
    """Upload a list with a phone of no service; give the address of its page."""
    add_account(instance, list(Role))
    folder = pantry_list(tmp_path / "list")
    write_csv(folder / "phones.csv", {"id": "p1", "service_id": "gone", "number": "814-555-0101"})
    return send(signed_in_client(app), instance, zipped(folder))


def problems_in_spanish(app, address):
    client = signed_in_client(app)
    client.get("/?lang=es")
    return client.get(f"{address}/problems").text


def kept(instance):
    with instance.store.read() as session:
        return session.scalars(text("SELECT detail FROM import_problem ORDER BY number")).all()


def examples(instance, address):
    groups = read_problem_groups(instance, address.rsplit("/", 1)[-1])
    return [problem for group in groups for problem in group.examples]


def test_a_problem_is_kept_with_its_values(app, instance, batch_page):
    (said,) = (each for each in map(json.loads, kept(instance)) if "points to" in each["msgid"])
    assert said["msgid"] == "It points to %(record)s, which is not in this list."
    assert said["params"]["record"]["params"] == {"id": "gone"}
    problems = examples(instance, batch_page)
    assert "It points to service gone, which is not in this list. Add it or correct the id." in {
        problem.as_dict()["detail"] for problem in problems
    }
    page = problems_in_spanish(app, batch_page)
    assert "Apunta a algo que no está en esta lista: servicio gone." in page


@pytest.mark.parametrize("old", ["It points to service gone.", '{"msgid": "a file', "[1]", '"x"'])
def test_a_problem_kept_before_there_were_values_is_english(app, instance, batch_page, old):
    with instance.store.write() as session:
        session.execute(text("UPDATE import_problem SET detail = :old"), {"old": old})
    assert examples(instance, batch_page)[0].detail == old
    shown = old.replace('"', "&#34;")
    assert f'<span lang="en" dir="ltr">{shown}</span>' in problems_in_spanish(app, batch_page)
