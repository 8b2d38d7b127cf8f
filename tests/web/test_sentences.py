"""Sentences of lower layers in the language of the page."""

import pytest
from babel.messages.catalog import Catalog

from referral.records.kinds import KINDS, field_names
from referral.web.i18n.extract import extract_sentences
from referral.web.i18n.sentences import CONTEXT, Sentences
from referral.web.record_labels import FIELDS
from referral.web.record_labels import KINDS as KIND_LABELS
from referral.web.translated_text import sentence, sentence_words


def taken(source, tmp_path):
    path = tmp_path / "module.py"
    path.write_text(source)
    with path.open("rb") as file:
        return [text for _, _, (_, text), _ in extract_sentences(file, (), (), {})]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('x = "The file is empty. Choose another."', "The file is empty. Choose another."),
        (
            'x = (f"{path.name} has {len(rows):,} rows. "\n "Send fewer.")',
            "{1} has {2} rows. Send fewer.",
        ),
        ('x = f"It reads " + "; ".join(names) + "."', "It reads {1}."),
        ('x = "{} is not a table.".format(name)', "{1} is not a table."),
        ('x += f" The first is in {line}."', "The first is in {1}."),
        ('x = f"We do not know {names}. {advice}"', "We do not know {1}. {2}"),
    ],
)
def test_a_sentence_is_found_with_its_holes(source, text, tmp_path):
    assert taken(source, tmp_path) == [text]


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring is no sentence for people."""',
        'def f():\n    "Nor is one in a function."',
        'raise ValueError("This is for programmers.")',
        'raise sqlite3.OperationalError("This is for programmers.")',
        'x = f"{day} {hours}."',
        'x = "a few words without a capital."',
        'x = "SELECT name FROM service"',
        'x = f"Set REFERRAL_TILE_URL to {{z}}, {{x}} and {{y}}."',
    ],
)
def test_what_is_no_sentence_for_people_is_left(source, tmp_path):
    assert taken(source, tmp_path) == []


@pytest.fixture
def few():
    catalogue = Catalog(locale="es")
    for source, said in (
        ("{1} is empty.", "{1} está vacío."),
        ("{1} is not in {2}.", "{2} no tiene {1}."),
        ("{1} It was left out.", "{1} No se tomó."),
        ("Add it.", "Añádalo."),
    ):
        catalogue.add(source, said, context=CONTEXT)
    catalogue.add("Odd {1} here.", "Raro {1}.", context=CONTEXT, flags=["fuzzy"])
    catalogue.add("Plain {1} words.", "Palabras {1}.")
    return Sentences.of(catalogue)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Add it.", "Añádalo."),
        ("a.csv is empty.", "a.csv está vacío."),
        ("x is not in y. z is not in w.csv.", "y no tiene x. w.csv no tiene z."),
        ("row 3 is not in b.csv. Add it.", "b.csv no tiene row 3. Añádalo."),
        ("a.csv is empty. It was left out.", "a.csv está vacío. No se tomó."),
        ("{1} is empty.", "{1} está vacío."),
        (r"\1 is empty.", r"\1 está vacío."),
        ("Odd few here.", None),
        ("Plain few words.", None),
        ("Nobody translated this. Add it.", None),
        ("", None),
    ],
)
def test_a_sentence_is_translated_by_its_shape(few, text, said):
    assert few.translated(text, str) == said


def test_a_sentence_with_a_whole_file_in_it_is_left(few):
    assert few.translated("a" * 3000 + " is empty.", str) is None


def in_language(app, language, function, text):
    with app.test_request_context(f"/?lang={language}"):
        app.preprocess_request()
        return function(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("This service has no name; give it one.", "Esto no tiene nombre (servicio); póngale uno."),
        (
            "It points to organization 12, which is not in this list. Add it or correct the id.",
            "Apunta a algo que no está en esta lista: organización 12. Añádalo o corrija el id.",
        ),
        (
            "People cannot find or write to this address; add: city, ZIP code.",
            "La gente no puede encontrar esta dirección ni escribirle; añada: ciudad, código postal.",
        ),
        (
            "list.pdf cannot be read as a list. It is a PDF. Ask for the list as CSV or XLSX.",
            "list.pdf no se puede leer como lista. Es un PDF. Pida la lista como CSV o XLSX.",
        ),
        (
            "This contact is in the list twice. The first is in line 4. Give each its own id.",
            (
                "Esto está dos veces en la lista (persona de contacto). "
                "Lo primero está en la línea 4. Dé a cada uno su propio id."
            ),
        ),
    ],
)
def test_our_sentences_are_said_in_spanish(app, text, said):
    assert in_language(app, "es", sentence_words, text) == said
    assert in_language(app, "en", sentence_words, text) == text


def test_what_has_no_translation_is_marked_as_english(app):
    unknown = "Nobody ever wrote <this>."
    marked = '<span lang="en" dir="ltr">Nobody ever wrote &lt;this&gt;.</span>'
    assert in_language(app, "es", sentence, unknown) == marked
    assert in_language(app, "en", sentence, unknown) == unknown


def test_every_kind_and_field_has_a_label():
    assert KINDS.keys() <= KIND_LABELS.keys()
    assert not {
        field
        for kind in KINDS
        for field in field_names(kind)
        if field not in FIELDS and field != "visibility"
    }
