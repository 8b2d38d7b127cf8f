"""The feed for feed readers has names of public services, and ids of what is gone."""

from xml.etree.ElementTree import fromstring

import pytest

from referral.publishing.ledger_updates import update_ledger
from referral.store.rows import ServiceRow
from tests.hsds_api.conftest import ApiClient
from tests.publishing.test_changes_feed import edit
from tests.support.editing import PANTRY, SHELTER

NAMES = {"a": "http://www.w3.org/2005/Atom", "t": "http://purl.org/atompub/tombstones/1.0"}


def read(api):
    response = api.send("/changes.atom")
    assert response.mimetype == "application/atom+xml"
    return fromstring(response.data)


def titles(feed):
    found = feed.findall("a:entry", NAMES)
    return {each.findtext("a:id", "", NAMES): each.findtext("a:title", "", NAMES) for each in found}


def test_it_has_what_changed_last_first(directory, app):
    api = ApiClient(app)
    assert titles(read(api)) == {}
    update_ledger(directory)
    assert {f"urn:uuid:{each}" for each in (PANTRY, SHELTER)} <= titles(read(api)).keys()
    edit(directory, ServiceRow, PANTRY, name="Food <shelf>\x01")
    update_ledger(directory)
    feed = read(api)
    entry = feed.find("a:entry", NAMES)
    assert entry.findtext("a:title", "", NAMES) == "Food <shelf>"
    assert entry.findtext("a:updated", "", NAMES) == feed.findtext("a:updated", "", NAMES)
    link = entry.find("a:link", NAMES).get("href")
    page = api.plain.get(link.removeprefix("http://localhost"))
    assert page.status_code == 200
    assert feed.find("a:link", NAMES).get("href").endswith("/hsds/3.1/changes.atom")


@pytest.mark.parametrize("seen", ["withheld", "staff"])
def test_what_is_withheld_is_not_named_from_that_moment_on(directory, app, seen):
    update_ledger(directory)
    api = ApiClient(app)
    name = titles(read(api))[f"urn:uuid:{PANTRY}"]
    edit(directory, ServiceRow, PANTRY, visibility=seen)
    assert f"urn:uuid:{PANTRY}" not in titles(read(api))
    update_ledger(directory)
    assert name not in api.send("/changes.atom").text
    gone = read(api).findall("t:deleted-entry", NAMES)
    assert [each.get("ref") for each in gone] == [f"urn:uuid:{PANTRY}"]
