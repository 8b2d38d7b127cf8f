"""Pages of suggested topics: the work with forms alone, and what an import's page says."""

from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from referral.app import create_app
from referral.jobs.job_queue import add_job
from referral.records.accounts import Role
from referral.store.rows import ServiceRow
from referral.topic_suggestions.decisions import list_category_decisions
from referral.topic_suggestions.suggestion_runs import TOPIC_SUGGESTIONS, suggest_topics
from tests.support.inspector import soup_of
from tests.support.staff import add_account, post, signed_in_client
from tests.topic_suggestions.conftest import SERVICES, ListMaker

HOME = "/curation/suggestions"


@pytest.fixture
def admin(suggested, admin):
    """Give a client of somebody who may decide on suggestions."""
    return admin


def names(client, path=HOME):
    """Give the lines of a page."""
    return [line.get_text(strip=True) for line in soup_of(client.get(path)).select(".queue h2")]


def decide(client, line, button, path=HOME):
    """Press a button of a line; the page that comes."""
    soup = soup_of(client.get(path))
    item = next(each for each in soup.select(".queue > li") if each.h2.get_text(strip=True) == line)
    form = item.select_one("form.queue-choices")
    pressed = next(each for each in form.select("button") if button in each.get_text())
    fields = {pressed["name"]: pressed["value"]}
    shown = [each["value"] for each in form.select("[name=shown]")]
    later = form.select_one("[name=later]")
    fields |= {"shown": shown} | ({"later": later["value"]} if later else {})
    answer = post(client, form["action"], path, **fields)
    assert answer.status_code == 302
    return answer.location


@pytest.mark.slow
def test_the_whole_work_without_a_script(admin, suggested):
    assert set(names(admin)) == {"Groceries", "Rent money", "Qwert"}
    decide(admin, "Groceries", "Food pantries")
    text = admin.get(HOME).text
    assert "3 services" in text
    assert "Groceries" not in names(admin)
    decide(admin, "Rent money", "None of these")
    assert "Rent money" not in names(admin)
    services = f"{HOME}/services"
    assert set(names(admin, services)) == {SERVICES[key][0] for key in ("s4", "s5", "s6", "s7")}
    while waiting := [name for name in names(admin, services) if name != "Zyxwv"]:
        decide(admin, waiting[0], "1", services)
    zyxwv = soup_of(admin.get(services)).select_one("form.queue-other")
    answer = post(admin, zyxwv["action"], services, other="Jobs")
    assert admin.get(answer.location).text.count("Every service has a topic") == 1
    assert "No category waits" in admin.get(HOME).text
    assert len(list_category_decisions(suggested)) == 2


@pytest.mark.slow
def test_the_first_topic_of_all_services_on_a_page(admin):
    page = f"{HOME}/services"
    form = soup_of(admin.get(page)).select_one("form.queue-all")
    pairs = [each["value"] for each in form.select("[name=pair]")]
    assert len(pairs) == 6
    assert post(admin, form["action"], page, pair=pairs).status_code == 302
    assert names(admin, page) == ["Zyxwv"]
    assert "and 5 more" in admin.get(page).text


@pytest.mark.slow
def test_what_is_put_off_stays_away_until_it_is_asked_for(admin):
    first = soup_of(admin.get(HOME)).select_one(".queue > li")
    name = first.h2.get_text(strip=True)
    later = first.select_one('[data-key="s"]')["href"]
    assert name not in names(admin, later)
    then = decide(admin, names(admin, later)[0], "1", later)
    put_off = [parse_qs(urlsplit(each).query)["later"] for each in (then, later)]
    assert put_off[0] == put_off[1], "a decision keeps what was put off"
    while lines := soup_of(admin.get(later)).select('.queue > li [data-key="s"]'):
        later = lines[0]["href"]
    text = admin.get(later).text
    assert "but what you put off" in text
    assert "Go on with" in text
    assert name in names(admin)


@pytest.mark.slow
def test_take_back(admin):
    decide(admin, "Groceries", "Food pantries")
    form = soup_of(admin.get(HOME)).select_one(".queue-last form")
    assert post(admin, form["action"], HOME, back="categories").location == HOME
    assert "Groceries" in names(admin)
    decide(admin, "Groceries", "Food pantries")
    page = f"{HOME}/decided"
    form = soup_of(admin.get(page)).select_one(".queue-decided form")
    assert post(admin, form["action"], page, back="decided").location == page
    assert "Nobody has decided anything yet" in admin.get(page).text


@pytest.mark.slow
def test_what_is_no_topic_is_said(admin):
    form = soup_of(admin.get(HOME)).select_one("form.queue-other")
    answer = post(admin, form["action"], HOME, other="no such topic")
    assert "Choose a topic from the list." in admin.get(answer.location).text


def choose_other(client, path, line, text):
    """Type another topic into a line, and send all that its form has; the page that comes."""
    soup = soup_of(client.get(path))
    item = next(each for each in soup.select(".queue > li") if each.h2.get_text(strip=True) == line)
    form = item.select_one("form.queue-other")
    hidden = {each["name"]: each["value"] for each in form.select("[type=hidden]")}
    hidden.pop("csrf_token")
    return soup_of(client.get(post(client, form["action"], path, **hidden, other=text).location))


def focused_line(soup):
    """Give the name of the line whose button or field gets the focus."""
    return soup.select_one(".queue [autofocus]").find_parent("li").h2.get_text(strip=True)


@pytest.mark.slow
def test_a_part_of_a_name_is_enough_and_of_several_one_is_chosen(admin, suggested):
    line = names(admin)[1]
    soup = choose_other(admin, HOME, line, "nothing like it")
    assert "Choose a topic from the list." in soup.get_text()
    assert focused_line(soup) == line
    soup = choose_other(admin, HOME, line, "shel")
    assert "Several topics fit:" in soup.get_text()
    assert "More topics fit" not in soup.get_text() or len(soup.select("[data-key='9']")) == 1
    assert focused_line(soup) == line
    assert not list_category_decisions(suggested)
    choose_other(admin, HOME, line, "case man")
    [decision] = list_category_decisions(suggested)
    assert (decision.name, decision.topics) == (line, ("Case managers",))


@pytest.mark.slow
def test_the_focus_goes_on_with_the_next_line(admin):
    first, second, third = names(admin)
    soup = soup_of(admin.get(HOME))
    assert focused_line(soup) == first
    assert focused_line(choose_other(admin, HOME, second, "Food pantries")) == third
    soup = soup_of(admin.get(HOME))
    form = soup.select_one(".queue-last form")
    back = post(admin, form["action"], HOME, back="categories",
                at=form.select_one("[name=at]")["value"])  # fmt: skip
    assert focused_line(soup_of(admin.get(back.location))) == second
    assert focused_line(choose_other(admin, HOME, third, "Food pantries")) == second, "the last"


@pytest.mark.slow
def test_all_services_of_a_category(admin):
    line = next(each for each in soup_of(admin.get(HOME)).select(".queue > li")
                if each.h2.get_text(strip=True) == "Groceries")  # fmt: skip
    address = line.select_one(".queue-what a")["href"]
    soup = soup_of(admin.get(address))
    assert [each.get_text() for each in soup.select("main ul:not([class]) li > a")] == [
        "Grocery Closet", "Parish pantry", "Saturday shelf",
    ]  # fmt: skip
    assert "goes to 3 services" in soup.get_text()
    unknown = address.rsplit("/", 1)[0] + "/00000000-0000-4000-8000-000000000000"
    assert admin.get(unknown).status_code == 404


@pytest.mark.slow
def test_nothing_is_done_without_a_token(admin, suggested):
    form = soup_of(admin.get(HOME)).select_one("form.queue-choices")
    topic = form.select_one("[name=topic]")["value"]
    admin.post(form["action"], data={"topic": topic})
    assert not list_category_decisions(suggested)


@pytest.mark.slow
def test_the_desk_may_not_decide(suggested, admin):
    action = soup_of(admin.get(HOME)).select_one("form.queue-choices")["action"]
    add_account(suggested, [Role.DESK], email="dee@example.org", name="Dee")
    dee = signed_in_client(create_app(suggested.settings, suggested), "dee@example.org")
    assert "Suggested topics" not in dee.get("/staff").text
    for path in (HOME, f"{HOME}/services", f"{HOME}/decided"):
        assert dee.get(path).status_code == 403
    assert post(dee, action, "/staff").status_code == 403


@pytest.mark.slow
def test_the_start_page_counts_the_categories_that_wait(admin):
    item = next(li for li in soup_of(admin.get("/staff")).select(".work-queue li")
                if "Categories of lists without a topic" in li.get_text())  # fmt: skip
    assert item.select_one(".staff-count").get_text() == "3"


@pytest.mark.slow
def test_the_page_of_an_import_says_what_was_suggested(instance, lists):
    add_account(instance, [Role.ADMIN])
    batch_id = lists.bring(SERVICES)
    admin = signed_in_client(create_app(instance.settings, instance))
    text = admin.get(f"/admin/imports/{batch_id}").text
    assert "6 services got a suggested topic. 1 got none." in text
    lists.bring(SERVICES | {"s8": ("Night pantry", "Groceries.", "c1")})
    with instance.store.write() as session:
        session.scalars(select(ServiceRow).where(ServiceRow.name == "Zyxwv")).one().name = "Bread"
    text = admin.get(f"/admin/imports/{batch_id}").text
    assert "We are looking for topics" in text
    suggest_topics(instance, lambda *_: None)
    assert "We are looking for topics" not in admin.get(f"/admin/imports/{batch_id}").text


@pytest.mark.slow
def test_the_pages_are_spanish_too(admin):
    page = soup_of(admin.get(f"{HOME}?lang=es"))
    assert page.h1.get_text(strip=True) == "Temas sugeridos"
    assert "Ninguno de estos" in page.select_one(".queue").get_text()


def test_an_empty_directory_has_a_way_onward(app, instance):
    add_account(instance, [Role.CURATION])
    client = signed_in_client(app)
    assert "No category waits" in client.get(HOME).text
    assert "Bring in a list first" in client.get(f"{HOME}/services").text


def test_ten_services_stand_beside_each_decision(admin, suggested, tmp_path):
    many = {
        f"m{n}": (f"Pantry {n}", "A food pantry with groceries for a week.", "c1")
        for n in range(12)
    }
    ListMaker(suggested, tmp_path).bring(SERVICES | many)
    suggest_topics(suggested, lambda *_: None)
    line = next(
        each for each in soup_of(admin.get(HOME)).select(".queue > li") if "Groceries" in each.text
    )
    assert "15 services" in line.text
    assert len(line.select(".queue-examples li")) == 10


@pytest.mark.slow
def test_it_is_not_done_while_topics_are_suggested(admin, suggested):
    with suggested.store.write() as session:
        for row in session.scalars(select(ServiceRow)):
            row.retired_at = suggested.now()
    assert "No category waits." in admin.get(HOME).text
    with suggested.store.write() as session:
        add_job(session, TOPIC_SUGGESTIONS, TOPIC_SUGGESTIONS)
    text = admin.get(HOME).text
    assert "No category waits." not in text
    assert "We are looking for topics" in text
