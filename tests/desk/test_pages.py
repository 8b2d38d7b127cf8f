"""The desk, step by step, as its buttons send it."""

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import event

from referral.accounts.audit import AuditFilters, list_audit_entries
from referral.desk.codes import FewerReason, Method, Outcome, UnmetReason
from referral.desk.inquiries import close_inquiry, read_inquiry
from referral.desk.shift_notes import read_shift_notes
from referral.directory.instance import local_today
from referral.records.accounts import Role
from referral.records.classification import Attribute, ServiceHeading, TaxonomyTerm
from referral.records.headings import OWN_TAXONOMY
from referral.store.conversion import row_from
from referral.store.rows import AttributeRow
from tests.support.desk import HALL, PANTRY, Desk, stock
from tests.support.inspector import inspecting, soup_of
from tests.support.staff import add_account, post, signed_in_client


def test_the_least_is_a_need_and_an_outcome(desk):
    desk.log("need:basic-needs", "information")
    assert "Saved. Ready for the next" in desk.client.get("/desk").text
    answer = post(desk.client, "/desk/quick", "/desk",
                  **{"log-what": "need:basic-needs", "log-outcome": "unmet"})  # fmt: skip
    assert answer.status_code == 400
    assert "Choose why it was not met" in answer.text
    assert re.search(r'value="need:basic-needs"[^>]* checked', answer.text)


@pytest.mark.slow
def test_give_this_opens_an_inquiry_and_comes_back_to_the_card(desk):
    page = "/search?q=pantry"
    led = desk.press("/desk/give", page, service=PANTRY, location=HALL, here="yes")
    assert led == f"{page}#give-{PANTRY}"
    [need] = desk.inquiry.needs
    assert need.outcome is Outcome.REFERRED
    assert need.referrals[0].location_id == HALL
    text = desk.client.get(page).text
    assert "Give this<" not in text
    assert "Three services give a person a choice" in text
    desk.press("/desk/give", page, service=PANTRY, need=need.id, method="warm_transfer")
    assert desk.inquiry.needs[0].referrals[0].method is Method.WARM_TRANSFER


@pytest.mark.slow
def test_the_public_sees_none_of_it(desk, app):
    desk.press("/desk/give", service=PANTRY)
    for path in ("/search?q=pantry", f"/services/{PANTRY}", "/"):
        text = inspecting(app).get(path).text
        assert "Give this" not in text
        assert desk.inquiry.code not in text


@pytest.mark.slow
def test_the_order_of_results_is_the_publics(desk, app):
    path = "/search?q=pantry"
    names = r'class="result-name"><a href="([^"]+)"'
    desk.press("/desk/inquiries")
    public = re.findall(names, inspecting(app).get(path).text)
    assert public
    assert re.findall(names, desk.client.get(path).text) == public


@pytest.fixture
def topics(desk):
    """Two topics of our own, and a pantry under the heading of the first."""
    with desk.instance.store.write() as session:
        for name, code, words in (("Food", "food", "groceries"), ("Housing", "housing", "a roof")):
            session.add(row_from(TaxonomyTerm(
                id=f"t-{code}", code=code, name=name, taxonomy=OWN_TAXONOMY, use_references=words
            )))  # fmt: skip
        pantry = ServiceHeading(id="h1", service_id=PANTRY, heading="basic-needs", set_by="staff")
        session.add(row_from(pantry))
    desk.instance.index.sync()


def give_form(desk, page):
    """The words of the button that gives the pantry, what it sends, and what there is to choose."""
    text = desk.client.get(page).text
    [form] = re.findall(r'<form class="inline-form" action="/desk/give".*?</form>', text, re.DOTALL)
    soup = soup_of(form)
    sent = soup.select_one("input[name=need], option[selected]")
    options = [each.text for each in soup.select("option")]
    return soup.button.next.strip(), sent["value"] if sent else "", options


@pytest.mark.slow
@pytest.mark.usefixtures("topics")
def test_the_button_says_the_need_that_it_files_the_service_under(desk):
    assert give_form(desk, "/search?q=groceries+pantry") == ("Give for: Food", "topic:food", [])
    assert give_form(desk, f"/services/{PANTRY}") == (
        "Give for: Basic human needs", "heading:basic-needs", []
    )  # fmt: skip
    with desk.instance.store.write() as session:
        is_food = Attribute(
            id="a1", link_id=PANTRY, link_entity="service", taxonomy_term_id="t-food"
        )
        session.add(row_from(is_food))
    desk.instance.index.sync()
    desk.press("/desk/needs", heading="health")
    assert give_form(desk, "/search?topic=food")[1] == "topic:food"  # chosen, with no words


@pytest.mark.slow
@pytest.mark.usefixtures("topics")
def test_what_is_searched_for_next_is_another_need(desk):
    desk.press("/desk/needs", term="food")
    page = "/search?q=a+roof+pantry"
    assert give_form(desk, page) == ("Give this", "topic:housing", ["Food", "Housing"])
    desk.press("/desk/give", page, service=PANTRY, need="topic:housing")
    assert [(need.term_code, len(need.referrals)) for need in desk.inquiry.needs] == [
        ("food", 0), ("housing", 1)
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.usefixtures("topics")
def test_a_service_of_another_kind_is_not_filed_under_the_open_need_unasked(desk):
    desk.press("/desk/needs", heading="health")
    page = "/search?q=pantry"  # which stands for no topic
    options = ["Choose the need", "Physical and mental health", "Basic human needs"]
    assert give_form(desk, page) == ("Give this", "", options)
    desk.press("/desk/give", page, service=PANTRY, need="")
    assert "Choose the need that you give it for." in desk.client.get(page).text
    assert not desk.inquiry.given
    desk.press("/desk/needs", heading="basic-needs")
    assert give_form(desk, page)[1] == "heading:basic-needs"  # the only one of its kind


@pytest.mark.slow
@pytest.mark.usefixtures("topics")
def test_topics_tell_services_under_one_heading_apart(desk):
    with desk.instance.store.write() as session:
        for key, name in (("f1", "FOOD"), ("h1", "Housing")):
            session.add(row_from(TaxonomyTerm(id=key, name=name, taxonomy="DC")))
        of_pantry = Attribute(id="a1", link_id=PANTRY, link_entity="service", taxonomy_term_id="h1")
        session.add(row_from(of_pantry))
    desk.instance.index.sync()
    desk.press("/desk/needs", term="food")
    page = "/search?q=pantry"
    assert give_form(desk, page)[2] == ["Choose the need", "Food", "Basic human needs"]
    with desk.instance.store.write() as session:
        session.get(AttributeRow, "a1").taxonomy_term_id = "f1"
    desk.instance.index.sync()
    assert give_form(desk, page) == ("Give for: Food", "topic:food", [])


@pytest.mark.slow
@pytest.mark.usefixtures("topics")
def test_of_two_needs_in_some_words_somebody_chooses_one_and_can_undo_it(desk):
    desk.press("/desk/inquiries")
    page = "/search?q=groceries+roof+pantry"
    assert give_form(desk, page) == ("Give this", "", ["Choose the need", "Food", "Housing"])
    assert "data-desk-note" not in desk.client.get(page).text  # neither comes in by itself
    fields = {"service": PANTRY, "here": "yes"}
    desk.press("/desk/give", page, **fields, need="topic:food")
    soup = soup_of(desk.client.get(page))
    given = soup.select_one(f"#give-{PANTRY} .is-given")
    assert "Given for Food" in given.text
    action, here = given.form["action"], given.select_one("[name=here]")["value"]
    assert desk.press(action, page, here=here) == f"{page}#give-{PANTRY}"
    assert not desk.inquiry.given
    desk.press("/desk/give", page, **fields, need="topic:housing")
    closed = close_inquiry(desk.instance, desk.inquiry.id)
    assert [need.term_code for need in closed.needs] == ["housing"]  # the other needs no answer


def test_without_a_choice_a_service_is_not_given_for_one_of_several_needs(desk):
    desk.press("/desk/needs", heading="health")
    desk.press("/desk/needs", heading="legal")
    first, _ = desk.inquiry.needs
    desk.press("/desk/give", service=PANTRY)
    desk.press("/desk/give", service=PANTRY, need="heading:Mr Smith")
    assert not desk.inquiry.given
    desk.press("/desk/give", service=PANTRY, need=first.id)
    assert [len(need.referrals) for need in desk.inquiry.needs] == [1, 0]


def test_an_entry_of_a_closed_quarter_says_where_it_counts(desk):
    where = "The live reports of the desk count it."
    last = str(local_today(desk.instance) - timedelta(days=120))
    desk.log("need:basic-needs", "information")
    assert where not in desk.client.get("/desk").text
    desk.log("need:basic-needs", "information", **{"log-day": last})
    assert where in desk.client.get("/desk").text
    desk.log("type:directional", **{"log-day": last})  # is in no such report
    assert where not in desk.client.get("/desk").text
    desk.press("/desk/needs", heading="legal")
    path = f"/desk/inquiries/{desk.inquiry.id}"
    desk.press(f"{path}/needs/{desk.inquiry.needs[0].id}/outcome", outcome="information")
    desk.press(f"{path}/close", **{"inquiry-day": last})
    assert where in desk.client.get(path).text


@pytest.mark.slow
def test_the_column_costs_few_statements(desk):
    page = "/search?q=pantry"
    desk.press("/desk/give", page, service=PANTRY)
    desk.client.get(page)
    seen = []
    event.listen(
        desk.instance.store.engine,
        "before_cursor_execute",
        lambda *arguments: seen.append(arguments[2]),
    )
    desk.client.get(page)
    asked = [statement for statement in seen if not statement.startswith("BEGIN")]
    assert len(asked) <= 17, asked


def test_two_who_share_an_inquiry_do_not_undo_each_other(desk, app):
    desk.press("/desk/inquiries")
    path = f"/desk/inquiries/{desk.inquiry.id}/details"
    other = Desk(app, desk.instance, "eve@example.org")
    other.press("/desk/join", code=desk.inquiry.code)
    seen = re.search(r'name="seen" value="([^"]+)"', other.client.get("/desk").text)[1]
    desk.press(path, seen=unescape(seen), **{"desk-channel": "phone", "desk-tried": "called"})
    other.press(path, seen=unescape(seen), **{"desk-place": "16335"})
    other.press(path, changed="desk-language", **{"desk-language": "es"})
    details = desk.inquiry.details
    assert (details.channel, details.tried) == ("phone", ("called",))
    assert (details.zip_code, details.language) == ("16335", "es")
    desk.press(path, changed="desk-channel")
    assert desk.inquiry.details.channel is None


def test_an_area_is_enough_and_only_its_county_is_kept(desk):
    desk.press("/desk/inquiries")
    path = f"/desk/inquiries/{desk.inquiry.id}/details"
    desk.press(path, **{"desk-place": "Meadville, Pennsylvania"})
    assert (desk.inquiry.details.zip_code, desk.inquiry.county) == ("", "Crawford County, PA")
    assert 'value="Crawford County, PA"' in desk.client.get("/desk").text
    desk.press(path, **{"desk-place": "Crawford County"})
    assert "Add its state" in desk.client.get("/desk").text


def test_details_are_kept_and_what_cannot_be_read_is_told(desk):
    desk.press("/desk/inquiries")
    path = f"/desk/inquiries/{desk.inquiry.id}/details"
    fields = {"desk-channel": "phone", "desk-place": "16335", "desk-tried": ["called", "odd"]}
    desk.press(path, **fields)
    details = desk.inquiry.details
    assert (details.channel, details.zip_code, details.tried) == ("phone", "16335", ("called",))
    desk.press(path, **{**fields, "desk-place": "00000"})
    assert "do not know that place" in desk.client.get("/desk").text
    assert desk.inquiry.details.channel == "phone"


def test_the_script_gets_no_page(desk):
    desk.press("/desk/inquiries")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', desk.client.get("/desk").text)[1]
    answer = desk.client.post(
        f"/desk/inquiries/{desk.inquiry.id}/details",
        data={"csrf_token": token, "desk-channel": "text"},
        headers={"X-Referral-Quiet": "1"},
    )
    assert (answer.status_code, answer.text) == (204, "")
    assert desk.inquiry.details.channel == "text"


@pytest.mark.slow
def test_needs_outcomes_and_closing(desk):
    desk.press("/desk/needs", heading="health")
    desk.press("/desk/needs", heading="legal")
    first, second = desk.inquiry.needs
    inquiry = f"/desk/inquiries/{desk.inquiry.id}"
    desk.press(f"{inquiry}/needs/{first.id}/outcome", outcome="unmet", unmet_reason="full")
    assert desk.press(f"{inquiry}/close").startswith("/desk#")
    still_open = "The inquiry is still open. "
    assert f"{still_open}Say how this need stands." in desk.client.get("/desk").text
    desk.press("/desk/give", service=PANTRY, need=second.id)
    desk.press(f"{inquiry}/needs/{second.id}/outcome", outcome="unmet", unmet_reason="full")
    desk.press(f"{inquiry}/close")
    assert f"{still_open}A service was given." in desk.client.get("/desk").text
    desk.press(f"{inquiry}/needs/{second.id}/remove")
    assert desk.press(f"{inquiry}/close") == inquiry
    assert "Full, or a waiting list" in desk.client.get(inquiry).text
    closed = read_inquiry(desk.instance, inquiry.rpartition("/")[2])
    assert closed.needs[0].unmet_reason is UnmetReason.FULL
    desk.press(f"{inquiry}/needs/{first.id}/outcome", outcome="information")
    assert "closed already" in desk.client.get("/desk").text


@pytest.mark.slow
def test_a_button_of_the_outcome_leaves_the_reason(desk):
    desk.press("/desk/give", service=PANTRY)
    [need] = desk.inquiry.needs
    path = f"/desk/inquiries/{desk.inquiry.id}/needs/{need.id}/outcome"
    desk.press(path, outcome="referred", fewer_reason="urgent")
    desk.press(path, outcome="referred")
    assert desk.inquiry.needs[0].fewer_reason is FewerReason.URGENT
    desk.press(path, outcome="referred", fewer_reason="")
    assert desk.inquiry.needs[0].fewer_reason is None


def test_only_kinds_of_help_and_places_that_we_know_are_kept(desk):
    desk.press("/desk/needs", heading="Mr Smith of Mill Street")
    desk.press("/desk/give", service=PANTRY, location="Mr Smith")
    [need] = desk.inquiry.needs
    assert (need.heading, need.referrals[0].location_id) == ("basic-needs", "")


def test_repeat_goes_on_from_the_earlier_one(desk):
    desk.log("need:legal", "unmet", **{"log-unmet_reason": "cost"})
    desk.press("/desk/needs", heading="legal")
    first = desk.inquiry
    need = first.needs[0]
    path = f"/desk/inquiries/{first.id}"
    desk.press(f"{path}/needs/{need.id}/outcome", outcome="information")
    desk.press(f"{path}/close")
    desk.press(f"{path}/repeat", page=path)
    assert desk.inquiry.repeat_of == first.id


@pytest.mark.slow
def test_topics_are_looked_up_without_an_address(desk):
    answer = post(desk.client, "/desk/find-topics", "/desk", words="pantrry")
    assert answer.status_code == 200
    assert "pantrry" not in answer.request.url


def test_a_colleague_opens_an_inquiry_and_that_is_written_down(desk, app):
    desk.press("/desk/inquiries")
    shared = desk.inquiry
    other = Desk(app, desk.instance, "eve@example.org")
    assert other.client.get(f"/desk/inquiries/{shared.id}").status_code == 200
    (entry,) = list_audit_entries(desk.instance, AuditFilters(action="inquiry-opened"))
    assert (entry.record_id, entry.detail) == (shared.id, {})
    other.press(
        f"/desk/inquiries/{shared.id}/drop", f"/desk/inquiries/{shared.id}", confirmed="yes"
    )
    desk.press("/desk/inquiries")
    shared = desk.inquiry
    other.press("/desk/join", code="ZZZZZZ")
    assert "No open inquiry has this code" in other.client.get("/desk").text
    other.press("/desk/join", code=shared.code.lower())
    assert other.inquiry.id == shared.id


def test_training_counts_nowhere(desk):
    desk.press("/desk/mode", training="yes")
    desk.log("need:legal", "declined")
    desk.press("/desk/inquiries")
    assert desk.inquiry.training
    desk.client.get("/search?q=zither")
    assert desk.instance.missed_searches.take() == {}


def test_searches_without_results_are_counted_but_for_danger(desk, app):
    client = inspecting(app)
    client.get("/search?q=zither")
    client.get("/search?q=zither&near=16335")
    client.get("/search?q=i+want+to+die+zither")
    client.get("/search?q=pantry&age=3&cost=fee")
    place = ("Crawford County, PA", "16335")
    assert dict(desk.instance.missed_searches.take()) == {("", "", ""): 1, ("", *place): 1}


@pytest.mark.slow
def test_shift_notes_and_searches_are_for_staff(desk, app):
    page = f"/services/{PANTRY}"
    desk.press("/desk/notes", page, service=PANTRY, words="Ask for Dana on Tuesdays")
    desk.press("/desk/inquiries")
    desk.press("/desk/searches", "/search?q=pantry&near=16335", name="Pantries")
    for path in (page, "/search?q=pantry"):
        assert "Ask for Dana" in desk.client.get(path).text
        assert "Ask for Dana" not in inspecting(app).get(path).text
    home = desk.client.get("/desk").text
    assert '/search?q=pantry&amp;near=16335">Pantries' in home
    [note] = read_shift_notes(desk.instance, [PANTRY])[PANTRY]
    assert note.author == "Dee"
    desk.press(f"/desk/notes/{note.id}/remove", page)
    assert "Ask for Dana" not in desk.client.get(page).text


@pytest.mark.slow
def test_danger_shows_what_to_do_also_without_an_inquiry(desk):
    text = desk.client.get("/search?q=he+wants+to+kill+me").text
    assert "Danger comes first" in text
    assert "Do nothing without their yes" in text
    answer = post(desk.client, "/desk/find-topics", "/desk", words="i want to die")
    assert "Danger comes first" in answer.text
    assert "Asking does no harm" in answer.text
    assert "Do nothing without their yes" not in answer.text


@pytest.mark.slow
def test_danger_shows_what_to_do(desk):
    desk.press("/desk/inquiries")
    text = desk.client.get("/search?q=he+wants+to+kill+me").text
    assert "Danger comes first" in text
    assert "Ask next" not in text


def test_who_does_not_work_at_the_desk_sees_no_desk(instance, app):
    stock(instance)
    add_account(instance, [Role.CURATION], "cy@example.org", "Cy")
    client = signed_in_client(app, "cy@example.org")
    assert client.get("/desk").status_code == 403
    assert "Give this" not in client.get("/search?q=pantry").text


def entry_of(desk, path="/desk/recent"):
    """Return the path of the latest entry of the list."""
    return re.search(r'href="(/desk/recent/[0-9a-f-]{36})"', desk.client.get(path).text)[1]


def test_a_question_is_logged_beside_an_open_inquiry(desk):
    desk.press("/desk/inquiries")
    before = desk.inquiry
    desk.log("need:legal", "information", **{"log-count": "3", "log-read_scale": "2"})
    desk.log("type:directional")
    assert desk.inquiry == before
    page = desk.client.get("/desk").text
    assert "Log a question" in page
    assert "Ready for the next" in page


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("log-what", "need:nothing", "Choose what the person needs"),
        ("log-count", "many", "Write a number"),
        ("log-count", "501", "Write a number from 1 to 500"),
        ("log-minutes", "601", "Write a number up to 600"),
        ("log-day", "soon", "Choose a day"),
        ("log-day", "2001-01-01", "day of the last year"),
    ],
)
def test_what_is_wrong_is_said_and_the_rest_stays(desk, field, value, said):
    fields = {"log-what": "type:reference", "log-minutes": "7", field: value}
    answer = post(desk.client, "/desk/quick", "/desk", **fields)
    assert answer.status_code == 400
    assert said in answer.text
    if field != "log-minutes":
        assert 'value="7"' in answer.text


@pytest.mark.slow
def test_an_entry_is_changed_reopened_and_deleted_once_asked(desk):
    desk.log("need:legal", "information")
    own = entry_of(desk)
    form = desk.client.get(own).text
    assert re.search(r'value="need:legal"[^>]* checked', form)
    wrong = {"log-what": "need:legal", "log-outcome": "unmet"}
    assert post(desk.client, own, **wrong).status_code == 400
    desk.press(own, own, **{"log-what": "type:technology", "log-minutes": "12"})
    text = desk.client.get("/desk/recent").text
    assert "Technology" in text
    assert "Reopen" not in text
    desk.press(own, own, **{"log-what": "need:health", "log-outcome": "information"})
    desk.press(f"{own}/reopen", "/desk/recent")
    assert desk.inquiry.needs[0].heading == "health"
    desk.press(f"/desk/inquiries/{desk.inquiry.id}/close")
    assert "Delete this entry?" in desk.client.get(f"{own}/delete").text
    assert entry_of(desk) == own
    desk.press(f"{own}/delete", f"{own}/delete")
    assert "Nothing was logged here" in desk.client.get("/desk/recent").text


@pytest.mark.slow
def test_needs_with_services_stay_when_an_entry_is_changed(desk):
    desk.press("/desk/give", service=PANTRY)
    inquiry_id = desk.inquiry.id
    desk.press(f"/desk/inquiries/{inquiry_id}/close", **{"inquiry-minutes": "15"})
    own = entry_of(desk)
    assert "Needs and services stay" in desk.client.get(own).text
    desk.press(own, own, **{"inquiry-question_type": "technology", "inquiry-channel": "chat"})
    found = read_inquiry(desk.instance, inquiry_id)
    assert len(found.needs[0].referrals) == 1
    assert (found.reference.minutes, found.details.channel) == (15, "chat")


def test_a_colleague_sees_that_something_was_asked_but_not_what(desk, app):
    desk.log("need:legal", "information")
    other = Desk(app, desk.instance, "eve@example.org")
    text = other.client.get("/desk/recent").text
    assert "Not shown" in text
    assert "/desk/recent/" not in text
    assert other.client.get(entry_of(desk)).status_code == 404


def test_an_inquiry_is_thrown_away_once_asked(desk):
    desk.press("/desk/inquiries")
    path = f"/desk/inquiries/{desk.inquiry.id}/drop"
    assert "Throw this inquiry away?" in post(desk.client, path, "/desk").text
    assert desk.inquiry
    desk.press(path, confirmed="yes")
    with pytest.raises(IndexError):
        _ = desk.inquiry


@pytest.mark.slow
def test_the_page_of_an_account_names_inquiries_that_only_it_can_find(desk, instance, app):
    desk.press("/desk/give", "/search?q=pantry", service=PANTRY, location=HALL, here="yes")
    add_account(instance, [Role.ADMIN], email="it@example.org")
    [account_id] = desk.inquiry.members
    admin = signed_in_client(app, "it@example.org")
    text = admin.get(f"/admin/accounts/{account_id}").text
    assert f"1 inquiry of this person is open: {desk.inquiry.code}." in text
