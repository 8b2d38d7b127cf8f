"""Pages for staff who do something for the first time, and their pictures."""

import json

import pytest

from referral.records.accounts import Role
from tests.conftest import settings_for
from tests.support.browser import accessibility_faults
from tests.support.help_pictures import COMMAND, PICTURES, WORDS, sample_site, take_pictures
from tests.support.inspector import soup_of
from tests.support.staff import add_account, signed_in_client

PAGES = ("first-shift", "first-list", "first-report")
ABOUT = {
    "/desk": "first-shift",
    "/admin/imports/new": "first-list",
    "/desk/reports": "first-report",
}


@pytest.mark.parametrize(
    ("role", "pages"),
    [
        (Role.DESK, {"first-shift", "first-report"}),
        (Role.CURATION, {"first-list", "first-report"}),
        (Role.AUDIT, {"first-report"}),
    ],
)
def test_each_page_is_for_those_who_do_it(app, instance, role, pages):
    add_account(instance, [role])
    client = signed_in_client(app)
    start = {link["href"] for link in soup_of(client.get("/staff").text).select("main a[href]")}
    for page in PAGES:
        answer = client.get(f"/help/{page}")
        assert (answer.status_code == 200) == (f"/help/{page}" in start) == (page in pages)


def test_the_page_that_it_is_about_leads_there_and_back(app, instance):
    add_account(instance, Role)
    client = signed_in_client(app)
    for path, page in ABOUT.items():
        assert soup_of(client.get(path).text).select(f"main a[href='/help/{page}']")
        assert soup_of(client.get(f"/help/{page}").text).select(f"main a[href='{path}']")


def test_every_picture_is_shown_and_small(app, instance):
    add_account(instance, Role)
    client = signed_in_client(app)
    shown = [
        (image["src"].rpartition("/")[2].partition(".")[0], image["alt"])
        for page in PAGES
        for image in soup_of(client.get(f"/help/{page}").text).select(".first-steps img")
    ]
    assert {name for name, _ in shown} == json.loads(WORDS.read_text(encoding="utf-8")).keys()
    assert {path.stem for path in PICTURES.glob("*.png")} == {name for name, _ in shown}
    assert all(len(alt) > 20 for _, alt in shown)
    assert all(path.stat().st_size <= 60_000 for path in PICTURES.glob("*.png"))


def test_the_pictures_show_what_the_pages_say_now(visit, sqlite_databases, tmp_path):
    settings = settings_for(tmp_path / "site", sqlite_databases.empty(), sample_data=True)
    with sample_site(settings) as address:
        page = visit(address, locale="en-US")
        words = take_pictures(page, address, tmp_path)
        faults = {}
        for name in PAGES:
            page.goto(f"{address}/help/{name}")
            faults[name] = accessibility_faults(page)
    assert not any(faults.values()), faults
    recorded = json.loads(WORDS.read_text(encoding="utf-8"))
    changed = [name for name in words if words[name] != recorded.get(name)]
    assert not changed, f"These pictures are out of date: {changed}. Renew them: {COMMAND}"
