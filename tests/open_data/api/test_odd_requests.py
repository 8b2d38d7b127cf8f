"""Requests made from our own description of the API, fitting and odd: no failure, no 500.

They are made by schemathesis, without its plugin of pytest, which every run would load.
"""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable

from tests.open_data.api.conftest import BASE


def ask(app, count, modes):
    """Send requests of these kinds for every operation, and check each answer."""
    schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is in the test extra")
    from schemathesis.checks import load_all_checks
    from schemathesis.specs.openapi.checks import (
        negative_data_rejection,
        positive_data_acceptance,
    )

    load_all_checks()
    schema = schemathesis.openapi.from_wsgi(f"{BASE}/openapi.json", app)
    operations = [each.ok() for each in schema.get_all_operations()]
    assert len(operations) > 15
    asked = 0
    for operation in operations:
        for mode in modes:
            cases = operation.as_strategy(generation_mode=mode)

            @settings(
                max_examples=count, deadline=None, database=None,
                suppress_health_check=list(HealthCheck),
            )  # fmt: skip
            @given(case=cases)
            def test_operation(case):
                # Its transport for WSGI asks for gzip and does not unpack it. That a ZIP code must
                # exist, that a distance needs one, which cursors and times there are, no schema says.
                # Neither does it say that an id to go on from fits no search.
                names = ("service_at_locations", "services", "organizations", "changes")
                is_more = operation.label.endswith(names)  # noqa: B023
                # A form with an odd field twice is sent without any body by the same transport.
                is_form = case.media_type == "application/x-www-form-urlencoded"
                response = case.call_and_validate(
                    headers={"Accept-Encoding": "identity"},
                    excluded_checks=[
                        *([positive_data_acceptance] if is_more else []),
                        *([negative_data_rejection] if is_form else []),
                    ],
                )
                assert response.status_code != 500

            with suppress(Unsatisfiable):  # nothing is odd where nothing may be given
                test_operation()
                asked += 1
    assert asked > len(operations)


def modes():
    """Give the kinds of requests: fitting, and odd."""
    schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is in the test extra")
    return list(schemathesis.GenerationMode)


@pytest.mark.release
def test_many_requests_are_answered_as_described(sample_app):
    ask(sample_app, 60, modes())


def test_an_odd_field_of_a_form_is_refused(api):
    found = api.problem("/taxonomy_terms", method="POST", data={"odd": ["a", ""]})
    assert found["parameter"] == "odd"
