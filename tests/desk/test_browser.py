"""The desk in a real browser: twice round the cycle, by mouse and by keyboard, with and without."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from referral.accounts.account_admin import list_accounts
from referral.desk.codes import Channel, Outcome, UnmetReason
from referral.desk.follow_ups import list_follow_ups
from referral.desk.inquiries import open_inquiry, read_inquiry
from referral.desk.rows import InquiryRow
from referral.records.accounts import Role
from tests.support.browser import (
    follow,
    next_page,
    page_faults,
    press,
    sign_in,
    tab_to,
    wait_for_page,
)
from tests.support.databases import database_filled
from tests.support.desk import PANTRY, stock
from tests.support.staff import add_account

pytestmark = pytest.mark.browser

DEE = "dee@example.org"


def pantry_and_dee(instance):
    """Fill a directory with a pantry and somebody at the desk."""
    stock(instance)
    add_account(instance, [Role.DESK], DEE, "Dee")


directory_url = database_filled(pantry_and_dee)


def account_ids(instance):
    """The ids of the accounts."""
    return [account.id for account in list_accounts(instance)]


def id_in(address):
    return re.search(r"/desk/inquiries/([0-9a-f-]{36})", address)[1]


def give_pantry(page, address):
    page.goto(f"{address}/search?q=pantry")
    follow(page, ".desk-card button")
    page.wait_for_selector(".is-given")


def open_step(page, anchor):
    page.click(f"#{anchor} > summary")


def first_round(page, address):
    """From the results: a detail that keeps itself, a slip read and answered, agreed, closed."""
    give_pantry(page, address)
    page.click(".desk-step > summary >> nth=0")
    page.select_option("#desk-channel", "phone")
    page.wait_for_selector("[data-desk-status]:has-text('Saved.')")
    follow(page, "text=Slip in English")
    wait_for_page(page, ".slip-picture svg")
    page.goto(page.url.replace("/desk/slips/", "/l/"))
    follow(page, "text=Got help")
    wait_for_page(page, ".is-thanks")
    page.goto(f"{address}/desk")
    open_step(page, "desk-follow-up")
    follow(page, "text=Set up a follow-up")
    expect(page.locator("#contact")).to_have_count(0)
    follow(page, "text=Yes, they agreed")
    page.check("[name=kind][value=phone]")
    page.fill("#contact", "814-555-0142")
    follow(page, "text=Lock it up")
    page.wait_for_selector(".desk-column")
    return close(page)


def follow_up(page, address, follow_up_id):
    """The person is reached, and there is a new need."""
    page.goto(f"{address}/desk/follow-ups/{follow_up_id}")
    follow(page, "text=Show it now")
    page.wait_for_selector("text=814-555-0142")
    page.keyboard.press("r")
    follow(page, "text=Save, there is a new need")
    page.wait_for_selector("text=Goes on from an earlier one")


def second_round(page):
    """The new need is not met, and nobody is to be asked again."""
    follow(page, "#desk-needs >> text=Advocacy and legal services")
    follow(page, ".desk-outcomes >> text=Not met")
    with next_page(page):  # the script sends the choice
        page.select_option("[id^=reason-]", "none_exists")
    page.wait_for_selector("[id^=reason-] option[selected][value=none_exists]", state="attached")
    return close(page)


def close(page):
    """Close the inquiry; gives its id."""
    follow(page, ".desk-column >> button:has-text('Close the inquiry')")
    page.wait_for_selector("text=This inquiry is closed")
    return id_in(page.url)


@pytest.mark.release
def test_twice_round_with_and_without_follow_up(visit, site, instance):
    page = visit(f"{site}/staff/sign-in")
    sign_in(page, site, "/desk", DEE)
    first = first_round(page, site)
    [waiting] = list_follow_ups(instance)
    follow_up(page, site, waiting.id)
    second = read_inquiry(instance, second_round(page))
    earlier = read_inquiry(instance, first)
    assert earlier.details.channel is Channel.PHONE
    assert earlier.needs[0].referrals[0].result.got_help is True
    assert second.repeat_of == first
    need = second.needs[0]
    assert (need.outcome, need.unmet_reason) == (Outcome.UNMET, UnmetReason.NONE_EXISTS)
    assert list_follow_ups(instance) == ()


def first_round_by_keyboard(page):
    """From the search box to a closed inquiry with a follow-up."""
    tab_to(page, "main input[name=q]")
    page.keyboard.type("pantry")
    with next_page(page):
        page.keyboard.press("Enter")
    page.wait_for_selector(".desk-card")
    press(page, ".desk-card button")
    page.wait_for_selector(".is-given")
    press(page, ".desk-slip button[value=es]")
    wait_for_page(page, ".slip-picture svg")
    press(page, "nav a")
    page.wait_for_selector(".desk-column")
    tab_to(page, "#desk-follow-up > summary")
    page.keyboard.press("Enter")
    press(page, "#desk-follow-up a")
    page.wait_for_selector("text=Yes, they agreed")
    press(page, "main a[href*=agreed]")
    page.wait_for_selector("#contact")
    tab_to(page, "[name=kind][value=phone]")
    page.keyboard.press("Space")
    tab_to(page, "#contact")
    page.keyboard.type("814-555-0142")
    press(page, "main button[type=submit]")
    page.wait_for_selector(".desk-column, main h1:text('closed')")
    press(page, "button[accesskey=c]")
    page.wait_for_selector("text=This inquiry is closed")
    return id_in(page.url)


def second_round_by_keyboard(page):
    """The same person, a need that is not met, and no follow-up."""
    press(page, "button[accesskey=n]")
    page.wait_for_selector("text=Goes on from an earlier one")
    press(page, "#desk-needs form:has(input[value=legal]) button")
    page.wait_for_selector(".desk-outcomes")
    press(page, ".desk-column button[name=outcome][value=unmet]")
    page.wait_for_selector("[id^=reason-]")
    tab_to(page, "[id^=reason-]")
    with next_page(page):
        page.keyboard.type("There is")
    page.wait_for_selector("[id^=reason-] option[selected][value=none_exists]", state="attached")
    press(page, "button[accesskey=c]")
    page.wait_for_selector("text=This inquiry is closed")
    return id_in(page.url)


@pytest.mark.parametrize("width", [1280, pytest.param(390, marks=pytest.mark.slow)])
def test_twice_round_with_the_keyboard_alone(visit, site, instance, width):
    page = visit(f"{site}/staff/sign-in", width=width)
    sign_in(page, site, "/desk", DEE)
    first = first_round_by_keyboard(page)
    [waiting] = list_follow_ups(instance)
    assert waiting.inquiry_id == first
    second = read_inquiry(instance, second_round_by_keyboard(page))
    assert (second.repeat_of, second.needs[0].unmet_reason) == (first, UnmetReason.NONE_EXISTS)
    assert [each.inquiry_id for each in list_follow_ups(instance)] == [first]


def test_what_was_noted_outlives_a_crash_and_a_colleague_goes_on(visit, site, instance):
    page = visit(f"{site}/staff/sign-in")
    sign_in(page, site, "/desk", DEE)
    give_pantry(page, site)
    page.click(".desk-step > summary >> nth=0")
    page.select_option("#desk-channel", "phone")
    page.wait_for_selector("[data-desk-status]:has-text('Saved.')")
    code = page.inner_text("#desk-title").split()[-1]
    page.context.close()
    add_account(instance, [Role.DESK], "eve@example.org", "Eve")
    other = visit(f"{site}/staff/sign-in")
    sign_in(other, site, "/desk", "eve@example.org")
    other.fill("#join-code", code)
    follow(other, other.locator("text=Join").last)
    other.wait_for_selector("#desk-title")
    kept = read_inquiry(instance, id_in(other.get_attribute("#desk-title a", "href")))
    assert kept.details.channel is Channel.PHONE
    assert [each.service_id for each in kept.needs[0].referrals] == [PANTRY]
    assert len(kept.members) == 2


@pytest.mark.parametrize(("width", "menu"), [(1280, ".staff-parts"), (390, ".is-whole")])
def test_pages_of_staff_stand_in_a_menu_by_work(visit, site, width, menu):
    page = visit(f"{site}/staff/sign-in", width=width, javascript=False)
    sign_in(page, site, "/desk", DEE)
    link = page.locator(menu).get_by_role("link", name="What we hold")
    assert not link.is_visible()
    assert page.locator(".top-bar").bounding_box()["height"] <= 50
    page.locator(menu).locator("summary").first.focus()
    page.keyboard.press("Enter")
    follow(page, link)
    page.wait_for_selector("text=What we hold about people, and why")


def logged(instance):
    """What was logged: type, heading, outcome, channel, count."""
    with instance.store.read() as session:
        rows = session.scalars(select(InquiryRow).where(InquiryRow.month != ""))
        return {
            (row.question_type, *[f"{need.heading} {need.outcome}" for need in row.needs],
             row.channel, row.count)
            for row in rows
        }  # fmt: skip


def press_keys(page, *keys):
    """Press keys, the last of which keeps the question, and wait until the next can be asked."""
    for key in keys[:-1]:
        page.keyboard.press(key)
    with next_page(page):
        page.keyboard.press(keys[-1])
    expect(page.locator(".desk-quick [role=status]")).to_be_visible()
    expect(page.locator("#what-1")).to_be_focused()


def test_a_question_is_logged_by_five_keys_at_most_and_the_next_at_once(visit, site, instance):
    page = visit(f"{site}/staff/sign-in")
    sign_in(page, site, "/desk", DEE)
    opened = open_inquiry(instance, account_ids(instance)[0])
    page.goto(f"{site}/desk")
    expect(page.locator("#what-1")).to_be_focused()
    slugs = page.eval_on_selector_all("[name=log-what]", "all => all.map(each => each.value)")
    asked = [("1", "a", "Enter"), ("d", "Enter"), ("2", "a", "m", "p", "Enter"),
             ("3", "n", "t", "Enter"), ("t", "Enter")]  # fmt: skip
    for keys in asked:
        press_keys(page, *keys)
    assert max(map(len, asked)) <= 5
    headings = [slug.removeprefix("need:") for slug in slugs]
    assert logged(instance) == {
        ("referral", f"{headings[0]} information", "", 1),
        ("directional", "", 1),
        ("referral", f"{headings[1]} information", "phone", 1),
        ("referral", f"{headings[2]} unmet", "", 1),
        ("technology", "", 1),
    }
    assert read_inquiry(instance, opened).closed_at is None
    assert page.locator(".desk-column").count() == 1


def test_a_question_is_logged_without_a_script(visit, site, instance):
    page = visit(f"{site}/staff/sign-in", javascript=False)
    sign_in(page, site, "/desk", DEE)
    expect(page.locator("#what-1")).to_be_focused()
    expect(page.locator(".desk-quick kbd").first).to_be_hidden()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    with next_page(page):
        page.keyboard.press("Enter")
    [(kind, need, *_)] = logged(instance)
    assert (kind, need.split()[1]) == ("referral", "information")


def test_keys_choose_nothing_where_somebody_types(visit, site, instance):
    page = visit(f"{site}/staff/sign-in")
    sign_in(page, site, "/desk", DEE)
    page.keyboard.press("r")
    page.click(".desk-quick summary")
    page.fill("#log-minutes", "12")
    page.press("#log-count", "End")
    page.keyboard.press("Backspace")
    page.keyboard.press("3")
    expect(page.locator("[name=log-what]:checked")).to_have_value("type:reference")
    with next_page(page):
        page.keyboard.press("Enter")
    assert logged(instance) == {("reference", "", 3)}


def test_by_keyboard_without_a_script(visit, site, instance):
    page = visit(f"{site}/staff/sign-in", javascript=False)
    sign_in(page, site, "/desk", DEE)
    page.goto(f"{site}/services/{PANTRY}")
    page.focus("button[accesskey=g]")
    with next_page(page):
        page.keyboard.press("Enter")
    page.wait_for_selector(".is-given")
    page.focus("button[accesskey=c]")
    with next_page(page):
        page.keyboard.press("Enter")
    page.wait_for_selector("text=This inquiry is closed")
    assert read_inquiry(instance, id_in(page.url)).closed_at is not None


def add_second_service(page, address):
    """Two needs, and a service that can be given for either."""
    for number, heading in enumerate(("legal", "health"), start=2):
        page.goto(f"{address}/desk")
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
        follow(page, f"#desk-needs form:has(input[value={heading}]) button")
        page.wait_for_selector(f"#desk-needs .step-done:has-text('{number}')")
    follow(page, "text=Take back")
    page.goto(f"{address}/search?q=pantry")
    page.wait_for_selector(".desk-card select")


def test_axe_finds_nothing_and_nothing_scrolls_sideways(visit, site):
    page = visit(f"{site}/staff/sign-in")
    sign_in(page, site, "/desk", DEE)
    faults = {"empty": page_faults(page)}
    give_pantry(page, site)
    faults["results"] = page_faults(page)
    page.emulate_media(media="print")
    expect(page.locator("#desk")).to_be_hidden()  # nobody's needs on the paper of a list
    page.emulate_media(media="screen")
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    faults["all unfolded"] = page_faults(page)
    for path in ("/desk", f"/services/{PANTRY}", "/desk/headings/legal", "/desk/held", "/l",
                 "/desk/follow-ups", "/desk/recent", "/search?q=i+want+to+die"):  # fmt: skip
        page.goto(site + path)
        faults[path] = page_faults(page)
    page.goto(f"{site}/desk")
    follow(page, "text=Slip in Spanish")
    assert "/desk/slips/" in page.url
    faults["slip"] = page_faults(page)
    page.goto(page.url + "/picture")
    faults["picture"] = page_faults(page)
    page.goto(page.url.replace("/desk/slips/", "/l/").replace("/picture", ""))
    faults["list"] = page_faults(page)
    add_second_service(page, site)
    faults["several needs"] = page_faults(page)
    assert not any(faults.values()), faults
