"""What cannot be answered says what to do; what is for programs knows nobody."""

from dataclasses import replace

import pytest

from referral.app import create_app
from tests.open_data.api.conftest import BASE, ApiClient
from tests.support.pages import terminal_settings

NOBODY = "5b5743ff-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        ({"page": "0"}, "page"),
        ({"page": "two"}, "page"),
        ({"page": "1000001"}, "page"),
        ({"per_page": "-1"}, "per_page"),
        ({"full": "yes"}, "full"),
        ({"format": "xml"}, "format"),
        ({"colour": "red"}, "colour"),
        ({"search": "x" * 201}, "search"),
        ({"search": ["a", "b"]}, "search"),
    ],
)
def test_what_is_wrong_is_named(api, asked, parameter):
    found = api.problem("/services", query_string=asked)
    assert found["parameter"] == parameter
    assert found["detail"]


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        ({"postcode": "00000"}, "postcode"),
        ({"proximity": "far"}, "proximity"),
        ({"proximity": "500"}, "proximity"),
    ],
)
def test_what_is_wrong_with_a_place_is_named(api, asked, parameter):
    assert api.problem("/service_at_locations", query_string=asked)["parameter"] == parameter


@pytest.mark.parametrize(
    "body",
    [
        b"[1]",
        b"{",
        b"null",
        b'{"page": [1]}',
        b'{"page": null}',
        b"[" * 200_000,
        b'{"page":' * 200_000,
    ],
)
def test_a_body_that_is_no_object_is_refused(api, body):
    api.problem("/services", method="POST", data=body, content_type="application/json")


@pytest.mark.parametrize(
    "path", [f"/services/{NOBODY}", "/services/%00", "/services/a/b", "/thing", "/taxonomies/x"]
)
def test_what_is_not_there_is_404(api, path):
    assert api.problem(path, 404)["detail"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/services"), ("POST", f"/services/{NOBODY}"), ("DELETE", "/services")],
)
def test_other_methods_are_405(api, method, path):
    response = api.send(path, method=method, status=405)
    assert "GET" in response.headers["Allow"]
    assert response.mimetype == "application/problem+json"


def test_an_index_that_cannot_answer_says_when_to_come_again(instance, app):
    found = ApiClient(app).send("/services?search=food", status=503)
    assert found.headers["Retry-After"]
    assert ApiClient(app).get("/services")["empty"] is True


def test_an_answer_that_is_known_is_not_sent_again(api):
    first = api.send("/services")
    assert first.headers["Cache-Control"] == "public, no-cache"
    again = api.send("/services", status=304, headers={"If-None-Match": first.headers["ETag"]})
    assert not again.data
    assert api.send("/services?page=2", headers={"If-None-Match": first.headers["ETag"]}).data


def test_another_site_may_ask_and_pages_stay_ours(api, sample_app):
    preflight = api.send("/services", method="OPTIONS")
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    assert api.send("/services").headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    for path in ("/", "/search?q=food", "/about", "/my-list"):
        page = api.plain.get(path)
        assert "Access-Control-Allow-Origin" not in page.headers
        assert page.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert page.headers["Cache-Control"] == "no-store"


def test_there_is_nothing_of_it_at_a_terminal(sample_instance):
    app = create_app(terminal_settings(sample_instance), sample_instance)
    for path in ("/", "/services", "/thing"):
        response = ApiClient(app).plain.get(BASE + path, follow_redirects=True)
        assert response.status_code == 404
        assert "no-store" in response.headers["Cache-Control"]


def test_a_whole_number_of_json_may_have_a_point(api):
    found = api.send(
        "/services", method="POST", data=b'{"per_page": 2.0}', content_type="application/json"
    )
    assert found.get_json()["size"] == 2
    api.problem(
        "/services", method="POST", data=b'{"per_page": 2.5}', content_type="application/json"
    )


@pytest.mark.parametrize(
    "asked",
    [{"search": 5}, {"search": True}, {"taxonomy_term_id": -1}, {"page": "2"}, {"page": True},
     {"full": "true"}, {"full": 1}, {"search": ["a"]}, {"search": {}}],
)  # fmt: skip
def test_values_of_json_have_the_types_of_the_description(api, asked):
    found = api.problem("/services", method="POST", json=asked)
    assert [found["parameter"]] == list(asked)
    assert api.problem("/services", method="POST", json={"colour": None})["parameter"] == "colour"


def test_what_is_meant_is_taken(api):
    usual = api.get("/services")
    assert api.get("/services", search="", page="", organization_id=" ") == usual
    assert api.get("/services", full="True", per_page=3) == api.get(
        "/services", full="true", per_page=3
    )
    assert api.get("/services", per_page=1000)["size"] == 200
    key = usual["contents"][0]["id"]
    assert api.get(f"/services/{key.upper()}")["id"] == key
    owner = usual["contents"][0]["organization"]["id"]
    listed = api.get("/services", organization_id=owner.upper())
    assert listed == api.get("/services", organization_id=owner)
    for path in ("/services", f"/services/{key}"):
        led = api.send(f"{path}/?per_page=2", status=308)
        assert led.headers["Location"].endswith(f"{BASE}{path}?per_page=2")


def test_a_body_of_another_type_is_not_everything(api):
    api.problem("/services", 415, method="POST", data=b"a: 1", content_type="application/yaml")


def test_the_license_is_in_the_api(sample_instance):
    settings = replace(sample_instance.settings, open_data_license="CC BY 4.0")
    api = ApiClient(create_app(settings, sample_instance))
    assert api.get("/")["license"] == "CC BY 4.0"
    assert api.get("/openapi.json")["info"]["license"] == {"name": "CC BY 4.0"}
    assert "license" not in ApiClient(create_app(sample_instance.settings, sample_instance)).get(
        "/"
    )
