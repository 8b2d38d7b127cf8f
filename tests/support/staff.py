"""Staff accounts for tests, signed-in clients, and the forms that they send."""

import re
from collections.abc import Iterable

from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from referral.accounts.account_admin import invite
from referral.accounts.links import take_link
from referral.directory.instance import Instance
from referral.records.accounts import COMMAND_LINE, Account, Role
from tests.support.inspector import InspectingClient, inspecting, soup_of

PASSWORD = "three odd teapots sing"


def add_account(
    instance: Instance,
    roles: Iterable[Role] = (Role.ADMIN,),
    email: str = "pat@example.org",
    name: str = "Pat",
) -> Account:
    """Create an account that can sign in with ``PASSWORD``."""
    link = invite(instance, COMMAND_LINE, email, name, roles)
    return take_link(instance, link.token, PASSWORD)


def token_of(client: FlaskClient, path: str) -> str:
    """Return the CSRF token of the first form on a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(path).text)
    assert found, f"{path} has no form token"
    return found[1]


def post(client: FlaskClient, path: str, page: str = "", **fields: object) -> TestResponse:
    """Post a form with the CSRF token of its page (the same path by default).

    A token is valid for all forms of a session, so the page is fetched only for the first form and
    when the session has changed.
    """
    known = getattr(client, "form_token", "")
    if known and not any(hasattr(value, "read") for value in fields.values()):
        answer = client.post(path, data={"csrf_token": known, **fields})
        if answer.status_code != 400:
            return answer
    token = token_of(client, page or path)
    if isinstance(client, InspectingClient):
        client.form_token = token
    return client.post(path, data={"csrf_token": token, **fields})


def form_of(
    page: BeautifulSoup | TestResponse | str, selector: str = ".edit-form"
) -> dict[str, object]:
    """Return the fields of a form, filled as a browser would send them."""
    form = (page if isinstance(page, BeautifulSoup) else soup_of(page)).select_one(selector)
    assert form, f"there is no {selector}"
    fields: dict[str, list[str]] = {}
    for control in form.select("input[name], select[name], textarea[name]"):
        name, kind = str(control["name"]), control.get("type")
        if kind in {"radio", "checkbox"} and not control.has_attr("checked"):
            continue
        if kind in {"file", "submit"} or control.has_attr("disabled"):
            continue
        if control.name == "select":
            chosen = control.select_one("option[selected]") or control.select_one("option")
            value = str(chosen["value"]) if chosen else ""
        elif control.name == "textarea":
            value = control.text.strip("\r\n")  # a browser drops the line break after the tag
        else:
            value = str(control.get("value", ""))
        fields.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}


def submit(
    client: FlaskClient, path: str, fields: dict[str, object], do: str, **changes: object
) -> TestResponse:
    """Post the fields of a form by its button ``do``, some of them changed."""
    return client.post(path, data={**fields, **changes, "do": do})


def signed_in_client(app: Flask, email: str = "pat@example.org") -> InspectingClient:
    """Return an inspecting client in which the owner of an account is signed in."""
    client = inspecting(app)
    answer = post(client, "/staff/sign-in", email=email, password=PASSWORD)
    assert answer.status_code == 302, answer.text
    client.form_token = ""
    return client
