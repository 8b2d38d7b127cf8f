"""Slips: on paper at the desk, on a phone without an account."""

import pytest
from sqlalchemy import select

from referral.app import create_app
from referral.desk.codes import WhyNot
from referral.desk.inquiries import read_inquiry
from referral.records.classification import Translation
from referral.records.hsds import Contact
from referral.records.visibility import Audience
from referral.slips.records import SlipReply
from referral.slips.slips import read_slip
from referral.store.conversion import row_from
from referral.store.rows import PhoneRow, ServiceRow
from referral.store.visibility import shown_services
from referral.verification.feedback import list_reports
from referral.verification.records import ReportKind
from tests.support.desk import PANTRY, Desk, stock
from tests.support.inspector import inspecting
from tests.support.staff import post


@pytest.fixture
def desk(instance, app):
    stock(instance)
    desk = Desk(app, instance)
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


def test_the_sheet_says_that_what_was_on_it_is_no_longer_offered(desk, code, instance):
    with instance.store.write() as session:
        session.get_one(ServiceRow, PANTRY).retired_at = instance.now()
    text = desk.client.get(f"/desk/slips/{code}").text
    assert "River Pantry" not in text
    assert "Lo que había en esta lista ya no se ofrece." in text


def test_it_speaks_the_persons_language_and_its_buttons_that_of_staff(desk, code):
    name = Translation(
        id="t1", link_entity="service", link_id=PANTRY, language="es", field="name",
        text="Despensa del río",
    )  # fmt: skip
    with desk.instance.store.write() as session:
        session.add_all(map(row_from, (name, Contact(id="c1", service_id=PANTRY, name="Dana"))))
    text = desk.client.get(f"/desk/slips/{code}").text
    for words in (
        "Necesito ayuda con: Despensa del río. ¿Puedo hablar con Dana?",
        "¿Le sirvió?",
        "El código sirve hasta",
    ):
        assert words in text
    assert "Back to the desk" in text
    assert "Back to the slip" in desk.client.get(f"/desk/slips/{code}/picture").text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "The library told me about you. I am looking for help paying rent."),
        ("es", "La biblioteca me habló de ustedes. Busco ayuda para pagar la renta."),
    ],
)
def test_it_says_the_need_in_the_persons_words(demo, language, words):
    app = create_app(demo.settings, demo)
    desk = Desk(app, demo, "zoe@example.org")
    with demo.store.read() as session:
        service_id = session.scalars(
            select(ServiceRow.id).where(shown_services(Audience.PUBLIC))
        ).first()
    desk.press("/desk/needs", term="rent-help")
    desk.press("/desk/give", service=service_id)
    led = desk.press(f"/desk/inquiries/{desk.inquiry.id}/slip", language=language)
    assert words in desk.client.get(led).text
    on_phone = inspecting(app).get(led.replace("/desk/slips", "/l"))
    assert words in on_phone.text


def test_what_was_said_keeps_the_extension(instance, app):
    stock(instance)
    with instance.store.write() as session:
        session.get(PhoneRow, "p1").extension = "12"
    desk = Desk(app, instance)
    desk.press("/desk/give", service=PANTRY)
    assert desk.inquiry.needs[0].referrals[0].said["phone"] == "814-555-0111 ext. 12"


@pytest.mark.slow
@pytest.mark.parametrize(("others", "waiting"), [(0, []), (1, [ReportKind.PHONE])])
def test_a_wrong_tap_is_taken_back_where_nobody_else_said_so(desk, code, app, others, waiting):
    client = inspecting(app)
    post(client, f"/l/{code}", service=PANTRY, reply="wrong_number")
    for _ in range(others):
        led = desk.press(f"/desk/inquiries/{desk.inquiry.id}/slip").replace("/desk/slips", "/l")
        post(client, led, service=PANTRY, reply="wrong_number")
    post(client, f"/l/{code}", service=PANTRY, reply="got_help")
    with desk.instance.store.read() as session:
        assert [report.kind for report in list_reports(session, [PANTRY])] == waiting
    [need] = desk.inquiry.needs
    assert need.referrals[0].result.got_help is True


@pytest.mark.slow
@pytest.mark.parametrize(("training", "waiting"), [("", [ReportKind.PHONE]), ("yes", [])])
def test_a_wrong_number_waits_to_be_checked_unless_somebody_learns(desk, app, training, waiting):
    desk.press("/desk/mode", training=training)
    desk.press("/desk/inquiries")
    desk.press("/desk/give", service=PANTRY)
    led = desk.press(f"/desk/inquiries/{desk.inquiry.id}/slip").replace("/desk/slips", "/l")
    client = inspecting(app)
    for reply in ("wrong_number", "got_help", "wrong_number"):
        post(client, led, service=PANTRY, reply=reply)
    with desk.instance.store.read() as session:
        assert [report.kind for report in list_reports(session, [PANTRY])] == waiting


@pytest.mark.slow
def test_whoever_has_the_code_sees_the_list_and_says_what_became_of_it(desk, code, app):
    client = inspecting(app)
    led = post(client, "/l", code=f"{code[:4].lower()}-{code[4:]}").location
    assert led == f"/l/{code}"
    assert "River Pantry" in client.get(led).text
    assert post(client, led, service=PANTRY, reply="full").status_code == 302
    assert read_slip(desk.instance, code).replies == {PANTRY: SlipReply.FULL}
    text = client.get(led).text
    for words in ("Gracias", "Recibió ayuda", "Número equivocado", "El código sirve hasta"):
        assert words in text
    result = read_inquiry(desk.instance, desk.inquiry.id).needs[0].referrals[0].result
    assert result.why_not is WhyNot.FULL
    assert post(client, led, service=PANTRY, reply="odd").status_code == 400
    assert post(client, led, service="odd", reply="full").status_code == 404


@pytest.mark.slow
def test_wrong_codes_of_others_shut_nobody_out(desk, code, app):
    client = inspecting(app)
    assert len(code) == 10, "so long that guessing is hopeless without a limit"
    assert {client.get(f"/l/ZZZZZZ{number:02}").status_code for number in range(50)} == {404}
    assert client.get(f"/l/{code}").status_code == 200
