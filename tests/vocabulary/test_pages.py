"""Pages of words, headings and texts, as a member of staff goes through them."""

from io import BytesIO

import pytest

from referral.accounts.audit import read_audit_log
from referral.app import create_app
from referral.app.job_kinds import do_work
from referral.records.accounts import Role
from referral.vocabulary.edit_history import list_vocabulary_edits
from referral.vocabulary.thesaurus import list_entries
from tests.support.inspector import inspecting, soup_of
from tests.support.staff import add_account, post, signed_in_client

HOME = "/curation/vocabulary"


@pytest.fixture
def staff(demo):
    """Give a client of a curator on a copy of the demo."""
    add_account(demo, [Role.CURATION])
    return signed_in_client(create_app(demo.settings, demo))


def main_text(client, path):
    return " ".join(soup_of(client.get(path)).select_one("main").get_text().split())


def test_a_word_is_added_found_changed_and_taken_away(staff, demo):
    page = f"{HOME}/words/new"
    found = soup_of(
        post(staff, page, phrase="blorb snack", term_search="food pantry", do="find", weight="1",
             language="en")
    )  # fmt: skip
    codes = [box["value"] for box in found.select("input[name=topics]")]
    assert "food-pantries" in codes
    assert not list_entries(demo, "blorb").total
    answer = post(
        staff, page, phrase="blorb snack", topics="food-pantries", language="en", weight="0.5",
        do="save",
    )  # fmt: skip
    assert answer.location == f"{HOME}/words?q=blorb+snack"
    assert "Food pantries" in main_text(staff, answer.location)
    number = list_entries(demo, "blorb")[0].id
    assert "blorb snack" in staff.get(f"{HOME}/words/{number}").text
    results = soup_of(staff.get("/search", query_string={"q": "blorb snack"}))
    assert results.select(".results")
    post(staff, f"{HOME}/words/{number}/remove", page=f"{HOME}/words/{number}")
    assert not list_entries(demo, "blorb").total
    entries = [entry for entry in read_audit_log(demo).entries if entry.kind == "thesaurus_entry"]
    assert [entry.action for entry in entries] == ["word-removed", "word-added"]
    assert "blorb" not in repr(entries)


@pytest.mark.slow
def test_what_cannot_be_a_word_is_said_at_its_field(staff):
    answer = post(
        staff, f"{HOME}/words/new", phrase="fridge is empty", topics="food", language="en",
        weight="1", do="save",
    )  # fmt: skip
    assert answer.status_code == 422
    assert "there already" in soup_of(answer).select_one("#phrase-error").get_text()
    answer = post(
        staff, f"{HOME}/words/new", phrase="blorb", topics="no-such", language="en", weight="1",
        do="save",
    )  # fmt: skip
    assert "no such topic" in soup_of(answer).select_one(".error-summary").get_text()
    assert staff.get(f"{HOME}/words/999999").status_code == 404


@pytest.mark.slow
def test_the_file_goes_out_and_comes_back(staff, demo):
    content = staff.get(f"{HOME}/words.csv")
    assert content.headers["Content-Type"].startswith("text/csv")
    lines = content.data + b"blorb snack,en,food-pantries,1\r\n"
    answer = post(staff, f"{HOME}/words/file", file=(BytesIO(lines), "w.csv"), removes_others="y")
    assert answer.location == HOME
    assert "1 added, 0 changed, 0 taken away" in main_text(staff, HOME)
    bad = b"phrase,language,terms\nblorb,en,no-such\n"
    answer = post(staff, f"{HOME}/words/file", file=(BytesIO(bad), "w.csv"))
    assert answer.status_code == 422
    assert "Line 2: There is no such topic here. no-such" in " ".join(
        soup_of(answer).select_one("main").get_text().split()
    )


@pytest.mark.slow
def test_a_danger_cannot_be_hidden_and_its_phrases_are_named(staff, demo):
    answer = post(staff, f"{HOME}/danger/new", words="suicide", kind="safe", first="")
    assert answer.status_code == 422
    summary = soup_of(answer).select_one(".error-summary").get_text()
    assert "would be missed" in summary
    assert "thinking about suicide" in summary
    assert soup_of(answer).select_one("input[name=confirmed]") is None
    assert not list_vocabulary_edits(demo)


@pytest.mark.slow
def test_everyday_words_raise_a_line_only_when_confirmed(staff):
    fields = {"words": "part time", "kind": "danger", "first": "988"}
    answer = post(staff, f"{HOME}/danger/new", **fields)
    assert answer.status_code == 422
    assert "part time job" in soup_of(answer).select_one(".error-summary").get_text()
    answer = post(staff, f"{HOME}/danger/new", **fields, confirmed="y")
    assert answer.status_code == 302
    tried = post(staff, f"{HOME}/danger", text="a part time job")
    assert "988 Suicide" in " ".join(each.text for each in soup_of(tried).select("[role=status]"))


@pytest.mark.slow
def test_a_heading_and_a_rule_show_on_public_pages(staff, demo):
    page = f"{HOME}/headings/health"
    public = inspecting(staff.application)
    assert "Body and mind" not in public.get("/").text  # from now on headings are kept
    fields = {"name": "Body and mind", "plain_words": "", "name_es": "Cuerpo", "plain_words_es": ""}
    assert post(staff, page, **fields, sort="1").status_code == 302
    assert "Body and mind" in public.get("/").text
    assert "Cuerpo" in public.get("/?lang=es").text
    before = public.get("/headings/volunteers?lang=en").text
    post(staff, f"{HOME}/rules/new", kind="term", value="food-pantries", heading="volunteers")
    now = public.get("/headings/volunteers").text
    assert "Food pantries" in now
    assert "Food pantries" not in before
    answer = post(staff, f"{HOME}/rules/new", kind="term", value="pantry", heading="health")
    assert answer.status_code == 422
    assert "food-pantries" in answer.text


def test_a_beginning_that_no_code_has_is_refused_with_a_sentence(staff):
    answer = post(staff, f"{HOME}/rules/new", kind="code_211", value="BD18", heading="health")
    assert answer.status_code == 422
    assert "Write how a 2-1-1 code begins, such as B, BD, BD-18 or BD-1800.2000." in answer.text
    answer = post(staff, f"{HOME}/rules/new", kind="code_211", value="bd-18", heading="health")
    assert "BD-18" in staff.get(answer.location).text


@pytest.mark.slow
def test_a_notice_stands_on_all_pages_in_both_languages_until_its_day(staff, demo):
    page = f"{HOME}/texts/notice"
    text = {"english": "Closed <today>", "spanish": "Cerrado hoy"}
    post(staff, page, **text, until="2099-01-01")
    public = inspecting(staff.application)
    for path in ("/", "/help-now", "/about", "/no-such-page"):
        assert "Closed <today>" in soup_of(public.get(path)).select_one(".site-notice").get_text()
    assert "Cerrado hoy" in public.get("/?lang=es").text
    post(staff, page, **text, until="2020-01-01")
    assert "Cerrado hoy" not in public.get("/").text


@pytest.mark.slow
def test_what_we_list_is_told_as_usual_until_the_library_writes_its_own(staff):
    public = inspecting(staff.application)
    assert "Nobody can pay to be listed" in public.get("/about/what-we-list").text
    assert "Nadie puede pagar" in public.get("/about/what-we-list?lang=es").text
    policy = f"{HOME}/texts/policy"
    assert "Nadie puede pagar" in staff.get(policy).text
    post(staff, policy, english="# Us\n\nWe list blorbs.\n- one\n- two", spanish="")
    page = soup_of(public.get("/about/what-we-list?lang=en")).select_one("main")
    assert [each.get_text() for each in page.select("h2, li")] == ["Us", "one", "two"]
    spanish = soup_of(public.get("/about/what-we-list?lang=es")).select_one("main")
    assert spanish.select_one("li").parent["lang"] == "en"


@pytest.mark.slow
def test_the_notice_of_a_taxonomy_shows_where_its_topics_do(staff):
    page = f"{HOME}/taxonomies/notice?name=Referral+needs"
    post(staff, page, notice="Terms by the blorb guild.", is_licensed="y")
    public = inspecting(staff.application)
    for path in ("/topics/food", "/headings/basic-needs", "/about"):
        assert "blorb guild" in public.get(path).text, path
    assert "blorb guild" not in public.get("/").text
    assert "handed on" in main_text(staff, f"{HOME}/taxonomies")


@pytest.mark.slow
def test_a_taxonomy_comes_in_as_an_import_to_look_through(staff, demo):
    page = f"{HOME}/taxonomies/new"
    fields = {"taxonomy": "Blorbs", "notice": "By us."}
    content = b"code,name\nb1,Blorb one\n"
    refused = post(staff, page, **fields, file=(BytesIO(content), "t.csv"))
    assert refused.status_code == 422
    assert "may use this list" in refused.text
    answer = post(staff, page, **fields, may_use="y", file=(BytesIO(content), "t.csv"))
    assert answer.location.startswith("/admin/imports/")
    do_work(demo, "w")
    assert "Blorb one" in staff.get(answer.location).text


@pytest.mark.slow
def test_a_change_is_taken_back_by_its_button(staff, demo):
    post(staff, f"{HOME}/texts/notice", english="Closed", spanish="", until="")
    group = list_vocabulary_edits(demo)[0].id
    post(staff, f"{HOME}/changes/{group}/take-back", page=HOME)
    assert "taken back" in main_text(staff, HOME)
    assert soup_of(inspecting(staff.application).get("/")).select_one(".site-notice") is None


def test_the_desk_may_not_change_words(demo):
    add_account(demo, [Role.DESK], "dee@example.org", "Dee")
    client = signed_in_client(create_app(demo.settings, demo), "dee@example.org")
    assert client.get(f"{HOME}/words").status_code == 403
    assert HOME not in client.get("/staff").text
