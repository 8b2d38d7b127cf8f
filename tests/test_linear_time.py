"""What strangers send costs time in step with its length: twice the text, at most 2.5 times as long.

Each function that takes such text is given texts that make patterns go back and forth. Modules with
patterns are found by themselves: one that nobody lists here fails.
"""

import re
from collections.abc import Callable
from pathlib import Path
from time import process_time

import pytest

from referral.fields import (
    clock_times,
    formulas,
    hours_parser,
    labelled_hours,
    languages,
    mojibake,
    phones,
    reading_grade,
    street_keys,
    text,
    text_blocks,
    typed_hours,
    unread_hours,
    urls_and_emails,
)
from referral.fields.places import lookup
from referral.records import accounts, classification, costs, crisis, intake, shelter_detection
from referral.search import analysis, highlight
from referral.search.understanding import tokenize

PRODUCT = Path(__file__).resolve().parents[1] / "referral"
# What is read of a search, a form or a cell of a list, by module.
MEASURED: dict[str, list[Callable[[str], object]]] = {
    "fields/clock_times.py": [clock_times.normalize_time_text, clock_times.parse_time],
    "fields/formulas.py": [formulas.escape_formula, formulas.unescape_formula],
    "fields/hours_parser.py": [hours_parser.parse_hours, hours_parser.parse_weekdays],
    "fields/labelled_hours.py": [labelled_hours.days_named],
    "fields/languages.py": [languages.language_code],
    "fields/mojibake.py": [mojibake.mend_mojibake],
    "fields/phones.py": [
        phones.parse_phone,
        phones.parse_phones,
        phones.parse_extension,
        phones.split_extension,
        phones.phone_type,
    ],
    "fields/places/lookup.py": [lookup.zip5, lookup.parse_place],
    "fields/reading_grade.py": [reading_grade.reading_grade],
    "fields/street_keys.py": [street_keys.street_of],
    "fields/text.py": [
        text.clean_text,
        text.clean_line,
        text.split_list,
        text.first_sentence,
        text.without_accents,
    ],
    "fields/text_blocks.py": [lambda given: list(text_blocks.parse_blocks(given))],
    "fields/typed_hours.py": [typed_hours.read_typed_hours],
    "fields/unread_hours.py": [unread_hours.why_unread],
    "fields/urls_and_emails.py": [
        urls_and_emails.normalise_url,
        urls_and_emails.website_host,
        urls_and_emails.is_email,
        urls_and_emails.to_uri,
    ],
    "records/accounts.py": [accounts.email_key],
    "records/classification.py": [classification.reads_as_words],
    "records/costs.py": [costs.says_free, costs.after_free],
    "records/crisis.py": [crisis.fold_sentences],
    "records/intake.py": [intake.application_of],
    "records/shelter_detection.py": [
        lambda given: shelter_detection.looks_like_survivor_shelter(given, given, [given]),
        shelter_detection.looks_like_place_of_danger,
    ],
    "search/analysis.py": [
        analysis.all_words_of,
        analysis.words_of,
        analysis.name_key,
        analysis.whole_name_key,
    ],
    "search/highlight.py": [lambda given: highlight.split(given, {"a"})],
    "search/understanding/tokenize.py": [
        lambda given: tokenize.tokenize_query(given, with_place=True)
    ],
}

# Patterns that read no text of strangers, or only what is bounded before. By module, and why.
BOUNDED = {
    "accounts/audit.py": "codes of ours",
    "accounts/passwords.py": "at most 128 letters",
    "accounts/web/admin_forms.py": "a whole match of ten letters",
    "directory/help_lines.py": "typed by admins; one character class",
    "directory/local_hotlines.py": "words in a row, without repetition",
    "directory/missed_searches.py": "at most 200 letters; no repetition",
    "directory/topic_questions.py": "files of the product",
    "fields/places/gazetteer.py": "one character class",
    "fields/seasons.py": "called by typed_hours",
    "fields/text_diff.py": "one character class for each token",
    "patron/web/first_step.py": "of application_of, at most one sentence",
    "patron/web/understood_line.py": "at most 200 letters; one character class",
    "records/coverage.py": "codes of areas",
    "records/facets.py": "words in a row",
    "records/headings.py": "codes; one character class",
    "records/people_categories.py": "one character class",
    "records/phone_choice.py": "descriptions of phones, a column of limited length",
    "records/schedules/recurrence.py": "codes; whole matches of few letters",
    "records/validation.py": "a whole match of a few letters",
    "search/evaluation/baselines.py": "exams of staff",
    "search/evaluation/danger_training.py": "files of the product",
    "search/indexing/sync_marks.py": "names of our files",
    "store/publication/ledger.py": "a cursor: digits of bounded number",
    "search/understanding/danger_features.py": "words of at most 24 letters",
    "search/understanding/spelling.py": "words of a search, one by one; no repetition",
    "search/understanding/preferences.py": "at most 64 words of at most 200 letters",
    "store/terms.py": "codes",
    "store/withheld_keys.py": "after clean_text; measured with pages",
    "store/withheld_texts.py": "words in a row",
    "web/assets.py": "files of the product",
    "web/compression.py": "style sheets of the product",
    "web/formatting.py": "after clean_text, so no run of spaces",
    "web/hours_labels.py": "codes",
    "web/listing_labels.py": "one character class",
    "web/maps/map_view.py": "a whole match of few letters",
    "web/search_form.py": "whole matches of few letters",
    "web/search_params.py": "whole matches of few letters",
}
READ_BY_STRANGERS = (
    "accounts", "directory", "fields", "patron", "proposals", "records", "search", "slips", "store",
    "terminal", "web",
)  # fmt: skip
SEEDS = (
    "a", " ", "1", ".", "-", "(", "\n", "'", "A", "/", "@", "a.", "a ", "1 ", "1-", "a-", "a@", "<",
    "&amp;", "#", ", ", "\u2013", "(a", "mon ", "9-5 ", "9am ", "http://", "closed ", "www.", "a,",
    "a\n", "a, ", "mon 9-5\n", "mon 9-5, ", "closed holidays ", " \n", "[a", "*", "$1 ", "no fee ", "p.o. ", "a'", "\u00e9", "(1) ", "<a href=", "<li>",
    "<b ", "by appointment ", "office: ", "jan 1 ", "\u200c", "\xad ", "\u00c3\u00a9", "a\xa0",
)  # fmt: skip
TAILS = ("", "!\0x")
SHORTEST, LONGEST = 4_000, 1_000_000
WORTH_MEASURING = 0.04  # seconds; what is quicker is noise of the machine
MOST_TIMES = 2.5


def patterned() -> set[str]:
    found = set()
    for folder in READ_BY_STRANGERS:
        for path in (PRODUCT / folder).rglob("*.py"):
            if re.search(r"\bre\.[a-z]+\(", path.read_text(encoding="utf-8")):
                found.add(path.relative_to(PRODUCT).as_posix())
    return found


def seconds(function: Callable[[str], object], given: str) -> float:
    begun = process_time()
    function(given)
    return process_time() - begun


def faults_of(function: Callable[[str], object], seed: str, tail: str, longest: int) -> list[str]:
    """The first doubling that takes too long, also at the third try."""

    def given(size: int) -> str:
        return seed * (size // len(seed)) + tail

    size, before = SHORTEST, seconds(function, given(SHORTEST))
    while size < longest:
        size *= 2
        took = seconds(function, given(size))
        tries = 0
        while took > WORTH_MEASURING and took > MOST_TIMES * before:
            if (tries := tries + 1) == 3:
                return [f"{seed!r}{tail!r}: {size:,} letters {took:.3f} s, half {before:.3f} s"]
            before = max(before, seconds(function, given(size // 2)))
            took = min(took, seconds(function, given(size)))
        before = took
    return []


CASES = [
    pytest.param(function, id=f"{module.removesuffix('.py')}-{at}")
    for module, functions in sorted(MEASURED.items())
    for at, function in enumerate(functions)
]


def test_every_module_with_patterns_is_measured_or_says_why_not():
    assert patterned() == MEASURED.keys() | BOUNDED.keys()
    assert not MEASURED.keys() & BOUNDED.keys()


@pytest.mark.parametrize("function", CASES)
def test_twice_the_text_takes_at_most_two_and_a_half_times_as_long(function):
    """In the short run a few texts to 32,000 letters: what is worse than linear is seen there."""
    for seed in (" ", "a", "1", ".", "a.", "-", "(", "1-", "a, "):
        assert not faults_of(function, seed, "!\0x", 32_000)


@pytest.mark.long
@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("function", CASES)
def test_so_it_is_with_many_texts(function, tail):
    faults = [fault for seed in SEEDS for fault in faults_of(function, seed, tail, 64_000)]
    assert not faults, "\n".join(faults)


@pytest.mark.long
@pytest.mark.parametrize("function", CASES)
def test_so_it_is_to_a_megabyte(function):
    faults = [
        fault for seed in (" ", "1-", "a.") for fault in faults_of(function, seed, "!", LONGEST)
    ]
    assert not faults, "\n".join(faults)
