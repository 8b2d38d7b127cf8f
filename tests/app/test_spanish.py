"""What a person reads in Spanish: hours, dates, numbers, topics, listings."""

from datetime import date

import pytest

from referral.records.hsds import Schedule
from referral.web.formatting import format_clock, format_date, format_span
from referral.web.hours_labels import schedule_text
from tests.support.inspector import inspecting, soup_of
from tests.support.texts import left_in_english

NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture
def in_spanish(sample_app):
    with sample_app.test_request_context("/?lang=es"):
        sample_app.preprocess_request()
        yield


def plain(text):
    return text.replace(NBSP, " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("clock", "words"),
    [
        ("16:30", "las 4:30 p. m."),
        ("09:00", "las 9 a. m."),
        ("13:00", "la 1 p. m."),
        ("01:15", "la 1:15 a. m."),
        ("12:00", "las 12 del mediodía"),
        ("24:00", "las 12 de la noche"),
    ],
)
def test_times_in_a_sentence(in_spanish, clock, words):
    assert plain(format_clock(clock)) == words


def test_dates_spans_and_rules(in_spanish):
    assert format_date(date(2026, 3, 3)) == "3 de marzo de 2026"
    assert plain(format_span("09:00", "16:30")) == "9 a. m. a 4:30 p. m."
    rule = Schedule(id="1", byday="2TH,4TH", opens_at="09:00", closes_at="14:30")
    expected = "Segundo jueves y cuarto jueves del mes: 9 a. m. a 2:30 p. m."
    assert plain(schedule_text(rule)) == expected


PAGES = ("/", "/search?q=comida&near=16335", "/search?q=zzzyqq", "/search?q=quiero+morir",
         "/headings/basic-needs", "/topics/food", "/organizations?letter=S", "/help-now",
         "/about", "/about/privacy", "/safety", "/propose", "/guides", "/guides/new-here", "/not-sure", "/not-sure?who=any", "/not-sure?who=any&about=food",
         "/not-sure?soon=now", "/nowhere", "/open-data", "/search?near=99999")  # fmt: skip


def test_no_text_of_ours_is_english_on_a_spanish_page(sample_client):
    sample_client.get("/?lang=es")
    left = {path: left_in_english(soup_of(sample_client.get(path))) for path in PAGES}
    assert not {path: texts for path, texts in left.items() if texts}


def test_a_listing_is_told_in_spanish_where_it_can_be(sample_app, sample_service):
    listing = sample_service(lambda each: each.translations.get("es", {}).get("description"))
    there = listing.translations["es"]
    client = inspecting(sample_app)
    client.get("/?lang=es")
    soup = soup_of(client.get(f"/services/{listing.service.id}"))
    assert there["description"].split(".")[0] in soup.main.get_text(" ")
    folded = soup.select_one("details.other-language").extract()
    assert listing.service.description.split(".")[0] in folded.get_text(" ")
    assert listing.service.description not in soup.main.get_text(" ")
    assert soup.h1.text == there.get("name", listing.service.name)
    assert not soup.h1.get("lang")


def test_a_listing_without_spanish_is_marked_as_english(sample_app, sample_service):
    listing = sample_service(lambda each: each.service.description and not each.translations)
    client = inspecting(sample_app)
    client.get("/?lang=es")
    soup = soup_of(client.get(f"/services/{listing.service.id}"))
    assert soup.h1["lang"] == "en"
    assert soup.select_one("#what-title ~ p")["lang"] == "en"


@pytest.mark.slow
def test_national_lines_have_no_english_notes(sample_app, sample_service):
    line = sample_service(lambda each: each.service.name == "2-1-1 local help line")
    client = inspecting(sample_app)
    client.get("/?lang=es")
    for path in ("/search?q=2-1-1", f"/services/{line.service.id}/print"):
        page = soup_of(client.get(path)).main
        assert "Centros locales del 2-1-1" in page.get_text(" ")
        assert "Local 2-1-1 centers" not in page.get_text(" ")
    several = sample_service(lambda each: each.service.name.startswith("National Domestic"))
    text = soup_of(client.get(f"/services/{several.service.id}")).main.get_text(" ")
    assert "Línea principal" in text
    assert "Main line" not in text


def test_topics_have_their_spanish_names(sample_app):
    client = inspecting(sample_app)
    page = client.get("/topics/housing-advice?lang=es").text
    assert "Consejería de vivienda" in page


def test_what_was_understood_is_said_in_spanish(sample_app):
    page = soup_of(inspecting(sample_app).get("/search?q=comida&lang=es"))
    assert page.h1.get_text(strip=True) == "Comida"
    assert page.select_one("a.chip.is-need").get_text(" ", strip=True) == "Comida quitar"


def test_help_lines_are_in_spanish(sample_app):
    page = inspecting(sample_app).get("/help-now?lang=es").text
    assert "Línea de Prevención del Suicidio" in page
    assert "988, luego oprima 1" in page
    assert "Lunes a viernes, 8 a. m. a 9 p. m., hora del Este" in page
    assert "Revisado el 24 de noviembre de 2026" in page
