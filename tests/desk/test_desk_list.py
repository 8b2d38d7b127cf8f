"""The list of desks: an admin keeps it, a computer remembers one, a retired one keeps its name."""

import pytest
from itsdangerous import Signer
from sqlalchemy import select

from referral.desk.codes import Channel
from referral.desk.desk_list import list_desks, save_desk, set_in_use
from referral.desk.question_log import log_question
from referral.desk.records import Question
from referral.desk.rows import InquiryRow
from referral.desk.web.computer_desk import desk_id, set_computer_desk
from referral.errors import RefusedError
from referral.records.accounts import COMMAND_LINE, Role
from tests.support.desk import Desk
from tests.support.staff import add_account, post, signed_in_client


def add_desk(instance, name="Front desk", branch="North"):
    return save_desk(instance, COMMAND_LINE, name, branch)


def test_a_name_stands_once_in_a_branch_and_a_branch_has_one_spelling(instance):
    add_desk(instance)
    with pytest.raises(RefusedError, match="in the list already"):
        add_desk(instance, "front-desk", "NORTH")
    add_desk(instance, "Children", "north ")
    add_desk(instance, "Front desk", "South")
    assert [desk.label for desk in list_desks(instance)] == [
        "North: Children", "North: Front desk", "South: Front desk",
    ]  # fmt: skip


def test_branches_are_in_the_order_of_their_numbers(instance):
    for branch in ("Branch 10", "Branch 2", "annex", "branch 1"):
        add_desk(instance, branch=branch)
    found = [desk.branch for desk in list_desks(instance)]
    assert found == ["annex", "branch 1", "Branch 2", "Branch 10"]


@pytest.mark.parametrize("name", ["", " ", "x" * 61])
def test_a_desk_has_a_name_that_fits(instance, name):
    with pytest.raises(RefusedError):
        add_desk(instance, name)


@pytest.mark.slow
def test_an_admin_keeps_the_list(instance, app):
    add_account(instance, [Role.ADMIN])
    admin, path = signed_in_client(app), "/admin/desks"
    assert post(admin, path, name="Front desk", branch="North").status_code == 302
    assert post(admin, path, name="front desk", branch="north").status_code == 400
    [desk] = list_desks(instance)
    assert post(admin, f"{path}/{desk.id}", name="Help desk", branch="").status_code == 302
    assert post(admin, f"{path}/{desk.id}/use", path, in_use="no").status_code == 302
    [desk] = list_desks(instance)
    assert (desk.label, desk.in_use) == ("Help desk", False)
    assert "Not in use" in admin.get(path).text


def test_only_an_admin_does(instance, app):
    desk = Desk(app, instance)
    for path in ("/admin/desks", "/admin/desks/statistics"):
        assert desk.client.get(path).status_code == 403


@pytest.mark.slow
def test_a_computer_remembers_its_desk_and_what_is_retired_keeps_its_name(instance, app):
    north, desk = add_desk(instance), Desk(app, instance)
    desk.press("/desk/mode", **{"mode-desk": north, "mode-channel": "phone"})
    assert "North: Front desk" in desk.client.get("/desk").text
    desk.press("/desk/quick", **{"log-what": "need:legal", "log-outcome": "information",
                                 "log-channel": "phone", "log-desk": north})  # fmt: skip
    desk.press("/desk/inquiries")
    assert (desk.inquiry.desk, desk.inquiry.details.channel) == (north, Channel.PHONE)
    set_in_use(instance, COMMAND_LINE, north, in_use=False)
    assert f'value="{north}"' not in desk.client.get("/desk").text
    for _ in range(5):
        log_question(instance, desk.account, Question(
            heading="legal", outcome="information", desk=north))  # fmt: skip
    text = desk.client.get("/desk/reports/statistics").text
    assert "North: Front desk" in text


def test_no_free_text_becomes_a_desk(instance, app):
    desk = Desk(app, instance)
    desk.press("/desk/mode", **{"mode-desk": "Anything"})
    desk.press("/desk/inquiries")
    assert desk.inquiry.desk == ""
    desk.press("/desk/quick", **{"log-what": "type:reference", "log-desk": "Anything"})
    with instance.store.read() as session:
        assert set(session.scalars(select(InquiryRow.desk))) == {""}


def test_a_terminal_of_patrons_never_has_a_desk(instance, app):
    north = add_desk(instance)
    mark = Signer(instance.settings.secret_key, salt="terminal mark").sign("d1").decode()
    for cookie, desk in ((f"desk={north}.phone", north), (f"desk={north}.; terminal={mark}", "")):
        with app.test_request_context("/desk", headers={"Cookie": cookie}):
            response = app.make_response("")
            set_computer_desk(response, north, Channel.PHONE)
            assert desk_id() == desk
            assert (f"desk={north}.phone" in response.headers.get("Set-Cookie", "")) == bool(desk)
