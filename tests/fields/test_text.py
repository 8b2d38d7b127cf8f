"""Text of a provider list becomes plain text, and nothing that a person wrote is lost."""

import csv
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from referral.fields.text import (
    clean_line,
    clean_text,
    first_sentence,
    is_blank_value,
    split_list,
    whole_sentences,
)

NASTY = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from([*"&<>;#/ \n\t-,()|'\"", "\u00a0", "\u200b", "\u200d", "\x00", "\ud800"]),
    )
)
PIECES = st.lists(
    st.sampled_from(
        ["&amp;", "&lt;", "&gt;", "lt;", "gt;", "amp;", "&nbsp;", "&#60;", "&#x26;", "<p>", "</p>", "<br", " />",
         "<li>", "</li>", "<a href='https://x.org'>", "</a>", "<b", ">", "<", "&", "#", "60;", "null", "-", "\n",
         "<!--", "-->", "<script>", "</script>", "e\u0301", "\u0338", "<td>", "\u200c", "text", " ", "\u037e"]
    ),
    max_size=14,
).map("".join)  # fmt: skip


@pytest.mark.parametrize(
    ("given_text", "wanted"),
    [
        ("plain", "plain"),
        ("  two   spaces\t here ", "two spaces here"),
        ("Men&rsquo;s &amp; women&#39;s", "Men’s & women's"),
        ("Tom &amp;amp; Ann &amp;lt;3", "Tom & Ann <3"),
        ("&lt;p&gt;One&lt;/p&gt;&lt;p&gt;Two&lt;/p&gt;", "One\n\nTwo"),
        ("<p>One</p>\r\n<p>Two</p>", "One\n\nTwo"),
        ("One<br />Two<BR>Three", "One\nTwo\nThree"),
        (
            "<ul><li>Bring ID</li><li>• Proof of address</li><li></li></ul>",
            "- Bring ID\n- Proof of address",
        ),
        ("a\u00a0b\u200bc\ufeffd\x07", "a bcd"),
        ("Caf\u0065\u0301", "Café"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("One\n\n\n\n\nTwo", "One\n\nTwo"),
        ("Ages < 5 and > 3", "Ages < 5 and > 3"),
        ("Ann <ann@example.org>", "Ann <ann@example.org>"),
        ("https://x.org/?id=1&region=2&copy=3", "https://x.org/?id=1&region=2&copy=3"),
        ("AT&T and R&D; then", "AT&T and R&D; then"),
        ('<a href="https://x.org/form">Apply</a> now', "Apply (https://x.org/form) now"),
        ('<a href="https://x.org">https://x.org</a>', "https://x.org"),
        ("<a href='mailto:a@x.org'>a@x.org</a>", "a@x.org"),
        ('<a href="tel:+18055550101">805-555-0101</a>', "805-555-0101"),
        ('<a href="tel:8055550101">(805) 555-0101 ext. 4</a>', "(805) 555-0101 ext. 4"),
        ('<a href="tel:+1-805-555-0101">Call us</a>', "Call us (+1-805-555-0101)"),
        ('<a href="tel:+18055550101"></a>', "+18055550101"),
        ('<a href="mailto:a@x.org?subject=Help%20me">Write</a>', "Write (a@x.org)"),
        ('<a href="mailto:a2@x.org">Within 2 days</a>', "Within 2 days (a2@x.org)"),
        ("<script>alert(1)</script>Hi<style>p{}</style><!-- no -->", "Hi"),
        ("<table><tr><td>Mon</td><td>9-5</td></tr><tr><td>Tue</td></tr></table>", "Mon 9-5\n\nTue"),
        ("<b title='a > b'>bold</b><o:p></o:p>", "bold"),
        ("cut off <b", "cut off <b"),
        ("no <!-- end", "no <!-- end"),
        ("a<!-- <p> -->b", "ab"),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        ),
        ("Mon \u00ad Fri, co\u00adoperative", "Mon - Fri, cooperative"),
        (r"Food. \n\nCall first.\n", "Food.\n\nCall first."),
        (r"one \r\n&#92;n C:\notes docs\new", "one\n\nC:\\notes docs\\new"),
        ("EspaÃ±ol", "EspaÃ±ol"),  # wrongly decoded: not guessed
    ],
)
def test_text_is_made_plain(given_text, wanted):
    assert clean_text(given_text) == wanted


@pytest.mark.parametrize(
    "word",
    [
        "", " ", "null", "NULL", "N/A", "n/a", "None", "-", " – ", "<p>null</p>", "&nbsp;",
        "No Physical Address", "no description.", "(none)", "None or unknown", "Not available", "TBD",
        "No phone number listed", "Website not provided", "Unknown", "Sin dirección",
        "No hay teléfono", "No aplica",
    ],
)  # fmt: skip
def test_words_for_nothing_are_nothing(word):
    assert clean_text(word) == clean_line(word) == ""


def test_words_for_nothing_inside_a_sentence_stay():
    assert clean_text("None of these") == "None of these"
    assert not any(map(is_blank_value, ("no", "No fee", "No charge", "0", "x", "No wait")))
    assert is_blank_value(" NULL ")


def test_a_line_has_no_breaks():
    assert clean_line("<p>One</p><p>Two\nThree</p>") == "One Two Three"


@given(st.one_of(NASTY, PIECES))
@example("&" + "amp;" * 50 + "lt;p>")
@example("&am&#112;;#60;")
@example("".join("&lt;" for _ in range(3)) + "p>")
@example("\u00e9\u200c\u200ca")
@example("<" * 30 + "b>" * 30)
def test_cleaning_never_raises_and_cleaning_again_changes_nothing(value):
    text, line = clean_text(value), clean_line(value)
    assert clean_text(text) == text
    assert clean_line(line) == line
    assert "\n" not in line
    assert "\x00" not in text
    text.encode()


def test_mixed_escapes_some_layers_deep_are_undone():
    value = "Tom & Ann"
    for _ in range(4):
        value = value.replace("&", "&am&#112;;")
    assert clean_text(value) == "Tom & Ann"


@given(st.text(alphabet=st.characters(codec="ascii"), max_size=40))
@example("R & D")
@example("a > b")
@example(" two  spaces ")
@example("N/A")
def test_what_need_not_be_cleaned_is_as_it_would_be_if_it_were(value):
    """A character that nobody sees makes it go the long way."""
    assert clean_text(value) == clean_text(value + "\u200b")


@given(st.integers(min_value=0, max_value=40))
def test_any_number_of_escapes_is_undone_or_dropped(layers):
    value = "<b>"
    for _ in range(layers):
        value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert clean_text(f"a {value} b") == "a b"


@pytest.mark.parametrize(
    "piece", ["&am&#112;;", "<b ", "<a href='", "<!--", "-->", "</li> <li>", " \n", "&lt;", "("]
)
def test_a_long_cell_is_split_in_linear_time(piece):
    """It would take minutes, were it quadratic."""
    cell = "-->" + piece * 20_000
    assert len(split_list(cell)) <= len(cell)


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("Chinese (Cantonese, Mandarin), Spanish", ("Chinese (Cantonese, Mandarin)", "Spanish")),
        ("Spanish; French|Creole\nASL", ("Spanish", "French", "Creole", "ASL")),
        ("Spanish, spanish , SPANISH,French", ("Spanish", "French")),
        ("<ul><li>ID</li><li>Proof of income</li></ul>", ("ID", "Proof of income")),
        ("Spanish (some, French", ("Spanish (some", "French")),
        ("a), b (c", ("a)", "b (c")),
        (", ,;N/A|", ()),
        ("", ()),
    ],
)
def test_lists_in_a_cell(cell, parts):
    assert split_list(cell) == parts


@given(NASTY)
def test_parts_of_a_list_are_clean_lines_given_once(value):
    parts = split_list(value)
    assert all(part and clean_line(part) == part for part in parts)
    assert len({part.casefold() for part in parts}) == len(parts)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Hot meals. Every day.", "Hot meals."),
        ("Run by St. Mary Church. Open to all.", "Run by St. Mary Church."),
        ("Open 9 a.m. Monday only! Come early.", "Open 9 a.m. Monday only!"),
        ("Help for U.S. Veterans. Free.", "Help for U.S. Veterans."),
        ("Food pantry\n\nBring a bag", "Food pantry"),
        ("one two three four five", "one two three four five"),
        ("", ""),
    ],
)
def test_first_sentence(text, sentence):
    assert first_sentence(text) == sentence


@pytest.mark.parametrize(
    ("text", "length", "wanted"),
    [
        ("Bring ID. Ask for Ann. Wait.", 24, "Bring ID. Ask for Ann."),
        ("Bring ID. Ask for Ann. Wait.", 90, "Bring ID. Ask for Ann. Wait."),
        ("Open to all who live here. No ID.", 5, "Open to all who live here."),
        (
            "Ask at St. Mary, from 9 a.m. Monday on. Wait.",
            30,
            "Ask at St. Mary, from 9 a.m. Monday on.",
        ),
        ("", 30, ""),
    ],
)
def test_whole_sentences(text, length, wanted):
    assert whole_sentences(text, length) == wanted


@given(
    st.lists(st.sampled_from(["Bring ID.", "Why?", "Ask Dr. Lee at 9 a.m. for help!", "Wait\n\n"])),
    st.integers(0, 90),
)
def test_no_sentence_is_cut(sentences, length):
    kept = whole_sentences(" ".join(sentences), length)
    whole = " ".join(" ".join(sentences).split())
    assert whole.startswith(kept)
    assert not kept or kept.endswith((".", "?", "!", "Wait"))


def test_a_long_first_sentence_is_cut_between_words():
    assert first_sentence("one two three four five", limit=14) == "one two three…"
    assert first_sentence("one two three four five", limit=12) == "one two…"


@given(NASTY, st.integers(min_value=2, max_value=200))
def test_a_first_sentence_keeps_to_its_limit(text, limit):
    assert len(first_sentence(text, limit)) <= limit


@pytest.mark.slow
def test_real_descriptions_keep_their_words(shared_data: Path):
    with (shared_data / "dc-directory/2021-export/services.csv").open(encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            text = clean_text(row["service_description"])
            assert clean_text(text) == text
            assert len(text) >= len(row["service_description"]) * 0.8
