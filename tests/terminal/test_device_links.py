"""One link marks one device; admins see the devices and take each back singly."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from referral.accounts.audit import read_audit_log
from referral.app import create_app
from referral.app.tidy import tidy
from referral.directory.instance import local_today
from referral.records.accounts import COMMAND_LINE, Role
from referral.terminal.devices import list_devices, make_link, read_link, use_link
from tests.support.inspector import inspecting, soup_of
from tests.support.staff import add_account, post, signed_in_client, token_of
from tests.terminal.test_pages import cookies_of

PAGE = "/admin/terminals"
NOT_SET_UP = "This computer is no longer set up as a shared computer."
MARK = "terminal"


def made_link(client, label="Lobby"):
    page = post(client, PAGE, label=label)
    assert page.headers["Cache-Control"] == "no-store"
    return urlsplit(soup_of(page).select_one("code.secret").text).path


def made_end_link(client):
    page = post(client, f"{PAGE}/end-link", PAGE)
    return urlsplit(soup_of(page).select_one("code.secret").text).path


def opened(client, path):
    """Open a link on a device, and say yes there."""
    return client.post(path, data={"csrf_token": token_of(client, path)})


def device_of(app, admin, label="Lobby"):
    client = inspecting(app)
    client._unchecked = frozenset({"title"})
    assert opened(client, made_link(admin, label)).status_code == 303
    return client


def forgets(client):
    return 'class="is-terminal"' in client.get("/").text


def test_a_link_makes_the_device_a_terminal_and_notes_who_did(admin, app, instance):
    link = made_link(admin)
    browser = inspecting(app)
    marked = cookies_of(opened(browser, link))[MARK]
    assert marked["httponly"]
    assert int(marked["max-age"]) > 300 * 24 * 3600
    assert forgets(browser)
    done, made = read_audit_log(instance).entries[:2]
    assert (made.action, made.actor_name) == ("terminal-link-made", "Pat")
    assert (done.action, done.actor_name) == ("terminal-marked", "link at a shared computer")
    log = admin.get("/admin/audit-log").text
    assert link.rpartition("/")[2] not in log
    assert "Lobby" not in log


def test_a_link_works_once(admin, app):
    link = made_link(admin)
    first, second = inspecting(app), inspecting(app)
    token = token_of(second, link)  # both have the page open
    opened(first, link)
    late = second.post(link, data={"csrf_token": token})
    assert late.status_code == 404
    assert "does not work any more" in late.text
    assert second.get(link).status_code == 404
    assert (forgets(first), forgets(second)) == (True, False)


@pytest.mark.both_databases
def test_reading_a_link_does_not_use_it_up_and_a_day_ends_it(instance, time_machine):
    token = make_link(instance, COMMAND_LINE, "Lobby")
    assert read_link(instance, token).label == read_link(instance, token).label == "Lobby"
    time_machine.move_to(datetime.now(UTC) + timedelta(hours=25))
    assert read_link(instance, token) is None
    assert use_link(instance, token, "") is None
    assert tidy(instance)["links"] == 1


@pytest.mark.parametrize("token", ["x", "dHJ1ZQ.aaaa.bbbb"])
def test_a_link_that_is_not_ours_makes_no_terminal(client, token):
    response = client.get(f"/terminal/{token}")
    assert response.status_code == 404
    assert "does not work any more" in response.text


def test_each_device_has_a_mark_of_its_own_which_each_visit_keeps(admin, app):
    marks = []
    for label in ("Lobby", "Children"):
        client = device_of(app, admin, label)
        before = client.get_cookie(MARK).value
        over = client.get("/start-over")
        assert over.headers["Clear-Site-Data"] == '"cache", "storage"'
        assert client.get_cookie(MARK).value == before
        marks.append(before)
    assert len(set(marks)) == 2


def test_the_page_lists_devices_with_the_days(admin, app, instance, time_machine):
    client = device_of(app, admin, "Children’s room")
    today = local_today(instance)
    time_machine.move_to(datetime.now(UTC) + timedelta(days=3))
    client.get("/")
    (device,) = list_devices(instance)
    assert (device.marked_on, (device.seen_on - today).days) == (today, 3)
    admin = signed_in_client(app)
    row = soup_of(admin.get(PAGE)).select_one("tbody tr")
    assert row.th.text == "Children’s room"
    assert len(row.select("td")) == 3


def test_the_day_is_written_once_and_by_no_other_page_of_it(admin, app, instance, time_machine):
    client = device_of(app, admin)
    time_machine.move_to(datetime.now(UTC) + timedelta(days=1))
    writes = []
    original = instance.store.write

    def counted(*arguments):
        writes.append(arguments)
        return original(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(instance.store, "write", counted)
        for _ in range(3):
            client.get("/about", follow_redirects=True)
    assert len(writes) == 1


@pytest.mark.slow
def test_a_device_that_is_taken_back_forgets_and_says_so(admin, app, instance):
    lobby, children = device_of(app, admin, "Lobby"), device_of(app, admin, "Children")
    first = next(each for each in list_devices(instance) if each.label == "Lobby")
    assert NOT_SET_UP not in lobby.get("/").text
    assert post(admin, f"{PAGE}/{first.id}/take-back", PAGE).status_code == 303
    for path in ("/", "/about", "/help-now"):
        page = lobby.get(path, follow_redirects=True)
        assert NOT_SET_UP in page.text
        assert 'class="is-terminal"' in page.text
        assert page.status_code == 200  # nobody is kept from help
    address = lobby.get("/about").location
    lobby.get("/start-over")
    assert urlsplit(lobby.get(address).location).path == "/"
    assert NOT_SET_UP not in children.get("/").text
    assert "Taken back on" in admin.get(PAGE).text
    (newest, *_) = read_audit_log(instance).entries
    assert (newest.action, newest.record_id) == ("terminal-taken-back", first.id)
    assert post(admin, f"{PAGE}/{first.id}/take-back", PAGE).status_code == 404  # it is


def test_a_device_that_no_list_knows_forgets_and_says_so(admin, app, instance, time_machine):
    client = device_of(app, admin)
    (device,) = list_devices(instance)
    post(admin, f"{PAGE}/{device.id}/take-back", PAGE)
    time_machine.move_to(datetime.now(UTC) + timedelta(days=401))
    assert tidy(instance)["terminals"] == 1
    assert forgets(client)
    assert NOT_SET_UP in client.get("/").text


def test_only_a_link_opened_at_the_device_ends_its_mark(admin, app, instance):
    client = device_of(app, admin)
    opened(client, made_end_link(admin))
    assert not forgets(client)
    assert client.get_cookie(MARK) is None
    assert list_devices(instance) == ()
    assert read_audit_log(instance).entries[0].action == "terminal-ended"


def test_a_device_that_is_marked_again_stands_once_in_the_list(admin, app, instance):
    client = device_of(app, admin, "Lobby")
    opened(client, made_link(admin, "Entrance"))
    assert [each.label for each in list_devices(instance)] == ["Entrance"]
    assert forgets(client)


@pytest.mark.parametrize("label", ["", " ", "x" * 61])
def test_a_device_needs_a_name(admin, instance, label):
    answer = post(admin, PAGE, label=label)
    assert answer.status_code == 400
    assert not soup_of(answer).select("code.secret")


def test_who_may_not_change_settings_makes_and_takes_back_nothing(app, instance):
    add_account(instance, [Role.DESK], "dana@example.org", "Dana")
    client = signed_in_client(app, "dana@example.org")
    token = token_of(client, "/staff/account")
    for path in (
        PAGE,
        f"{PAGE}/end-link",
        f"{PAGE}/7c9e00cd-105d-54b8-8729-e4acb309161b/take-back",
    ):
        assert client.post(path, data={"csrf_token": token}).status_code == 403


@pytest.mark.slow
def test_the_page_says_what_is_set(admin):
    text = admin.get(PAGE).text
    assert "after 120 seconds without a touch" in text
    assert "https://www.weather.gov/" in text


def test_a_link_that_only_this_computer_can_open_says_so(admin, instance):
    warning = "This address works on this computer only."
    assert warning in post(admin, PAGE, label="Lobby").text
    settings = replace(instance.settings, public_url="https://help.example.org")
    answer = post(signed_in_client(create_app(settings, instance)), PAGE, label="Lobby")
    assert warning not in answer.text
    assert "https://help.example.org/terminal/" in answer.text


@pytest.mark.parametrize("path", ["/start-over", "/exit"])
def test_leaving_signs_a_librarian_out_here_and_on_the_server(app, instance, path):
    add_account(instance)
    client = signed_in_client(app)
    kept = client.get_cookie("referral_staff").value
    client.get(path)
    assert client.get_cookie("referral_staff") is None
    client.set_cookie("referral_staff", kept)  # somebody who wrote the cookie down
    assert client.get("/staff").status_code == 302
