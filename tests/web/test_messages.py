"""Messages of lower layers in the language of the page."""

import pytest

from referral.message import NOTHING, Message, message, term
from referral.records.kinds import KINDS, field_names
from referral.web.messages import message_text, translated_message
from referral.web.record_labels import FIELDS
from referral.web.record_labels import KINDS as KIND_LABELS

UNKNOWN = Message("Nobody ever wrote <this>.")
KNOWN = message("Give each its own id.")


def in_language(app, language, function, said):
    with app.test_request_context(f"/?lang={language}"):
        app.preprocess_request()
        return function(said)


@pytest.mark.parametrize(
    ("said", "spanish"),
    [
        (
            message("This %(kind)s has no name; give it one.", kind=term("service")),
            "Esto no tiene nombre (servicio); póngale uno.",
        ),
        (
            message(
                "It points to %(record)s, which is not in this list.",
                record=term("organization", "12 %(id)s"),
            ).then(message("Add it or correct the id.")),
            (
                "Apunta a algo que no está en esta lista: organización 12 %(id)s. "
                "Agréguelo o corrija el id."
            ),
        ),
        (
            message(
                "People cannot find or write to this address; add: %(parts)s.",
                parts=(term("city"), term("ZIP code")),
            ),
            "La gente no puede encontrar esta dirección ni escribirle; agregue: ciudad, código postal.",
        ),
        (
            message("%(name)s cannot be read as a list.", name="Search").then(
                message("It is a PDF."), message("Ask for the list as CSV or XLSX.")
            ),
            "Search no se puede leer como lista. Es un PDF. Pida la lista como CSV o XLSX.",
        ),
        (
            message("This %(kind)s is in the list twice.", kind=term("contact")).then(
                message("The first is in line %(line)s.", line=4), KNOWN
            ),
            (
                "Esto está dos veces en la lista (persona de contacto). "
                "Lo primero está en la línea 4. Dé a cada uno su propio id."
            ),
        ),
        (NOTHING, ""),
    ],
)
def test_messages_are_said_in_spanish(app, said, spanish):
    assert in_language(app, "es", message_text, said) == spanish
    assert in_language(app, "es", translated_message, said) == spanish
    assert in_language(app, "en", message_text, said) == str(said)


def test_what_has_no_translation_is_marked_as_english(app):
    marked = '<span lang="en" dir="ltr">Nobody ever wrote &lt;this&gt;.</span>'
    assert in_language(app, "es", translated_message, UNKNOWN) == marked
    assert in_language(app, "es", message_text, UNKNOWN) == str(UNKNOWN)
    assert in_language(app, "en", translated_message, UNKNOWN) == str(UNKNOWN)
    both = in_language(app, "es", translated_message, KNOWN.then(UNKNOWN))
    assert both.startswith('<span lang="en" dir="ltr">Give each its own id. Nobody ever wrote')


def test_every_kind_and_field_has_a_label():
    assert KINDS.keys() <= KIND_LABELS.keys()
    assert not {
        field
        for kind in KINDS
        for field in field_names(kind)
        if field not in FIELDS and field != "visibility"
    }
