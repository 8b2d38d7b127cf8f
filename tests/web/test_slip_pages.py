"""Slips: on paper at the desk, on a phone without an account."""

import pytest

from referral.operations.inquiries import read_inquiry
from referral.operations.slips import read_slip
from referral.records.referral_results import WhyNot
from referral.records.slips import SlipReply
from tests.support.desk import PANTRY, Desk, stock
from tests.support.inspector import inspecting
from tests.support.staff import post


@pytest.fixture
def desk(directory, app):
    stock(directory)
    desk = Desk(app, directory)
    desk.press("/desk/give", service=PANTRY)
    return desk


@pytest.fixture
def code(desk):
    led = desk.press(f"/desk/inquiries/{desk.inquiry.id}/slip", language="es")
    return led.rpartition("/")[2]


def test_the_sheet_has_what_a_person_needs_and_no_inquiry(desk, code):
    text = desk.client.get(f"/desk/slips/{code}").text
    for words in ("River Pantry", "814-555-0111", "Bus 7 to Mill Street", f"/l/{code}", "<svg"):
        assert words in text
    assert desk.inquiry.id not in text
    assert desk.inquiry.code not in text
    assert f"/l/{code}" in desk.client.get(f"/desk/slips/{code}/picture").text


def test_whoever_has_the_code_sees_the_list_and_says_what_became_of_it(desk, code, app):
    client = inspecting(app)
    led = post(client, "/l", code=f"{code[:4].lower()}-{code[4:]}").location
    assert led == f"/l/{code}"
    assert "River Pantry" in client.get(led).text
    assert post(client, led, service=PANTRY, reply="full").status_code == 302
    assert read_slip(desk.directory, code).replies == {PANTRY: SlipReply.FULL}
    assert "Gracias" in client.get(led).text
    result = read_inquiry(desk.directory, desk.inquiry.id).needs[0].referrals[0].result
    assert result.why_not is WhyNot.FULL
    assert post(client, led, service=PANTRY, reply="odd").status_code == 400
    assert post(client, led, service="odd", reply="full").status_code == 404


def test_guessing_gets_slow_and_right_codes_do_not(desk, code, app):
    client = app.test_client()
    for _ in range(30):
        assert client.get(f"/l/{code}").status_code == 200
    answers = [client.get(f"/l/ZZZZZZ{number:02}").status_code for number in range(25)]
    assert answers[:20] == [404] * 20
    assert answers[-1] == 429
    assert client.get(f"/l/{code}").status_code == 429
