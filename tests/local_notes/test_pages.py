"""Pages of local notes: written by curators, shown to everybody, sent to the publisher."""

from dataclasses import replace

import pytest
from markupsafe import escape
from sqlalchemy import select

from referral.app import create_app
from referral.following.followed_sources import save_followed
from referral.following.records import SourceForm, SourceKind
from referral.imports.records import SourceRules
from referral.imports.sources import save_source
from referral.records.accounts import Role
from referral.store.rows import OrganizationRow, ServiceRow
from tests.support.inspector import inspecting, soup_of
from tests.support.mail_host import mail_host, mail_settings
from tests.support.staff import add_account, post, signed_in_client


@pytest.fixture
def pantry(instance, services):
    """Give the id of a service of a list."""
    assert services
    with instance.store.read() as session:
        return session.scalars(select(ServiceRow.id).where(ServiceRow.name == "Food pantry")).one()


@pytest.fixture
def curator(app, instance):
    """Give somebody who curates."""
    add_account(instance, [Role.CURATION])
    return signed_in_client(app)


def test_a_curator_writes_on_top_and_everybody_reads_whose_it_is(curator, app, instance, pantry):
    page = f"/curation/local/{pantry}"
    assert page in curator.get(f"/curation/records/service/{pantry}").text
    assert "There are none yet." in curator.get("/curation/local").text
    assert page in curator.get(f"/curation/records/service/{pantry}/edit").text
    answer = post(curator, page, note="Ask for Dana.", hours="Mon-Fri 1 pm-3 pm")
    assert answer.status_code == 302
    library = instance.settings.library_name
    text = inspecting(app).get(f"/services/{pantry}").text
    assert f"From {library}" in text
    assert "Ask for Dana." in text
    assert f"These hours are from {library}." in text
    assert "Ask for Dana." in inspecting(app).get(f"/services/{pantry}/print").text
    assert f"De {library}" in inspecting(app).get(f"/services/{pantry}?lang=es").text
    spanish = inspecting(app).get(f"/services/{pantry}?lang=es").text
    assert '<p lang="en" dir="ltr">Ask for Dana.</p>' in spanish
    post(curator, page, note="Ask for Dana.", spanish_note="Pregunte por Dana.", hours="Mon 1-3")
    for shown in (f"/services/{pantry}", f"/services/{pantry}/print"):
        assert "Ask for Dana." in inspecting(app).get(shown).text
        spanish = inspecting(app).get(f"{shown}?lang=es").text
        assert "Pregunte por Dana." in spanish
        assert "Ask for Dana." not in spanish
    assert "note and hours" in curator.get("/curation/local").text
    assert "note and hours" in curator.get(f"/curation/records/service/{pantry}").text
    refused = post(curator, page, hours="whenever")
    assert refused.status_code == 400
    assert "We cannot read these hours." in refused.text


@pytest.mark.slow
def test_a_curator_translates_on_top_and_the_page_says_whose_it_is(curator, app, pantry, instance):
    page = f"/curation/local/{pantry}"
    assert "What it is, in Spanish" in curator.get(page).text
    post(curator, page, **{"es.description": "Comida para una semana."})
    library = instance.settings.library_name
    text = inspecting(app).get(f"/services/{pantry}?lang=es").text
    assert "Comida para una semana." in text
    assert f"{library} tradujo palabras de esta página." in text
    assert "translated words" not in inspecting(app).get(f"/services/{pantry}").text
    assert "translations" in curator.get("/curation/local").text
    with instance.store.write() as session:
        session.get_one(ServiceRow, pantry).description = "Groceries for two weeks."
    text = curator.get(page).text
    assert "The list has changed: What it is, in Spanish" in text
    assert "Groceries for two weeks." in text
    answer = post(curator, f"{page}/decide", page, field="es.description", decision="ours")
    assert answer.status_code == 302
    assert "The list has changed" not in curator.get(page).text
    assert post(curator, f"{page}/decide", page, field="note", decision="ours").status_code == 400


@pytest.mark.slow
def test_what_the_list_dropped_is_told_and_nothing_is_asked_about_it(curator, pantry, instance):
    page = f"/curation/local/{pantry}"
    post(curator, page, hours="Mon-Fri 1 pm-3 pm")
    with instance.store.write() as session:
        row = session.get_one(ServiceRow, pantry)
        row.retired_at = instance.now()
        by = session.get_one(OrganizationRow, row.organization_id).name
    for path in (page, "/curation/local"):
        text = curator.get(path).text
        assert "It is off the list." in text
        assert escape(by) in text
        assert "The list has changed" not in text


@pytest.mark.slow
def test_our_translation_of_what_the_list_dropped_can_be_read_and_saved(curator, pantry, instance):
    page, words = f"/curation/local/{pantry}", "Comida para una semana."
    post(curator, page, **{"es.description": words})
    with instance.store.write() as session:
        session.get_one(ServiceRow, pantry).retired_at = instance.now()
    assert words in curator.get(page).text
    assert post(curator, page, **{"es.description": words}).status_code == 302


@pytest.mark.slow
def test_who_checks_a_listing_of_a_list_is_led_to_our_notes_and_its_publisher(curator, pantry):
    page = curator.get(f"/curation/verification/services/{pantry}").text
    assert "From the list: pantries" in page
    assert f'"/curation/local/{pantry}"' in page
    assert f'"/curation/local/{pantry}/correction"' in page


def test_hidden_here_is_gone_for_the_public(curator, app, pantry):
    post(curator, f"/curation/local/{pantry}", hidden="yes")
    assert app.test_client().get(f"/services/{pantry}").status_code == 404
    assert "hidden here" in curator.get("/curation/local").text


def test_who_may_not_edit_may_not_write_on_top(app, instance, pantry):
    add_account(instance, [Role.DESK])
    client = signed_in_client(app)
    assert client.get(f"/curation/local/{pantry}").status_code == 403


@pytest.mark.slow
def test_a_correction_goes_to_the_publisher_only_when_pressed(instance, pantry):
    save_source(instance, SourceRules(name="pantries", contact_note="Lee <lee@lists.example>"))
    add_account(instance, [Role.CURATION])
    page = f"/curation/local/{pantry}/correction"
    with mail_host() as host:
        settings = mail_settings(instance.settings, host)
        curator = signed_in_client(create_app(settings, replace(instance, given=settings)))
        assert 'value="lee@lists.example"' in curator.get(page).text
        assert host.letters == []
        assert post(curator, page, to="nobody", text="Wrong").status_code == 400
        assert post(curator, page, to="lee@lists.example", text="Wrong").status_code == 302
        [letter] = host.letters
    assert letter["To"] == "lee@lists.example"
    assert letter.get_content().strip() == "Wrong"


@pytest.mark.slow
def test_who_publishes_a_followed_list_is_known(curator, instance, pantry):
    page = f"/curation/local/{pantry}/correction"
    said = {"name": "pantries", "kind": SourceKind.FILE, "address": "https://lists.example/all.zip"}
    source = save_followed(instance, SourceForm(**said, contact="https://lists.example/wrong"))
    assert soup_of(curator.get(page)).find("a", href="https://lists.example/wrong")
    save_followed(instance, SourceForm(**said, contact="desk@lists.example"), source)
    assert 'value="desk@lists.example"' in curator.get(page).text
    with instance.store.read() as session:
        key = session.get_one(ServiceRow, pantry).source_key
    theirs = f"https://county.example/help/services/{key}/wrong"
    assert not soup_of(curator.get(page)).find("a", href=theirs)
    said |= {"kind": SourceKind.REFERRAL, "address": "https://county.example/help/hsds/3.1"}
    save_followed(instance, SourceForm(**said), source)
    assert soup_of(curator.get(page)).find("a", href=theirs)


def test_without_mail_the_text_is_there_to_copy(curator, pantry):
    page = f"/curation/local/{pantry}"
    post(curator, page, hours="Mon-Fri 1 pm-3 pm")
    text = curator.get(f"{page}/correction").text
    assert "We know these hours: Mon-Fri 1 pm-3 pm" in text
    assert "This site sends no mail." in text
    assert "Send the mail" not in text
