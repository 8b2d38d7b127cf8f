"""Pages of room today: of staff, of a provider's link, and the filter of searches."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from referral.capacity.capacity_links import list_capacity_links, make_capacity_link
from referral.capacity.statements import add_desk_statement, read_statements
from referral.records.accounts import COMMAND_LINE, Role
from tests.support.inspector import inspecting
from tests.support.staff import add_account, post, signed_in_client

NOON = datetime(2026, 11, 27, 17, tzinfo=UTC)  # noon in New York


@pytest.fixture(autouse=True)
def noon(time_machine):
    """Set the clock to noon."""
    time_machine.move_to(NOON)


@pytest.fixture
def staff(app, instance):
    """Give somebody who works at the desk."""
    add_account(instance, [Role.DESK])
    return signed_in_client(app)


def test_staff_say_it_on_the_listing_and_everybody_sees_it(staff, app, instance, service_id):
    listing = f"/services/{service_id}"
    assert "Free now" in staff.get(listing).text
    answer = post(
        staff, f"/staff/room/{service_id}", available="4", unit="Beds", next=f"{listing}?back=1"
    )
    assert (answer.status_code, answer.location) == (302, f"{listing}?back=1")
    assert "Saved. It shows on the listing now." in staff.get(f"{listing}?back=1").text
    text = staff.get(listing).text
    assert "Saved." not in text
    assert '<option value="Beds" selected>' in text
    patron = inspecting(app)
    text = patron.get(listing).text
    assert "<strong>4 beds</strong>, said at noon today" in text
    assert "Free now" not in text
    assert (
        "<strong>4 camas</strong>, dicho hoy a las 12 del mediodía"
        in patron.get(f"{listing}?lang=es").text
    )
    assert "4 beds" not in patron.get(f"{listing}/print").text  # paper outlives it


@pytest.mark.slow
def test_staff_see_who_said_it_and_hand_out_and_end_links(staff, instance, service_id):
    page = f"/staff/room/{service_id}"
    post(staff, page, full="0", unit="Beds")
    text = staff.get(page).text
    assert "No beds free" in text
    assert "Pat" in text
    handed = post(staff, f"{page}/link", page=page, unit="Beds")
    assert re.search(r"/room/[\w-]{43}<", handed.text)
    assert "not used yet" in staff.get(page).text
    post(staff, f"{page}/link/end", page=page, unit="Beds")
    assert list_capacity_links(instance, service_id) == ()


@pytest.mark.slow
def test_a_wrong_number_is_said_kindly_and_kept_nowhere(staff, instance, service_id):
    for free in ("", "many", "-1", "1000", "½"):
        answer = post(staff, f"/staff/room/{service_id}", available=free, unit="Beds")
        assert answer.status_code == 400
        assert "Type a number from 0 to 999." in answer.text
    assert read_statements(instance, service_id) == ()


def test_nobody_else_may_say_it(app, instance, service_id):
    client = app.test_client()
    assert client.get(f"/staff/room/{service_id}").status_code == 302
    assert client.post(f"/staff/room/{service_id}").status_code in {302, 400}


@pytest.mark.slow
def test_a_provider_says_it_with_one_tap(app, instance, service_id):
    link = make_capacity_link(instance, COMMAND_LINE, service_id, "Beds")
    address, provider = f"/room/{link.token}", inspecting(app)
    assert "We show nothing now." in provider.get(address).text
    assert provider.head(address).status_code == 200
    assert read_statements(instance, service_id) == ()  # looking changes nothing
    answer = post(provider, address, available="4")
    assert answer.status_code == 302
    assert "4 beds" in provider.get(answer.location).text
    assert "4 beds" in provider.get(f"/services/{service_id}").text
    assert post(provider, address, available="x").status_code == 400
    assert post(provider, "/room/unknown", page=address, available="1").status_code == 404
    assert provider.get("/room/unknown").status_code == 404


@pytest.mark.slow
def test_searches_have_the_filter_while_somebody_said_there_is_room(
    client, instance, services, time_machine
):
    instance.index.sync()
    assert "Has room now" not in client.get("/search").text
    add_desk_statement(instance, COMMAND_LINE, services[0], "Meals", 7)
    assert "Has room now (1)" in client.get("/search").text
    text = client.get("/search?room=yes").text
    assert "<strong>7 meals</strong>, said at noon today" in text
    assert text.count('class="result service-card') == 1
    time_machine.move_to(NOON + timedelta(hours=25))
    text = client.get("/search?room=yes").text
    assert "7 meals" not in text
    assert text.count('class="result service-card') == 0
