"""An admin adds, changes and takes away help lines; pages follow, and the file is never half."""

import csv
import os
import time

import pytest

from referral.accounts.audit import read_audit_log
from referral.directory.help_lines import check_help_lines, help_lines, own_file_path
from referral.directory.instance import local_today
from referral.help_lines.editing import lines_without_danger
from referral.library.own_settings import save_own_settings
from referral.records.accounts import COMMAND_LINE, Role
from tests.support.inspector import soup_of
from tests.support.staff import add_account, form_of, post, signed_in_client

LIST = "/admin/help-lines"
NEW = f"{LIST}/new"


@pytest.fixture
def today(instance):
    return local_today(instance)


@pytest.fixture
def typed(today):
    """Give a line as somebody types it."""
    return {
        "name": "County crisis line",
        "name_es": "Línea de crisis del condado",
        "what_for": "You need to talk to somebody.",
        "what_for_es": "Necesita hablar con alguien.",
        "phone": "(814) 555-0100 ext. 4",
        "text_to": "741741",
        "hours": "24/7",
        "sort": "15",
        "strip": "yes",
        "checked_on": today.isoformat(),
    }


def line_of(instance, key):
    return next((each for each in help_lines(instance.settings) if each.key == key), None)


def actions(instance):
    return [(each.action, each.record_id) for each in read_audit_log(instance).entries]


def marked(client, key, **fields):
    """What the page of a line sends when these fields are changed."""
    return form_of(client.get(f"{LIST}/line/{key}"), "form.line-form") | fields


def test_a_line_of_the_county_stands_on_each_page_at_once(admin, instance, typed):
    assert post(admin, NEW, **typed).status_code == 302
    line = line_of(instance, "county-crisis-line")
    assert (line.tel, line.phone, line.strip) == ("+18145550100,4", typed["phone"], True)
    strip = soup_of(admin.application.test_client().get("/about")).select_one(".crisis-strip")
    assert strip.select_one("a[href='tel:+18145550100,4']")
    spanish = soup_of(admin.get("/help-now?lang=es"))
    assert typed["name_es"] in spanish.text
    assert typed["what_for_es"] in spanish.text
    assert actions(instance)[0] == ("help-line-added", "county-crisis-line")
    assert not check_help_lines(instance.settings)


def numbers_in_danger(client, place=""):
    page = soup_of(client.get("/search", query_string={"q": "my husband hits me", "near": place}))
    return [each["href"] for each in page.select(".danger-lines .number-large")]


def test_a_line_of_the_county_stands_in_the_danger_box_of_its_dangers(admin, searchable, typed):
    own, national = "tel:+18145550100,4", "tel:+18007997233"
    post(admin, NEW, **typed)
    assert numbers_in_danger(admin) == [national]
    assert "do not tell for which danger" in admin.get("/staff").text
    sent = marked(admin, "county-crisis-line", dangers=["domestic-violence", "child-abuse"])
    post(admin, f"{LIST}/line/county-crisis-line", **sent)
    assert numbers_in_danger(admin) == [national, own]
    assert "do not tell for which danger" not in admin.get("/staff").text
    save_own_settings(searchable, COMMAND_LINE, {"home": "16335"})
    searchable.texts.refresh()
    assert numbers_in_danger(admin, "16335") == [own, national]
    assert numbers_in_danger(admin, "10001") == [national, own]
    sent = marked(admin, "county-crisis-line", dangers=["none", "crisis-lines"])
    post(admin, f"{LIST}/line/county-crisis-line", **sent)
    assert numbers_in_danger(admin) == [national]


def test_a_line_may_be_for_no_danger_and_one_of_ours_is_not_asked(admin, instance, typed):
    post(admin, NEW, **typed, dangers=["none"])
    assert not lines_without_danger(instance).count
    assert line_of(instance, "county-crisis-line")
    assert not soup_of(admin.get(f"{LIST}/line/988")).select("[name=dangers]")


def test_two_lines_of_one_name_are_two(admin, instance, typed):
    for _ in range(2):
        post(admin, NEW, **typed)
    assert line_of(instance, "county-crisis-line-2")


def test_one_of_ours_is_said_differently_and_put_back(admin, instance):
    before = line_of(instance, "211")
    sent = marked(admin, "211", name="United Way 2-1-1", hours="24/7")
    assert admin.post(f"{LIST}/line/211", data=sent).status_code == 302
    assert line_of(instance, "211").name == "United Way 2-1-1"
    assert "changed here" in admin.get(LIST).text
    post(admin, f"{LIST}/line/211/restore", LIST)
    assert line_of(instance, "211") == before
    assert [each for each, _ in actions(instance)][:2] == [
        "help-line-restored", "help-line-changed",
    ]  # fmt: skip


def test_columns_that_no_form_has_stay(admin, instance):
    admin.post(f"{LIST}/line/211", data=marked(admin, "211", name="Another name"))
    with own_file_path(instance.settings).open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["source_key"] == "line-211"
    assert row["languages"]
    assert row["topics"]
    assert line_of(instance, "211").topics == tuple(row["topics"].split("|"))


def test_a_line_is_taken_away_and_shown_again(admin, instance, typed):
    post(admin, NEW, **typed)
    for key in ("trevor", "county-crisis-line"):
        post(admin, f"{LIST}/line/{key}/remove", LIST)
        assert not line_of(instance, key)
    page = admin.get(LIST).text
    assert "county-crisis-line" not in page  # a line of one's own is gone, one of ours is hidden
    assert "/line/trevor/restore" in page
    post(admin, f"{LIST}/line/trevor/restore", LIST)
    assert line_of(instance, "trevor")


@pytest.mark.slow
@pytest.mark.parametrize("key", ["911", "988"])
def test_911_and_988_stay_and_keep_their_number(admin, instance, key):
    answer = post(admin, f"{LIST}/line/{key}/remove", LIST)
    assert answer.status_code == 409
    assert "This line stays on each page." in answer.text
    assert "/remove" not in admin.get(f"{LIST}/line/{key}").text
    answer = admin.post(f"{LIST}/line/{key}", data=marked(admin, key, phone="814-555-0100"))
    assert answer.status_code == 422
    assert line_of(instance, key).tel == key
    assert not own_file_path(instance.settings).exists()


@pytest.mark.slow
def test_what_cannot_be_right_is_said_at_its_field(admin, instance, typed):
    """Which values those are is in tests/records/test_help_line_rules.py."""
    answer = post(admin, NEW, **{**typed, "phone": "call us", "name": "x" * 200})
    assert answer.status_code == 422
    soup = soup_of(answer)
    wrong = {link["href"] for link in soup.select(".error-summary a")}
    assert wrong == {"#phone", "#name"}
    for each in wrong:
        assert soup.select_one(f"{each}[aria-invalid=true]")
    assert soup.select_one("#name_es")["value"] == typed["name_es"]  # nothing is typed twice
    assert not own_file_path(instance.settings).exists()


def test_another_number_must_have_been_called(admin, instance, today):
    sent = marked(admin, "poison", phone="1-800-555-0199", checked_on="2026-01-02")
    assert admin.post(f"{LIST}/line/poison", data=sent).status_code == 302
    sent = marked(admin, "poison", phone="1-800-555-0198")
    answer = admin.post(f"{LIST}/line/poison", data=sent)
    assert answer.status_code == 422
    assert "Call it, and give the day." in answer.text
    sent["checked_on"] = today.isoformat()
    assert admin.post(f"{LIST}/line/poison", data=sent).status_code == 302
    assert line_of(instance, "poison").tel == "+18005550198"


def test_one_press_says_that_a_number_was_called(admin, instance, today, typed):
    post(admin, NEW, **{**typed, "checked_on": "2020-01-01"})
    assert "Call it again." in admin.get(LIST).text
    post(admin, f"{LIST}/line/county-crisis-line/check", LIST)
    assert line_of(instance, "county-crisis-line").checked_on == today
    assert "Call it again." not in admin.get(LIST).text
    assert actions(instance)[0] == ("help-line-checked", "county-crisis-line")


def test_two_who_change_a_line_at_once(admin, instance):
    first, second = marked(admin, "211", name="First"), marked(admin, "211", name="Second")
    admin.post(f"{LIST}/line/211", data=first)
    answer = admin.post(f"{LIST}/line/211", data=second)
    assert answer.status_code == 409
    assert "Somebody else changed this line" in answer.text
    assert line_of(instance, "211").name == "First"


def test_a_writer_at_work_is_waited_for_and_a_dead_one_is_not(admin, instance, typed):
    part = own_file_path(instance.settings).with_suffix(".part")
    part.touch()
    assert post(admin, NEW, **typed).status_code == 409
    os.utime(part, (time.time() - 100,) * 2)
    assert post(admin, NEW, **typed).status_code == 302
    assert not part.exists()


def test_a_file_that_cannot_be_read_is_not_written_over(admin, instance, typed):
    path = own_file_path(instance.settings)
    path.write_bytes(b"\xff\xfe\x00key,\xe9")
    before = actions(instance)
    answer = post(admin, NEW, **typed)
    assert answer.status_code == 409
    assert path.read_bytes() == b"\xff\xfe\x00key,\xe9"
    assert actions(instance) == before  # without the change there is no note
    assert "cannot be used" in admin.get(LIST).text


def test_rows_that_wait_to_be_mended_stay_in_the_file(admin, instance, typed):
    path = own_file_path(instance.settings)
    path.write_text("key,name,tel\nbroken,Has no number,\n", encoding="utf-8")
    post(admin, NEW, **typed)
    assert "Has no number" in path.read_text(encoding="utf-8")
    assert [each.column for each in check_help_lines(instance.settings)] == ["tel"]


def test_the_file_can_be_taken_along(admin, instance, typed):
    post(admin, NEW, **typed)
    answer = admin.get(f"{LIST}/file")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.data == own_file_path(instance.settings).read_bytes()


@pytest.mark.slow
def test_who_may_not_change_settings_sees_none_of_it(app, instance):
    add_account(instance, [Role.DESK, Role.CURATION])
    client = signed_in_client(app)
    for path in (LIST, NEW, f"{LIST}/line/211", f"{LIST}/file", "/admin/terminals"):
        assert client.get(path).status_code == 403
    assert not own_file_path(instance.settings).exists()
