"""What a list says in English is marked as English on a Spanish page, and who translated is told."""

from copy import copy
from dataclasses import replace

import pytest

from referral.web.translated_text import translation_status
from tests.support.inspector import inspecting, soup_of

STATUSES = {
    "machine": "Traducido por una máquina. Puede tener errores.",
    "draft": "Nadie ha revisado todavía la traducción.",
    "person-checked": "Una persona revisó esta traducción.",
    "none": "Esto está solo en inglés.",
}


@pytest.fixture
def spanish_client(sample_app):
    client = inspecting(sample_app)
    client.get("/?lang=es")
    return client


def given_texts(listing):
    """What an agency wrote about a service that no translation stands for; names of streets aside."""
    service, there = listing.service, listing.translations.get("es", {})
    for name in ("name", "description", "eligibility_description", "application_process",
                 "fees_description"):  # fmt: skip
        if not there.get(name):
            yield getattr(service, name)
    yield listing.organization.name if listing.organization else ""
    yield from (each.document for each in listing.documents)
    yield from (each.amount_description for each in listing.costs)
    yield from (each.title for each in listing.contacts)
    for hours in (listing.hours, *(site.hours for site in listing.sites)):
        yield from (rule.description for rule in hours.others)
    for site in listing.sites:
        yield site.location.name
        yield site.location.transportation


def unmarked(page, texts):
    html = copy(soup_of(page).html)
    assert html["lang"] == "es"
    # A drawn map is one picture: what is in it is no text, and the list beside it says the same.
    for marked in html.select("[lang], svg[role=img]"):
        marked.decompose()
    shown = " ".join(html.main.get_text(" ").split())
    return [text for text in texts if len(text.split()) > 2 and text[:40] in shown]


@pytest.mark.slow
@pytest.mark.parametrize(
    "has",
    [
        lambda each: each.documents and not each.translations,
        lambda each: any(cost.amount_description for cost in each.costs),
        lambda each: any(rule.description for rule in each.hours.others),
        lambda each: any(site.location.transportation for site in each.sites),
        lambda each: any(contact.title for contact in each.contacts),
        lambda each: any(phone.description for phone in each.phones),
        lambda each: each.service.alert,
    ],
    ids=["bring", "cost", "hours", "bus", "contact", "phone", "alert"],
)
def test_words_of_a_list_are_marked_on_each_page_that_has_them(spanish_client, sample_service, has):
    listing = sample_service(has)
    texts = set(given_texts(listing))
    path = f"/services/{listing.service.id}"
    assert any(text and text[:40] in spanish_client.get(path).text for text in texts)
    for address in (path, f"{path}/print", f"/organizations/{listing.organization.id}",
                    f"{path}?map=yes"):  # fmt: skip
        assert not unmarked(spanish_client.get(address).text, texts)
    spanish_client.post("/my-list/change", data={"add": listing.service.id})
    assert not unmarked(spanish_client.get("/my-list?map=yes").text, texts)
    assert not unmarked(spanish_client.get("/my-list/print").text, texts)


@pytest.mark.parametrize("status", STATUSES)
def test_a_page_says_who_stands_for_its_translation(sample_app, sample_service, status):
    listing = sample_service(lambda each: each.translations.get("es", {}).get("description"))
    texts = dict(listing.translations["es"]) if status != "none" else {}
    told = replace(
        listing,
        translations={"es": texts},
        translation_states={"es": dict.fromkeys(texts, status)},
    )
    with sample_app.test_request_context("/?lang=es"):
        sample_app.preprocess_request()
        macro = sample_app.jinja_env.get_template("macros/translation_note.html").module
        assert translation_status(told) == status
        assert STATUSES[status] in str(macro.translation_note(told))
    with sample_app.test_request_context("/?lang=en"):
        sample_app.preprocess_request()
        assert translation_status(told) == ""


def test_one_text_by_a_machine_makes_the_page_one_by_a_machine(sample_app, sample_service):
    listing = sample_service(
        lambda each: (
            len({"description", "application_process"} & {*each.translations.get("es", {})}) == 2
        )
    )
    states = dict.fromkeys(listing.translations["es"], "person-checked")
    with sample_app.test_request_context("/?lang=es"):
        sample_app.preprocess_request()
        told = replace(listing, translation_states={"es": states | {"description": "machine"}})
        assert translation_status(told) == "machine"
        told = replace(listing, translation_states={"es": states | {"description": "draft"}})
        assert translation_status(told) == "draft"
