"""What a library sets on its page is on all pages and nodes; the environment wins."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from io import BytesIO

import pytest

from referral.accounts.audit import read_audit_log
from referral.app import create_app
from referral.directory.instance import open_instance
from referral.library.first_day import Task, first_day_tasks
from referral.records.accounts import Role
from referral.settings import LIBRARY_SETTINGS, Settings
from referral.store.rows_texts import LibrarySettingRow
from tests.support.inspector import soup_of
from tests.support.staff import add_account, form_of, signed_in_client

PAGE = "/admin/library"
PIXEL = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def save(client, **changed):
    fields = {**form_of(client.get(PAGE), "form[enctype]"), **changed}
    sent = {name: value for name, value in fields.items() if value is not None}
    return client.post(PAGE, data=sent, content_type="multipart/form-data")


def test_what_is_saved_is_on_pages_in_the_log_and_on_other_nodes(admin, app, instance):
    other = open_instance(replace(instance.given, instance_path=instance.given.instance_path))
    answer = save(admin, library_name="Meadville Library", home="Chicago, IL", area_code="312", ask_phone="555-0100",
                  call_first_days="100", holidays="2026-12-24 Christmas Eve\r\n2027-01-02 Inventory")  # fmt: skip
    assert answer.status_code == 302
    settings = instance.settings
    assert settings.library_name == "Meadville Library"
    assert (settings.timezone, settings.area_code) == ("America/Chicago", "312")
    assert settings.call_first_days == 100
    assert list(settings.holidays.values()) == ["Christmas Eve", "Inventory"]
    page = app.test_client().get("/").text
    assert "Meadville Library" in page
    assert "(312) 555-0100" in app.test_client().get("/help-lines").text
    assert other.settings.library_name != "Meadville Library"
    other.texts.refresh()
    assert other.settings == settings
    instance.index.sync()
    assert instance.index._snapshots.latest().hours.zone == "America/Chicago"
    other.close()
    changes = {
        each.record_id: each.detail
        for each in read_audit_log(instance).entries
        if each.action == "setting-changed"
    }
    assert changes["library_name"] == {"before": "", "after": "Meadville Library"}
    assert changes["area_code"]["after"] == "312"
    assert set(changes) == {
        "library_name", "home", "timezone", "area_code", "ask_phone", "call_first_days", "holidays",
    }  # fmt: skip


def test_the_area_code_follows_from_a_place_that_has_one_only(admin, instance):
    assert "582, 814" in soup_of(save(admin, home="16335")).select_one("#area_code-error").text
    assert save(admin, home="32601").status_code == 302
    assert instance.settings.area_code == "352"


def test_a_town_that_several_states_have_needs_what_tells_which(admin, instance):
    error = soup_of(save(admin, home="Springfield", area_code="")).select_one("#home-error").text
    assert "There are several: Springfield, AR" in error
    for home in ("Springfield", "Springfield, IL 62701", "62701 Springfield"):
        assert save(admin, home=home, area_code="217").status_code == 302
        assert instance.settings.timezone == "America/Chicago"


def test_what_is_as_it_comes_is_not_stored(admin, instance):
    save(admin, library_name="Meadville Library")
    save(admin, library_name=instance.given.library_name)
    with instance.store.read() as session:
        assert session.query(LibrarySettingRow).count() == 0


def test_the_environment_wins_and_is_shown_as_fixed(instance):
    fixed = replace(
        instance.given, library_name="From the server", open_data=False,
        fixed=frozenset({"library_name", "open_data"}),
    )  # fmt: skip
    add_account(instance)
    client = signed_in_client(create_app(fixed, replace(instance, given=fixed)))
    soup = soup_of(client.get(PAGE))
    assert soup.select_one("#library_name")["value"] == "From the server"
    assert soup.select_one("#library_name").has_attr("disabled")
    assert "REFERRAL_LIBRARY_NAME" in soup.text
    assert "REFERRAL_OPEN_DATA" in soup.text
    assert save(client, library_name="Mine", open_data="y", ask_place="Desk").status_code == 302
    with instance.store.read() as session:
        assert {row.name for row in session.query(LibrarySettingRow)} == {"ask_place"}


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("library_name", " ", "Please fill this in"),
        ("home", "Nowhere at all", "We do not know this place"),
        ("home", "Springfeldia", "We do not know this place"),
        ("area_code", "81", "three digits"),
        ("ask_phone", "55", "Nobody can dial this"),
        ("ask_email", "desk at library", "Write an email address"),
        ("color_link", "blue", "Write a color like"),
        ("color_primary", "#ffdd00", "Choose a darker color"),
        ("color_ground", "#555555", "Choose a lighter color"),
        ("holidays", "Christmas Eve", "Christmas Eve"),
        ("contact_days", "0", "Give a number of days"),
    ],
)
def test_a_bad_value_is_said_beside_its_field_and_nothing_is_stored(
    admin, instance, name, value, says
):
    answer = save(admin, library_name="Other", **{name: value}) if name != "library_name" else save(
        admin, library_name=value
    )  # fmt: skip
    assert answer.status_code == 422
    error = soup_of(answer).select_one(f"#{name}-error")
    assert says in error.text
    assert soup_of(answer).select_one(f"#{name}")["aria-describedby"].endswith(f"{name}-error")
    with instance.store.read() as session:
        assert session.query(LibrarySettingRow).count() == 0


def test_a_logo_is_shown_on_all_pages_and_can_be_taken_away(admin, app, instance):
    script = b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'
    refused = save(admin, logo=(BytesIO(script), "logo.svg"))
    assert "only draws" in soup_of(refused).select_one("#logo-error").text
    assert save(admin, logo=(BytesIO(PIXEL), "logo.png")).status_code == 302
    served = app.test_client().get("/theme/logo")
    assert (served.data, served.mimetype) == (PIXEL, "image/png")
    save(admin, no_logo="y")
    assert instance.settings.logo is None


def test_a_preview_stores_nothing(admin, instance):
    page = soup_of(save(admin, color_primary="#004040", preview="yes"))
    sheet = page.select_one("link[href*='colors.css']")["href"]
    assert "--primary: #004040" in admin.get(sheet).text
    assert instance.settings.color_primary is None


def test_what_is_closed_to_the_public_is_closed_at_once(admin, app):
    client = app.test_client()
    assert client.get("/hsds/3.1/services").status_code == 200
    save(admin, open_data=None, search_engines=None, languages=None)
    assert client.get("/hsds/3.1/services").status_code == 404
    assert "Disallow: /\n" in client.get("/robots.txt").text
    assert not soup_of(client.get("/")).select("[hreflang=es]")


def test_only_who_may_change_settings_opens_the_page(app, instance):
    add_account(instance, email="desk@library.example", roles=[Role.DESK])
    assert signed_in_client(app, email="desk@library.example").get(PAGE).status_code == 403


def test_texts_of_settings_are_read_as_they_were(instance):
    texts = {
        "library_name": "A", "color_link": "#0a5c8a", "holidays": "2026-12-24 Eve, 2026-12-31 End",
        "open_data": "no", "detail_days": "30", "languages": "es",
    }  # fmt: skip
    settings = Settings(
        instance_path=instance.given.instance_path, database_url="", secret_key="x" * 32
    )
    again = settings.with_library(texts).library_texts()
    assert {name: again[name] for name in texts} == texts
    assert settings.with_library(dict.fromkeys(LIBRARY_SETTINGS, "\x00") | {"nonsense": "x"})


def test_the_first_day_is_ticked_by_what_is_so(admin, instance):
    assert not any(first_day_tasks(instance).values())
    assert "Your first day" in admin.get("/staff").text
    save(admin, library_name="Meadville Library", home="16335", area_code="814")
    add_account(instance, email="other@library.example")
    done = {task for task, is_done in first_day_tasks(instance).items() if is_done}
    assert done == {Task.NAME, Task.COLLEAGUE}
    form = soup_of(admin.get("/staff")).select_one("form[action$='/first-day/away']")
    admin.post(form["action"], data={each["name"]: each["value"] for each in form.select("input")})
    assert "Your first day" not in admin.get("/staff").text
