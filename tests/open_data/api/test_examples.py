"""The examples of the documentation and of the page about it give what they say."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from referral.open_data.web import data_responses
from referral.open_data.web.data_responses import RequestLimits
from tests.open_data.api.conftest import ApiClient
from tests.support.server import serving

PAGE = Path(__file__).resolve().parents[3] / "docs" / "open-data.md"
EXAMPLE = re.compile(r"^(GET|POST) (/hsds\S*)(?: (\{.*\}))?$", re.MULTILINE)
EXAMPLES = EXAMPLE.findall(PAGE.read_text(encoding="utf-8"))


def test_there_are_examples():
    assert len(EXAMPLES) >= 6


@pytest.mark.parametrize(("method", "address", "body"), EXAMPLES)
def test_an_example_of_the_documentation_gives_something(api, method, address, body):
    more = {"json": json.loads(body)} if body else {}
    response = api.at("").send(address, method=method, **more)
    if response.mimetype == "application/x-ndjson":
        assert response.text.count("\n") >= 100
    elif address.endswith("/"):
        assert response.get_json()["version"]
    else:
        assert response.get_json()["size"] > 0


@pytest.mark.slow
def test_the_examples_of_the_page_give_something(api, sample_client):
    page = BeautifulSoup(sample_client.get("/open-data").text, "html.parser")
    addresses = [each.text for each in page.select("ul code")]
    assert len(addresses) == 3
    for address in addresses:
        assert api.at("").send(address.removeprefix("http://localhost")).data


@pytest.mark.slow
def test_the_links_and_the_program_of_the_page_work(api, sample_app, tmp_path):
    page = BeautifulSoup(api.plain.get("/open-data").text, "html.parser")
    links = [each["href"].removeprefix("http://localhost") for each in page.select("main a[href]")]
    asked = [each for each in links if each.startswith("/hsds")]
    assert len(asked) > 10
    for each in asked:
        assert api.at("").send(each).data
    (told,) = page.select("pre code.python")
    with serving(sample_app) as address:
        program = told.text.replace("http://localhost", address)
        run = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
        )
    services = api.lines("/services")
    assert run.stdout.splitlines() == [f"{each['id']} {each['name']}" for each in services]


def test_a_library_may_turn_it_off(sample_instance):
    from dataclasses import replace

    from referral.app import create_app
    from tests.support.inspector import inspecting

    app = create_app(replace(sample_instance.settings, open_data=False), sample_instance)
    assert ApiClient(app).plain.get("/hsds/3.1/services").status_code == 404
    assert ApiClient(app).plain.get("/open-data").status_code == 404
    assert "/open-data" not in inspecting(app).get("/about").text


def test_a_client_that_asks_too_often_is_told_when_to_come_again(api, monkeypatch):
    monkeypatch.setattr(data_responses, "_LIMITS", RequestLimits(3))
    other = {"environ_base": {"REMOTE_ADDR": "203.0.113.9"}}
    left = [api.send("/taxonomies", **other).headers["RateLimit"] for _ in range(3)]
    assert [each.split(";")[1] for each in left] == ["r=2", "r=1", "r=0"]
    found = api.send("/taxonomies", status=429, **other)
    assert int(found.headers["Retry-After"]) <= 61
    assert found.mimetype == "application/problem+json"
    api.send("/taxonomies", environ_base={"REMOTE_ADDR": "203.0.113.10"})
    assert "RateLimit" not in api.send("/taxonomies").headers  # loopback is nobody's address


@pytest.mark.parametrize(
    ("path", "asked", "cost"),
    [
        ("services", {"per_page": 100}, 2),
        ("services", {"per_page": 100, "full": "true"}, 11),
        ("services", {"minimal": "true"}, 1),
        ("services", {"format": "ndjson", "full": "true"}, 41),
        ("organizations", {"per_page": 100, "full_service": "true"}, 37),
    ],
)
def test_an_answer_costs_what_it_has(sample_app, path, asked, cost):
    api = ApiClient(sample_app)
    found = api.send(
        f"/{path}", query_string=asked, environ_base={"REMOTE_ADDR": "203.0.113.9"}
    ).headers["RateLimit"]
    assert int(re.search(r"r=(\d+)", found)[1]) == 600 - cost
