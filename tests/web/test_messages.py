"""Messages of lower layers in the language of the page: on pages, in the database and in JSON."""

import json

import pytest
from sqlalchemy import text

from referral.message import NOTHING, Message, message, term
from referral.operations.read_import import read_problems
from referral.records.accounts import Role
from referral.records.kinds import KINDS, field_names
from referral.web.messages import message_text, translated
from referral.web.record_labels import FIELDS
from referral.web.record_labels import KINDS as KIND_LABELS
from tests.operations.lists import pantry_list, write_csv, zipped
from tests.support.staff import add_account, signed_in_client
from tests.web.test_import_pages import send

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
                "Añádalo o corrija el id."
            ),
        ),
        (
            message(
                "People cannot find or write to this address; add: %(parts)s.",
                parts=(term("city"), term("ZIP code")),
            ),
            "La gente no puede encontrar esta dirección ni escribirle; añada: ciudad, código postal.",
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
    assert in_language(app, "es", translated, said) == spanish
    assert in_language(app, "en", message_text, said) == str(said)


def test_what_has_no_translation_is_marked_as_english(app):
    marked = '<span lang="en" dir="ltr">Nobody ever wrote &lt;this&gt;.</span>'
    assert in_language(app, "es", translated, UNKNOWN) == marked
    assert in_language(app, "es", message_text, UNKNOWN) == str(UNKNOWN)
    assert in_language(app, "en", translated, UNKNOWN) == str(UNKNOWN)
    both = in_language(app, "es", translated, KNOWN.then(UNKNOWN))
    assert both.startswith('<span lang="en" dir="ltr">Give each its own id. Nobody ever wrote')


def test_every_kind_and_field_has_a_label():
    assert KINDS.keys() <= KIND_LABELS.keys()
    assert not {
        field
        for kind in KINDS
        for field in field_names(kind)
        if field not in FIELDS and field != "visibility"
    }


# ---------------------------------------------------------------- kept and shown
@pytest.fixture
def address(app, directory, tmp_path):
    """Upload a list with a phone of no service; give the address of its page."""
    add_account(directory, list(Role))
    folder = pantry_list(tmp_path / "list")
    write_csv(folder / "phones.csv", {"id": "p1", "service_id": "gone", "number": "1"})
    return send(signed_in_client(app), directory, zipped(folder))


def problems_in_spanish(app, address):
    client = signed_in_client(app)
    client.get("/?lang=es")
    return client.get(f"{address}/problems").text


def kept(directory):
    with directory.store.read() as session:
        return session.scalars(text("SELECT detail FROM import_problem ORDER BY number")).all()


def test_a_problem_is_kept_with_its_values(app, directory, address):
    (said,) = (each for each in map(json.loads, kept(directory)) if "points to" in each["msgid"])
    assert said["msgid"] == "It points to %(record)s, which is not in this list."
    assert said["params"]["record"]["params"] == {"id": "gone"}
    problems = read_problems(directory, address.rsplit("/", 1)[-1])[1]
    assert "It points to service gone, which is not in this list. Add it or correct the id." in {
        problem.as_dict()["detail"] for problem in problems
    }
    page = problems_in_spanish(app, address)
    assert "Apunta a algo que no está en esta lista: servicio gone." in page


@pytest.mark.parametrize("old", ["It points to service gone.", '{"msgid": "a file', "[1]", '"x"'])
def test_a_problem_kept_before_there_were_values_is_english(app, directory, address, old):
    with directory.store.write() as session:
        session.execute(text("UPDATE import_problem SET detail = :old"), {"old": old})
    assert read_problems(directory, address.rsplit("/", 1)[-1])[1][0].detail == old
    shown = old.replace('"', "&#34;")
    assert f'<span lang="en" dir="ltr">{shown}</span>' in problems_in_spanish(app, address)
