"""What is given to be kept on a device: to whom, and that nothing of a visit is in it."""

import json
import re

import pytest

from referral.app import create_app
from tests.support.inspector import inspecting, soup_of
from tests.support.pages import terminal_settings
from tests.support.staff import add_account, signed_in_client

RESULTS = "/search?q=food&near=16335"


def choose(client):
    button = soup_of(client.get(RESULTS)).select_one("button[name=add]")
    client.post(button["formaction"], data={"add": button["value"], "back": RESULTS})


def script_of(client, path):
    """The attributes of the script that keeps and forgets, None where a page has none."""
    return soup_of(client.get(path)).select_one("script[src*='/offline.js']")


def test_the_page_that_stands_in_has_nothing_of_a_visit(own_client):
    before = own_client.get("/offline")
    choose(own_client)
    page = own_client.get("/offline")
    assert page.text == before.text
    assert not [each for each in page.headers.getlist("Set-Cookie") if "referral" in each]
    said = soup_of(page).get_text(" ")
    assert "988" in said
    assert "You are offline. This is from " in said


def test_the_worker_is_given_with_the_files_of_its_page(own_client):
    address = script_of(own_client, "/")["data-worker"]
    answer = own_client.get(address)
    shell = json.loads(re.match(r"const shell = (\{.*\});\n", answer.text)[1])
    assert shell["page"] == "/offline"
    wanted = soup_of(own_client.get("/offline"))
    sheets = {each["href"] for each in wanted.select("link[rel=stylesheet]:not([media])")}
    scripts = {each["src"] for each in wanted.select("script[src]")}
    assert sheets | scripts <= set(shell["files"])
    for each in shell["files"]:
        with own_client.get(each) as file:
            assert file.status_code == 200
    assert "private" in answer.headers["Cache-Control"]
    policy = answer.headers["Content-Security-Policy"]
    assert "worker-src 'self'" in policy


@pytest.mark.slow
def test_a_version_stands_for_language_and_help_lines(demo):
    client = inspecting(create_app(demo.settings, demo))
    first = script_of(client, "/")["data-worker"]
    assert script_of(client, "/about")["data-worker"] == first
    (demo.settings.instance_path / "help_lines.csv").write_text(
        "key,name,tel,phone\ncounty,County line,+18145550199,814-555-0199\n"
    )
    second = script_of(client, "/")["data-worker"]
    assert len({first, second, script_of(client, "/?lang=es")["data-worker"]}) == 3


def test_the_list_is_given_in_a_few_lines(own_client):
    assert own_client.get("/my-list/offline").status_code == 204
    choose(own_client)
    name = soup_of(own_client.get("/my-list")).select_one(".my-list .result-name a").text
    answer = own_client.get("/my-list/offline")
    assert answer.mimetype == "text/plain"
    assert answer.headers["X-List-Mark"] == script_of(own_client, "/my-list")["data-mark"]
    assert name in answer.text
    assert not re.search(r"csrf|<form|<button|Open now|Opens ", answer.text)
    own_client.post("/my-list/change", data={"clear": "yes"})
    assert script_of(own_client, "/my-list")["data-mark"] == ""


@pytest.mark.parametrize("who", ["terminal", "staff"])
def test_a_terminal_and_staff_get_what_ends_a_worker(own_directory, own_app, who):
    if who == "terminal":
        client = inspecting(create_app(terminal_settings(own_directory), own_directory))
    else:
        add_account(own_directory, email="worker@example.org")
        client = signed_in_client(own_app, "worker@example.org")
    for path in ("/", "/staff/sign-in"):
        found = script_of(client, path)
        assert found is None or found["data-mode"] == "forget"
        assert found is None or "data-worker" not in found.attrs
    assert script_of(client, "/")["data-mode"] == "forget"
    assert "unregister" in client.get("/service-worker").text
    assert "addAll" not in client.get("/service-worker").text
    assert client.get("/offline").status_code == 404
    assert client.get("/my-list/offline", follow_redirects=True).status_code == 204


def test_signing_in_forgets_and_an_error_does_neither(own_client):
    assert script_of(own_client, "/staff/sign-in")["data-mode"] == "forget"
    assert script_of(own_client, "/nowhere") is None
    assert script_of(own_client, "/about")["data-mode"] == "keep"


@pytest.mark.parametrize("path", ["/about", "/safety"])
def test_the_pages_say_what_the_device_keeps(own_client, path):
    said = soup_of(own_client.get(path)).get_text(" ", strip=True)
    for sentence in (
        "Your own device keeps the help lines and the list you looked at.",
        "It goes when you clear it or leave fast.",
        "It also goes when you close the browser.",
        "A computer that many people share keeps nothing.",
    ):
        assert sentence in said
