"""Application processes and limits of intake, in the wordings that lists use."""

import pytest

from referral.records.intake import Application, application_of, intake_limits


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("Call Tuesday mornings and ask for intake.", Application.CALL),
        ("Please call: 555-0100.", Application.CALL),
        ("Llame de lunes a viernes.", Application.CALL),
        ("We call only when there is a match.", Application.UNKNOWN),
        ("Calls are returned the same day.", Application.UNKNOWN),
        ("Walk in. On the first visit allow twenty minutes.", Application.WALK_IN),
        ("No appointment is needed.", Application.WALK_IN),
        ("Sin cita.", Application.WALK_IN),
        ("Appointments keep the hall quiet: call a day ahead.", Application.APPOINTMENT),
        ("Toothache: stand in line. All else by appointment.", Application.APPOINTMENT),
        ("Apply online, by mail or at the counter.", Application.ONLINE),
        ("E-mail a photo or call.", Application.EMAIL),
        ("Call first. You must be referred by a case worker.", Application.REFERRAL),
        ("Through coordinated entry only.", Application.REFERRAL),
        ("Name the place and evening.", Application.UNKNOWN),
        ("", Application.UNKNOWN),
    ],
)
def test_the_first_thing_to_do_is_read_from_plain_wordings_only(text, way):
    assert application_of(text) is way


@pytest.mark.parametrize(
    "sentence",
    [
        "Currently not accepting new patients.",
        "We are no longer taking applications.",
        "The waiting list is about six months.",
        "Our wait list is closed.",
        "The 2026 list is full.",
        "By referral only.",
        "Clients must first be referred by a housing agency.",
        "No se aceptan nuevos pacientes.",
        "Hay lista de espera.",
    ],
)
def test_a_sentence_that_limits_intake_is_found_inside_a_text(sentence):
    text = f"We see children and adults. {sentence} Bring your card."
    assert intake_limits([text, text]) == (sentence,)


@pytest.mark.parametrize(
    "text",
    [
        "There is no waiting list.",
        "We do not maintain a waiting list.",
        "If we are full we call the next shelter with you.",
        "We do not accept cash.",
        "Full meals at noon.",
    ],
)
def test_other_sentences_are_not(text):
    assert intake_limits([text]) == ()


def test_at_most_three_and_a_broken_line_is_one_sentence():
    many = "No new clients. At capacity. By referral only. The list is full."
    assert len(intake_limits([many])) == 3
    asks_twice = "By referral only. A referral is required. At capacity."
    assert intake_limits([asks_twice]) == ("By referral only.", "At capacity.")
    assert intake_limits([f"At capacity {'and so on ' * 25}.", "At capacity."]) == ("At capacity.",)
    assert intake_limits(["A waiting list opens\nand closes."]) == (
        "A waiting list opens and closes.",
    )
