"""Pages that keep the directory true, as staff, a patron and a provider go through them."""

import logging
import re
from datetime import date

import pytest
from sqlalchemy import select

from referral.accounts.audit import read_audit_log
from referral.directory.listings import read_service
from referral.records.accounts import Role
from referral.records.hsds import (
    Location,
    Organization,
    Schedule,
    Service,
    ServiceAtLocation,
)
from referral.records.visibility import Audience, Visibility
from referral.store.conversion import row_from
from referral.store.rows import PhoneRow, ServiceRow
from referral.verification.check_queue import lines_to_check, list_verification, read_check
from referral.verification.feedback import record_report
from referral.verification.records import ContactMethod, ReportKind
from tests.support.inspector import inspecting, soup_of
from tests.support.pairs import id_of, pantry, store
from tests.support.staff import add_account, post, signed_in_client


@pytest.fixture
def pantry_of_two_lists(instance, app):
    """Give clients of a curator and of anybody, and the ids of a pantry of two lists."""
    one, other = (
        pantry(1, url="https://a.example"),
        pantry(2, name="The Food Pantry", email="a@b.example"),
    )
    store(instance, *one, source="one list")
    store(instance, *other, source="another list")
    add_account(instance, [Role.CURATION])
    ids = [id_of(each, Service) for each in (one, other)]
    return signed_in_client(app), inspecting(app), ids, id_of(one, Organization)


def pair_of(staff, kind="service"):
    post(staff, "/curation/duplicates/look", "/curation/duplicates")
    page = soup_of(staff.get(f"/curation/duplicates?kind={kind}"))
    return page.select_one(".pairs a")["href"]


def test_two_are_compared_merged_and_taken_back(instance, pantry_of_two_lists):
    staff, anybody, ids, _ = pantry_of_two_lists
    address = pair_of(staff)
    page = staff.get(address).text
    assert "(814) 555-0101" in page
    assert "<mark>(814) 555-0101</mark>" not in page  # both have it
    keep = re.search(r'name="keep" value="([^"]+)"', page)[1]
    gone = next(each for each in ids if each != keep)
    answer = post(staff, f"{address}/merge", address, **{"keep": keep, "field-email": "other"})
    assert answer.location == "/curation/duplicates?status=merged&done=done"
    assert "Old links lead to it" in staff.get(answer.location).text
    for path in ("", "/print", "/wrong"):
        moved = anybody.get(f"/services/{gone}{path}")
        assert (moved.status_code, moved.location) == (302, f"/services/{keep}{path}")
    assert staff.get(address).status_code == 404
    merged = staff.get("/curation/duplicates?status=merged").text
    undo = re.search(r'action="(/curation/duplicates/merges/[^"]+)"', merged)[1]
    answer = post(staff, undo, "/curation/duplicates?status=merged")
    assert "as they were" in staff.get(answer.location).text
    assert anybody.get(f"/services/{gone}").status_code == 200
    answer = post(staff, undo, "/curation/duplicates")
    assert "taken back already" in staff.get(answer.location).text


@pytest.mark.slow
def test_turning_around_and_deciding(pantry_of_two_lists):
    staff, _, ids, _ = pantry_of_two_lists
    address = pair_of(staff)
    for each in ids:
        page = staff.get(f"{address}?keep={each}").text
        assert f'name="keep" value="{each}"' in page
    answer = post(staff, f"{address}/decide", address, decision="different")
    assert "not ask about these two again" in staff.get(answer.location).text
    answer = post(staff, f"{address}/decide", address, decision="open")
    assert post(staff, f"{address}/merge", address, keep="nobody").status_code == 409


@pytest.mark.slow
def test_a_merged_record_that_nobody_sees_is_not_given_away(instance, pantry_of_two_lists):
    staff, anybody, ids, _ = pantry_of_two_lists
    with instance.store.write() as session:
        session.get_one(ServiceRow, ids[1]).visibility = Visibility.WITHHELD.value
    address = pair_of(staff)
    page = staff.get(f"{address}?keep={ids[1]}").text
    assert "will not be public" in page
    post(staff, f"{address}/merge", address, keep=ids[1])
    assert anybody.get(f"/services/{ids[0]}").status_code == 404


@pytest.mark.slow
def test_anybody_may_say_that_something_is_wrong(instance, pantry_of_two_lists, caplog):
    caplog.set_level(logging.DEBUG)
    staff, anybody, ids, _ = pantry_of_two_lists
    path = f"/services/{ids[0]}"
    assert f'href="{path}/wrong"' in anybody.get(path).text
    refused = soup_of(post(anybody, f"{path}/wrong"))
    first = refused.select_one(refused.select_one(".error-summary a")["href"])
    assert (first["type"], first["name"]) == ("radio", "kind")
    group = first.find_parent("fieldset")
    assert "Choose what is wrong" in refused.select_one(f"#{group['aria-describedby']}").text
    answer = post(anybody, f"{path}/wrong", kind="phone", words="Nobody <b>answers</b> since May.")
    assert answer.location == f"{path}/thanks"
    assert anybody.get(answer.location).status_code == 200
    assert "since May" not in caplog.text
    queue = staff.get("/curation/verification?only=reported").text
    assert ids[0] in queue
    assert ids[1] not in queue
    page = staff.get(f"/curation/verification/services/{ids[0]}").text
    assert "Nobody answers since May." in page
    report = re.search(r'action="(/curation/verification/reports/[^"]+)"', page)[1]
    post(staff, report, f"/curation/verification/services/{ids[0]}", decision="done")
    assert read_check(instance, ids[0]).reports == ()
    assert read_audit_log(instance).entries[0].action == "report-done"


@pytest.mark.slow
def test_programs_and_floods_are_held_off(instance, pantry_of_two_lists):
    _, anybody, ids, _ = pantry_of_two_lists
    path = f"/services/{ids[0]}/wrong"
    assert post(anybody, path, kind="phone", website="https://spam.example").status_code == 302
    assert read_check(instance, ids[0]).reports == ()
    anybody.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    taken = [post(anybody, path, kind="other", words=f"{each}").location for each in range(30)]
    assert (
        taken
        == [f"{path.removesuffix('wrong')}thanks"] * 5
        + [f"{path.removesuffix('wrong')}thanks?short=1"] * 25
    )
    assert "but not your words" in anybody.get(taken[-1]).text
    assert sorted(each.words for each in read_check(instance, ids[0]).reports) == ["", *"01234"]


@pytest.mark.slow
def test_a_flood_shuts_nobody_out_of_reporting(instance, pantry_of_two_lists):
    _, anybody, ids, _ = pantry_of_two_lists
    path = f"/services/{ids[0]}/wrong"
    for each in range(25):
        anybody.environ_base["REMOTE_ADDR"] = f"192.0.2.{each}"
        post(anybody, path, kind="other", words=f"{each}")
    anybody.environ_base["REMOTE_ADDR"] = "192.0.2.99"
    assert "thanks" in post(anybody, path, kind="phone").location
    assert "phone" in {each.kind for each in read_check(instance, ids[0]).reports}
    other = post(anybody, f"/services/{ids[1]}/wrong", kind="phone", words="Wrong number")
    assert other.location == f"/services/{ids[1]}/thanks"
    assert anybody.get("/services/00000000-0000-4000-8000-000000000000/wrong").status_code == 404


@pytest.mark.slow
def test_still_right_says_how_and_goes_on_to_the_next(instance, pantry_of_two_lists):
    staff, anybody, ids, _ = pantry_of_two_lists
    paths = [f"/curation/verification/services/{each}" for each in ids]
    first = staff.get("/curation/verification/next").location
    ids.sort(key=lambda each: each not in first)
    path, other = sorted(paths, key=lambda each: each != first)
    assert "1 of 2" in staff.get(path).text
    answer = post(staff, f"{path}/right", path, how="website")
    assert answer.location == other
    assert [each.how for each in read_check(instance, ids[0]).tries] == [ContactMethod.WEBSITE]
    assert "1 of 1" in staff.get(other).text
    service = read_service(instance, ids[0], Audience.PUBLIC).service
    assert (service.assured_date, service.verified_by) == (instance.now().date(), "Pat")
    assert ids[0] not in staff.get("/curation/verification").text
    assert "Last checked" in anybody.get(f"/services/{ids[0]}").text
    assert read_audit_log(instance).entries[0].action == "listing-checked"
    assert post(staff, f"{other}/right", other, how="phone").location.endswith("?done=all")
    assert "been through all" in staff.get("/curation/verification?done=all").text
    for _ in range(3):
        post(staff, f"{path}/tries", path, how="email", result="no-answer")
    page = staff.get(path).text
    assert "By e-mail: No answer" in page
    assert "3 failed tries" in page


@pytest.mark.slow
def test_a_check_is_taken_back_with_its_reports(instance, pantry_of_two_lists):
    staff, anybody, ids, _ = pantry_of_two_lists
    path = f"/curation/verification/services/{ids[1]}"
    with instance.store.write() as session:
        session.get_one(ServiceRow, ids[1]).verified_by = "The list"
    post(anybody, f"/services/{ids[1]}/wrong", kind="phone", words="Nobody answers.")
    assert staff.get("/curation/verification/next").location == path, "a report comes first"
    assert "the reports are put aside" in staff.get(path).text
    post(staff, f"{path}/right", path, how="visit")
    assert read_check(instance, ids[1]).reports == ()
    assert post(staff, "/curation/verification/undo", path).location == path
    check = read_check(instance, ids[1])
    service = check.listing.service
    assert (service.assured_date, service.verified_by) == (None, "The list")
    assert [each.kind for each in check.reports] == [ReportKind.PHONE]
    assert check.tries == ()
    again = post(staff, "/curation/verification/undo", path)
    assert again.location == "/curation/verification"


@pytest.mark.slow
def test_what_nobody_checked_and_many_open_comes_before_what_is_old(instance, pantry_of_two_lists):
    _, anybody, ids, _ = pantry_of_two_lists
    with instance.store.write() as session:
        session.get_one(ServiceRow, ids[0]).assured_date = date(2001, 1, 1)
    anybody.get(f"/services/{ids[1]}")
    instance.view_counts.write(instance.store)
    assert [line.service_id for line in lines_to_check(instance)] == [ids[1], ids[0]]
    record_report(instance, ids[0], ReportKind.HOURS)
    assert [line.service_id for line in lines_to_check(instance)] == ids


def link_of(staff, service_id):
    path = f"/curation/verification/services/{service_id}"
    page = post(staff, f"{path}/link", path, send="show").text
    return re.search(r"/provider/[\w-]+", page)[0]


@pytest.mark.slow
def test_a_provider_corrects_its_listing_and_staff_accept_a_part(instance, pantry_of_two_lists):
    staff, anybody, ids, organization = pantry_of_two_lists
    link = link_of(staff, ids[0])
    page = anybody.get(link).text
    assert "Food Pantry" in page
    phone = re.search(r'name="(phone/[^"]+/number)"[^>]*value="\+18145550101"', page)[1]
    answer = post(
        anybody, link,
        **{
            f"service/{ids[0]}/description": "Bread & soup.",
            f"service/{ids[0]}/hours": "Tue 1pm-3pm",
            f"service/{ids[0]}/phone": "814-555-0199",
            f"organization/{organization}/website": "table.example",
            f"service/{ids[1]}/description": "Not mine to change.",
            phone: "814-555-0155",
        },
    )  # fmt: skip
    assert answer.location == "/provider/thanks"
    assert anybody.get(answer.location).status_code == 200
    assert anybody.get(link).status_code == 404
    assert "Bread" not in anybody.get(f"/services/{ids[0]}").text
    queue = staff.get("/curation/verification").text
    assert "asks for 5 changes" in queue
    path = re.search(r"/curation/verification/answers/[\w-]+", queue)[0]
    page = soup_of(staff.get(path))
    fields = {box["name"]: "accept" for box in page.select("input[value=accept]")}
    website = next(row for row in page.select("tbody tr") if "table.example" in row.text)
    fields[website.select_one("input")["name"]] = "decline"
    post(staff, path, checked="yes", **fields)
    shown = anybody.get(f"/services/{ids[0]}").text
    for words in ("Bread &amp; soup.", "Tuesday", "(814) 555-0199"):
        assert words in shown
    shown = anybody.get(f"/organizations/{organization}").text
    assert "(814) 555-0155" in shown
    assert "table.example" not in shown
    assert read_service(instance, ids[0], Audience.PUBLIC).service.verified_by == "provider"
    assert post(staff, path, "/curation/verification", checked="yes").status_code == 404
    assert "decided already" in staff.get(path).text


@pytest.mark.slow
def test_words_in_place_of_a_phone_are_not_taken_over_unless_somebody_says_so(pantry_of_two_lists):
    staff, anybody, ids, organization = pantry_of_two_lists
    words = {f"service/{ids[0]}/phone": "call us", f"organization/{organization}/email": "a@b.org"}
    post(anybody, link_of(staff, ids[0]), **words)
    queue = staff.get("/curation/verification").text
    path = re.search(r"/curation/verification/answers/[\w-]+", queue)[0]
    page = soup_of(staff.get(path))
    rows = {row.select_one("mark").text: row for row in page.select("tbody tr")}
    chosen = {text: row.select_one("input[checked]")["value"] for text, row in rows.items()}
    assert chosen == {"call us": "decline", "a@b.org": "accept"}
    assert "no phone number" in rows["call us"].text
    post(staff, path, **{box["name"]: box["value"] for box in page.select("td input[checked]")})
    assert "call us" not in anybody.get(f"/services/{ids[0]}").text


@pytest.mark.slow
def test_accepted_hours_count_at_all_places(instance, pantry_of_two_lists):
    staff, anybody, ids, organization = pantry_of_two_lists
    with instance.store.write() as session:
        for key in ("north", "south"):
            place = Location(id=key, organization_id=organization, location_type="physical")
            link = ServiceAtLocation(id=f"at-{key}", service_id=ids[0], location_id=key)
            hours = Schedule(id=f"h-{key}", service_at_location_id=link.id, description=key)
            session.add_all([row_from(each) for each in (place, link, hours)])
    link = link_of(staff, ids[0])
    post(anybody, link, **{f"service/{ids[0]}/hours": "Tue 1pm-3pm"})
    queue = staff.get("/curation/verification").text
    path = re.search(r"/curation/verification/answers/[\w-]+", queue)[0]
    boxes = soup_of(staff.get(path)).select("input[value=accept]")
    post(staff, path, checked="yes", **{box["name"]: "accept" for box in boxes})
    page = read_service(instance, ids[0], Audience.PUBLIC)
    assert len(page.sites) == 3
    assert page.has_same_hours
    assert [day.spans for day in page.hours.week if day.spans] == [(("13:00", "15:00"),)]
    assert not page.hours.others


@pytest.mark.slow
def test_a_provider_says_that_all_is_right(pantry_of_two_lists):
    staff, anybody, ids, _ = pantry_of_two_lists
    old, link = link_of(staff, ids[0]), link_of(staff, ids[0])
    assert anybody.get(old).status_code == 404
    post(anybody, link, **{"all-right": "yes", f"service/{ids[0]}/name": "Ignored"})
    queue = staff.get("/curation/verification").text
    assert "says that all is right" in queue
    path = re.search(r"/curation/verification/answers/[\w-]+", queue)[0]
    post(staff, path, checked="yes")
    assert "says that all is right" not in staff.get("/curation/verification").text


def test_a_provider_is_shown_nothing_that_is_not_public(instance, pantry_of_two_lists):
    staff, anybody, ids, _ = pantry_of_two_lists
    with instance.store.write() as session:
        session.get_one(ServiceRow, ids[0]).visibility = Visibility.WITHHELD.value
    page = anybody.get(link_of(staff, ids[0])).text
    assert "Food Pantry" not in page
    assert "Table" in page


def test_a_provider_sees_which_of_its_numbers_is_which(instance, pantry_of_two_lists):
    staff, anybody, ids, _ = pantry_of_two_lists
    with instance.store.write() as session:
        for phone in session.scalars(select(PhoneRow)):
            phone.type = "fax"
    labels = [
        each.text.strip() for each in soup_of(anybody.get(link_of(staff, ids[0]))).select("label")
    ]
    assert "Phone: Fax" in labels


@pytest.mark.slow
def test_wrong_links_of_others_shut_no_provider_out(pantry_of_two_lists):
    staff, anybody, ids, _ = pantry_of_two_lists
    codes = {anybody.get(f"/provider/guess-{each}").status_code for each in range(21)}
    assert codes == {404}
    assert anybody.get(link_of(staff, ids[0])).status_code == 200


@pytest.mark.slow
def test_quality_counts_lead_to_lists_and_records(instance, pantry_of_two_lists):
    staff, _, ids, _ = pantry_of_two_lists
    page = staff.get("/curation/quality").text
    assert "services have something that must be fixed" in page or "Nothing must be fixed" in page
    listed = staff.get("/curation/quality/no-area").text
    assert f"/curation/records/service/{ids[0]}" in listed
    with instance.store.write() as session:
        session.get_one(ServiceRow, ids[0]).application_process = "Come and ring the bell."
    answer = staff.post("/curation/quality/look")
    assert answer.status_code == 400  # without a token nothing is done
    assert "Looked at on" in staff.get("/curation/quality").text
    assert ids[0] not in staff.get("/curation/quality/no-application").text
    assert staff.get("/curation/quality/nothing").status_code == 404


def test_opening_a_page_is_counted_by_month_and_no_more(instance, pantry_of_two_lists):
    _, anybody, ids, _ = pantry_of_two_lists
    for _ in range(3):
        anybody.get(f"/services/{ids[1]}")
    instance.view_counts.write(instance.store)
    anybody.get(f"/services/{ids[1]}")
    instance.view_counts.write(instance.store)
    lines = {line.service_id: line for line in list_verification(instance).lines}
    assert (lines[ids[1]].opened, lines[ids[0]].opened) == (4, 0)
    assert lines[ids[1]].urgency > lines[ids[0]].urgency


def test_the_footer_counts_only_what_somebody_here_has_checked(instance, app, pantry_of_two_lists):
    staff, _, ids, _ = pantry_of_two_lists

    def footer(language="en"):
        app.extensions.pop("referral_list_checked", None)  # counted again at once
        return " ".join(inspecting(app).get(f"/about?lang={language}").text.split())

    with instance.store.write() as session:  # as an import, and as an accepted answer
        for service_id, by in zip(ids, ("Their office", "provider"), strict=True):
            row = session.get_one(ServiceRow, service_id)
            row.assured_date, row.verified_by = instance.now().date(), by
    assert "Nobody here has checked these listings in the last 6 months." in footer()
    with instance.store.write() as session:
        session.get_one(ServiceRow, ids[0]).assured_date = None
    path = f"/curation/verification/services/{ids[0]}"
    post(staff, f"{path}/right", path, how="phone")
    assert "1 of 2 listings checked in the last 6 months." in footer()
    assert "Revisados en los últimos 6 meses: 1 de 2 servicios." in footer("es")


def test_the_desk_does_not_curate(instance, app, pantry_of_two_lists):
    add_account(instance, [Role.DESK], "desk@example.org", "Dee")
    desk = signed_in_client(app, "desk@example.org")
    for path in ("/curation/duplicates", "/curation/verification", "/curation/quality"):
        assert desk.get(path).status_code == 403
