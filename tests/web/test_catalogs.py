"""The pages in other languages: nothing untranslated, nothing outside the catalog."""

import re
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from referral.app import create_app
from referral.web.formatting import format_distance
from referral.web.i18n.catalogs import read_catalog, translations_of
from tests.support.inspector import inspecting
from tests.support.texts import (
    PLACEHOLDERS,
    SPANISH_FILE,
    extracted_catalog,
    forms_of,
    spanish_catalog,
    translated_messages,
)


def key_of(message):
    return message.context, message.id if isinstance(message.id, str) else message.id[0]


@pytest.mark.parametrize(("language", "said"), [("en", "12,345 rows"), ("es", "12,345 filas")])
def test_counts_have_separators(app, language, said):
    with app.test_request_context(f"/?lang={language}"):
        source = "{{ ngettext('%(num)s row', '%(num)s rows', 12345) }}"
        assert app.jinja_env.from_string(source).render() == said


@pytest.mark.slow
def test_every_text_has_a_translation():
    known = {key_of(each): each for each in translated_messages()}
    missing = [
        key
        for each in extracted_catalog()
        if each.id
        and (
            (key := key_of(each)) not in known
            or known[key].fuzzy
            or not all(forms_of(known[key].string))
        )
    ]
    assert not missing, f"Translate into Spanish (CONTRIBUTING.md says how): {missing}"


def test_no_translation_is_left_over():
    used = {key_of(each) for each in extracted_catalog()}
    unused = [key_of(each) for each in translated_messages() if key_of(each) not in used]
    assert not unused, f"Take out of {SPANISH_FILE.name}: {unused}"


def test_placeholders_are_the_same():
    odd = [
        (each.id, text)
        for each in translated_messages()
        for text in forms_of(each.string)
        if sorted(PLACEHOLDERS.findall(text)) != sorted(PLACEHOLDERS.findall(forms_of(each.id)[-1]))
    ]
    assert not odd


def test_plurals_have_as_many_forms_as_the_language():
    catalog = spanish_catalog()
    short = [
        each.id
        for each in catalog
        if isinstance(each.id, tuple) and len(each.string) != catalog.num_plurals
    ]
    assert not short


def test_the_ends_of_sentences_are_kept():
    """A label stays a label, a sentence a sentence, and what Spanish opens it closes."""
    odd = []
    for each in spanish_catalog():
        for text, source in zip(forms_of(each.string), forms_of(each.id), strict=False):
            same_end = source[-1:] not in ".:?" or text[-1:] == source[-1:]
            if not same_end or text.count("¿") != text.count("?"):
                odd.append((source, text))
    assert not [pair for pair in odd if pair[0]]


def test_a_fuzzy_translation_is_not_shown(tmp_path):
    catalog = Catalog(locale="es")
    catalog.add("Free", "Gratis", flags=["fuzzy"])
    catalog.add("Search", "Buscar")
    path = tmp_path / "es" / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_po(file, catalog)
    said = translations_of(read_catalog(path))
    assert (said.ugettext("Free"), said.ugettext("Search")) == ("Free", "Buscar")


# ---------------------------------------------------------------- any other language


def pseudo(text: str) -> str:
    """Longer, and in letters that are written from the right; placeholders as they were."""
    parts = re.split(rf"({PLACEHOLDERS.pattern})", text)
    return "".join(
        part if PLACEHOLDERS.fullmatch(part) else re.sub(r"\w", "ש", part) for part in parts
    )


def write_pseudo_locale(instance_path: Path) -> None:
    """Make a catalog of Hebrew letters in an instance, as a library adds a language."""
    catalog = Catalog(locale="he")
    for each in extracted_catalog():
        if each.id:
            forms = (
                pseudo(each.id)
                if isinstance(each.id, str)
                else [pseudo(each.id[min(at, 1)]) for at in range(catalog.num_plurals)]
            )
            catalog.add(each.id, forms, context=each.context)
    path = instance_path / "translations" / "he" / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True)
    packed = BytesIO()
    write_po(packed, catalog)
    path.write_bytes(packed.getvalue())


@pytest.fixture
def app_from_right(sample_instance, tmp_path):
    write_pseudo_locale(tmp_path)
    return create_app(replace(sample_instance.settings, instance_path=tmp_path), sample_instance)


@pytest.mark.slow
def test_a_library_adds_a_language_with_one_file(app_from_right):
    client = inspecting(app_from_right)
    client._unchecked = frozenset({"title", "placeholders"})
    page = client.get("/search?q=food&near=16335&lang=he").text
    assert '<html lang="he" dir="rtl"' in page
    assert "Search" not in page
    assert 'lang="en" dir="ltr"' in page  # listings are as they were written
    assert 'hreflang="es"' in page


@pytest.mark.slow
def test_words_are_those_of_the_site_and_of_the_language(app_from_right, sample_app):
    def near(app, language):
        with app.test_request_context("/", headers={"Accept-Language": language}):
            app.preprocess_request()
            return format_distance(3)

    assert near(sample_app, "en") == "about 3 miles"
    assert "ש" in near(app_from_right, "he")
    assert near(app_from_right, "en") == near(sample_app, "he") == "about 3 miles"
    assert near(sample_app, "es") == near(app_from_right, "es") == "a cerca de 3 millas"


@pytest.mark.browser
def test_pages_hold_from_right_to_left(visit, app_from_right):
    from tests.support.server import serving

    with serving(app_from_right) as address:
        page = visit(f"{address}/?lang=he", width=1280)
        page.goto(f"{address}/search?q=food&near=16335")
        filters, results = (
            page.locator(each).first.bounding_box() for each in (".filters", ".results-column")
        )
        assert filters["x"] > results["x"]
        assert (
            page.evaluate(
                "parseFloat(getComputedStyle(document.querySelector('.result')).borderRightWidth)"
            )
            == 4
        )
        number = page.locator(".result-phone a.number").first
        assert number.evaluate("each => getComputedStyle(each).direction") == "ltr"
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
