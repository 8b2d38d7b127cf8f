"""How much room a service has, and its further web addresses, on the pages of patrons."""

from datetime import UTC, datetime

import pytest

from referral.store.rows import OrganizationRow, ServiceRow
from tests.open_data.files.random_lists import take_in_rows

SERVICE = {"service_id": "s1", "organization_id": ""}
LIST = {
    "organizations": [{"id": "o1", "name": "Harbor Trust", "website": ""}],
    "services": [{"id": "s1", "organization_id": "o1", "name": "Night beds", "status": "active"}],
    "service_capacity": [
        {"id": "c1", "service_id": "s1", "unit_id": "u1", "available": "3", "maximum": "12",
         "updated": "2026-11-02T15:00:00-05:00", "description": "For adults"},
        {"id": "c2", "service_id": "s1", "unit_id": "u2", "available": "", "maximum": "5",
         "updated": "", "description": ""},
        {"id": "c3", "service_id": "s1", "unit_id": "u2", "available": "2", "maximum": "1",
         "updated": "", "description": ""},
    ],
    "units": [{"id": "u1", "name": "Beds"}, {"id": "u2", "name": "Cots"}],
    "url": [{"id": "w1", **SERVICE, "label": "Facebook", "url": "https://facebook.com/nightbeds"},
            {"id": "w2", "service_id": "", "organization_id": "o1", "label": "", "url": "harbor.example.org"}],
    "funding": [{"id": "f1", **SERVICE, "source": "Quillfeather Fund"}],
    "organization_identifiers": [
        {"id": "n1", "organization_id": "o1", "identifier_scheme": "GB-COH", "identifier": "7654321"},
    ],
}  # fmt: skip


@pytest.fixture
def client(instance, app, tmp_path):
    take_in_rows(instance, tmp_path / "list", LIST)
    instance.index.sync()
    return app.test_client()


def address_of(instance, row, kind):
    with instance.store.read() as session:
        return f"/{kind}/{session.query(row.id).scalar()}"


def test_a_page_says_how_much_room_there_is_and_since_when(client, instance, time_machine):
    page = address_of(instance, ServiceRow, "services")
    time_machine.move_to(datetime(2026, 11, 3, 19, 59, tzinfo=UTC))
    text = client.get(page).text.replace("\N{NO-BREAK SPACE}", " ")
    assert "3 beds</strong>, said at 3 pm yesterday" in text
    assert "For adults" in text
    assert "2 free" not in text  # since when is not known
    assert "3 camas</strong>, dicho ayer a las 3 p. m." in client.get(
        f"{page}?lang=es"
    ).text.replace("\N{NO-BREAK SPACE}", " ")
    assert "3 beds" not in client.get(f"{page}/print").text


def test_after_a_day_it_says_how_much_there_is_in_all(client, instance, time_machine):
    page = address_of(instance, ServiceRow, "services")
    time_machine.move_to(datetime(2026, 11, 3, 20, 1, tzinfo=UTC))
    for path in (page, f"{page}/print"):
        text = client.get(path).text
        assert "12 in all" in text
        assert "5 in all" in text
        assert "3 beds" not in text
        assert "said at" not in text


@pytest.mark.slow
def test_further_web_addresses_are_linked(client, instance):
    text = client.get(address_of(instance, ServiceRow, "services")).text
    assert 'href="https://facebook.com/nightbeds"' in text
    text = client.get(address_of(instance, OrganizationRow, "organizations")).text
    assert "harbor.example.org" in text
    assert "facebook" not in text


def test_who_pays_and_numbers_are_for_staff(client, instance):
    for row, kind in ((ServiceRow, "services"), (OrganizationRow, "organizations")):
        text = client.get(address_of(instance, row, kind)).text
        assert "Quillfeather" not in text
        assert "7654321" not in text
