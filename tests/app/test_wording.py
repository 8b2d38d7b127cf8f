"""What the pages say themselves: all of it can be translated, and a tired person can read it."""

import re

import pytest
from jinja2 import Environment

from referral.resources import resource_path
from tests.support.inspector import soup_of
from tests.support.texts import PLACEHOLDERS, all_texts

# Attributes that a person reads or hears.
SPOKEN = re.compile(r'\b(?:alt|aria-label|placeholder|title|content)="([^"{]*[A-Za-z]{3}[^"]*)"')
# Our own words in Spanish, in the section that is Spanish on every page.
SPANISH = {"En español"}
LONGEST_SENTENCE = 15
AREAS = (
    "referral/accounts", "referral/curation", "referral/desk", "referral/duplicates", "referral/formats", "referral/imports", "referral/records", "referral/reports", "referral/verification", "referral/vocabulary", "referral/web", "templates/accounts", "templates/curation", "templates/desk", "templates/duplicates", "templates/exports", "templates/help_lines", "templates/imports", "templates/patron", "templates/reports", "templates/slips", "templates/staff", "templates/terminal", "templates/verification", "templates/vocabulary",
)  # fmt: skip
LONG_WORDS = re.compile(r"[aeiouy]+")


def templates():
    folder = resource_path("templates")
    return sorted((path.relative_to(folder).as_posix(), path) for path in folder.rglob("*.html"))


def messages():
    """Every string that people read on pages: text and where it stands."""
    return [(form, text.where) for text in all_texts() for form in text.forms]


@pytest.mark.parametrize(("name", "path"), templates())
def test_no_text_stands_outside_of_gettext(name, path):
    source = path.read_text(encoding="utf-8")
    data = "\0".join(
        value if kind == "data" else ""
        for _, kind, value in Environment(extensions=["jinja2.ext.i18n"]).lex(source)
    )
    spoken = [text.strip("\0 ;") for text in SPOKEN.findall(data)]
    bare = re.sub(r"<!--.*?-->|<[^>]*>", " ", data, flags=re.DOTALL).replace("\0", " ")
    bare = re.sub(r"&\w+;", " ", bare)
    texts = {" ".join(text.split()) for text in re.split(r"\n|\s{2,}", bare)} | set(spoken)
    allowed = SPANISH | {"url=", "noindex", "width=device-width, initial-scale=1"}
    left = {text for text in texts if re.search(r"[A-Za-z]{2}", text)} - allowed
    assert not left, f"{name}: put these through _(): {sorted(left)}"


@pytest.mark.slow
def test_there_are_messages():
    assert len(messages()) > 120


@pytest.mark.slow
def test_placeholders_are_named():
    odd = [
        f"{text.where}: {form}"
        for text in all_texts()
        for form in text.forms
        if re.search(r"%[^(%]", PLACEHOLDERS.sub("", form))
    ]
    assert not odd, "\n".join(odd)


def test_sentences_are_short():
    long = [
        f"{where}: {sentence}"
        for text, where in messages()
        for sentence in re.split(r"(?<=[.!?:])\s+", text)
        if len(re.findall(r"[\w’'%()-]+", sentence)) > LONGEST_SENTENCE
    ]
    assert not long, "Cut these sentences in two:\n" + "\n".join(long)


@pytest.mark.parametrize("area", ["", *AREAS])
def test_words_are_of_the_sixth_grade(area):
    """Flesch-Kincaid over everything we say; listings themselves are not ours to judge."""
    text = " ".join(
        message if message.endswith((".", "?", "!")) else f"{message}."
        for message, where in messages()
        if len(message.split()) > 2 and where.startswith(area)
    )
    grade = grade_of(text)
    assert grade < 6, f"Our words in {area or 'all areas'} read like grade {grade:.1f}"


def grade_of(text):
    """The US school grade that a text needs, by Flesch and Kincaid."""
    sentences = [each for each in re.split(r"[.!?]+\s", text) if each.strip()]
    words = re.findall(r"[A-Za-z’']+", PLACEHOLDERS.sub("it", text))
    syllables = sum(
        max(1, len(LONG_WORDS.findall(word.lower().removesuffix("e")))) for word in words
    )
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/", "/about", "/safety", "/help-now", "/search?q=zzzyqq"])
def test_each_page_reads_like_the_sixth_grade(plain_client, path):
    soup = soup_of(plain_client.get(path))
    paragraphs = (" ".join(each.text.split()) for each in soup.select("main p, .prose li"))
    text = " ".join(
        each if each[-1] in ".?!" else f"{each}." for each in paragraphs if len(each.split()) > 2
    )
    assert grade_of(text) < 6, f"{path} reads like grade {grade_of(text):.1f}"


@pytest.mark.parametrize("word", ["invalid", "N/A", "eligibility", "error", "query", "submit"])
def test_words_of_offices_and_programs_are_not_ours(word):
    said = [
        f"{where}: {text}"
        for text, where in messages()
        if re.search(rf"\b{word}\b", text, re.IGNORECASE)
    ]
    assert not said, "\n".join(said)
