"""Fixtures of tests of the API."""

import json

import pytest
from flask.testing import FlaskClient

from referral.open_data.web import data_responses
from referral.open_data.web.data_responses import RequestLimits

BASE = "/hsds/3.1"


@pytest.fixture(autouse=True)
def forget_clients(monkeypatch):
    """Count anew for each test what clients asked for, which a process does for all its apps."""
    monkeypatch.setattr(data_responses, "_LIMITS", RequestLimits())


class ApiClient:
    """Asks the API, and checks what every answer must have."""

    def __init__(self, app, base=BASE):
        self.app, self.base = app, base
        self.plain = FlaskClient(app, app.response_class)

    def at(self, base):
        """Give the same under another prefix."""
        return ApiClient(self.app, base)

    def send(self, path, *, method="GET", status=200, **more):
        """Give the response."""
        response = self.plain.open(self.base + path, method=method, **more)
        assert response.status_code == status, response.text[:500]
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "Set-Cookie" not in response.headers
        return response

    def get(self, path, **parameters):
        """Give the JSON of an answer without nulls."""
        return without_nulls(self.send(path, query_string=parameters).get_json())

    def lines(self, path, **parameters):
        """Give the objects of a stream."""
        text = self.send(path, query_string={"format": "ndjson", **parameters}).text
        return [without_nulls(json.loads(line)) for line in text.splitlines()]

    def problem(self, path, status=400, **more):
        """Give what is wrong."""
        response = self.send(path, status=status, **more)
        assert response.mimetype == "application/problem+json"
        assert response.headers["Cache-Control"] == "no-store"
        found = response.get_json()
        assert found["status"] == status
        assert found["title"]
        return found


def without_nulls(found):
    """Give the same, which has no null."""
    parts = found.values() if isinstance(found, dict) else found
    if isinstance(found, dict | list):
        for part in parts:
            assert part is not None
            without_nulls(part)
    return found


@pytest.fixture
def api(sample_app):
    """Ask the API of the demo."""
    return ApiClient(sample_app)
