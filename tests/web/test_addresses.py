"""Addresses that we make ourselves are those that Flask makes."""

from __future__ import annotations

import hashlib

from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

PAGES = ("patron.search", "patron.home", "patron.organizations", "my_list.show", "health.ready")
NAMES = st.sampled_from(["q", "near", "heading", "page", "_anchor"])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = st.one_of(st.none(), TEXTS, st.integers(), st.lists(TEXTS, max_size=3))


@given(endpoint=st.sampled_from(PAGES), root=st.sampled_from(["/", "/find/help"]), data=st.data())
def test_any_values_read_as_flask_writes_them(sample_app, endpoint, root, data):
    values = data.draw(st.dictionaries(NAMES, VALUES, max_size=3))
    if not isinstance(values.get("_anchor"), str):
        values.pop("_anchor", None)
    with sample_app.test_request_context("/", base_url=f"http://localhost{root}"):
        expected = Flask.url_for(sample_app, endpoint, **values)
        assert sample_app.url_for(endpoint, **values) == expected
        assert sample_app.url_for(endpoint, **values) == expected  # what is kept is the same


def test_paths_with_a_value_in_them_are_right_below_any_root(sample_app, sample_cards):
    for root in ("/", "/find/help", "/"):
        for card in sample_cards[:3]:
            with sample_app.test_request_context("/", base_url=f"http://localhost{root}"):
                address = sample_app.url_for("patron.service", service_id=card.service.id)
                assert address == f"{root.rstrip('/')}/services/{card.service.id}"


def test_files_have_the_digest_of_what_is_in_them(sample_app, sample_client):
    with sample_app.test_request_context("/"):
        address = sample_app.url_for("static", filename="referral.css")
    with sample_client.get(address) as answer:
        digest = hashlib.sha256(answer.get_data()).hexdigest()
    assert address == f"/static/referral.css?v={digest[:10]}"
