"""The page that describes the API to people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint, abort, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.open_data.api.operations import LISTS, PARAMETERS
from referral.open_data.web.data_responses import PER_MINUTE, address_of
from referral.web.current import current_settings
from referral.web.terminal_device import is_terminal

open_data = Blueprint("open_data", __name__)
_PROGRAM = """\
import json
from urllib.request import urlopen

with urlopen("ADDRESS") as answer:
    for line in answer:
        service = json.loads(line)
        print(service["id"], service["name"])
"""


@dataclass(frozen=True, slots=True)
class Example:
    """An example URL of the API, and the label that describes its result."""

    label: str
    address: str


def has_open_data() -> bool:
    """Return whether the API is on and pages may link to it."""
    return current_settings().open_data and not is_terminal()


@open_data.get("/open-data")
def show() -> ResponseReturnValue:
    """Show the page about the API."""
    if not has_open_data():
        abort(404)
    lines = address_of("hsds.list_services", format="ndjson")
    return render_template(
        "open_data/open_data.html",
        base=url_for("hsds.about").rstrip("/"),
        lists=LISTS,
        parameters=PARAMETERS,
        kind_labels={
            "service": gettext("Services: what help there is"),
            "organization": gettext("Organizations that give it"),
            "service_at_location": gettext("Which service is given at which place"),
            "taxonomy": gettext("Lists of topics"),
            "taxonomy_term": gettext("Topics"),
        },
        examples=tuple(_examples()),
        start=address_of("hsds.list_services", per_page=5),
        command=f'curl -o services.ndjson "{lines}"',
        program=_PROGRAM.replace("ADDRESS", lines),
        per_minute=PER_MINUTE,
    )


def _examples() -> Iterable[Example]:
    yield Example(
        gettext("The first ten services that help with food"),
        address_of("hsds.list_services", search="food", per_page=10),
    )
    yield Example(
        gettext("All services with all that we know, one on each line"),
        address_of("hsds.list_services", format="ndjson", full="true"),
    )
    yield Example(
        gettext("Places that serve a ZIP code and are within five kilometers"),
        address_of("hsds.list_service_at_locations", postcode="16335", proximity=5000),
    )
