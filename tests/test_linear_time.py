"""What strangers send costs time in step with its length.

Each function that takes such text is given long texts that make patterns backtrack: quadratic time
would be minutes. Modules with patterns are found automatically: one that is not listed here fails.
``python -m bench.linear_time`` measures the same functions with more texts.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from referral.fields import (
    clock_times,
    formulas,
    hours_parser,
    labeled_hours,
    languages,
    mojibake,
    phones,
    reading_grade,
    street_keys,
    street_texts,
    text,
    text_blocks,
    typed_hours,
    unread_hours,
    urls_and_emails,
)
from referral.fields.places import lookup
from referral.records import (
    accounts,
    classification,
    conditions,
    costs,
    crisis,
    intake,
    odd_values,
    secret_places,
    shelter_detection,
)
from referral.search import analysis
from referral.search.understanding import other_languages, question

PRODUCT = Path(__file__).resolve().parents[1] / "referral"
# What is read of a search, a form or a cell of a list, by module.
MEASURED: dict[str, list[Callable[[str], object]]] = {
    "fields/clock_times.py": [clock_times.normalize_time_text, clock_times.parse_time],
    "fields/formulas.py": [formulas.escape_formula, formulas.unescape_formula],
    "fields/hours_parser.py": [hours_parser.parse_hours, hours_parser.parse_weekdays],
    "fields/labeled_hours.py": [labeled_hours.possible_weekdays],
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
    "fields/street_keys.py": [street_keys.parse_street],
    "fields/street_texts.py": [
        lambda given: list(
            street_texts.find_streets(
                f"12 {given}", {"1", "11", "12"}.__contains__, lambda _street: False
            )
        ),
    ],
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
        urls_and_emails.normalize_url,
        urls_and_emails.website_host,
        urls_and_emails.is_email,
        urls_and_emails.to_uri,
    ],
    "records/accounts.py": [accounts.email_key],
    "records/classification.py": [classification.reads_as_words],
    "records/conditions.py": [
        lambda given: conditions.people_in(given, given),
        lambda given: conditions.papers_in(given, given),
    ],
    "records/costs.py": [costs.says_free, costs.after_free],
    "records/crisis.py": [crisis.fold_sentences],
    "records/intake.py": [intake.application_of],
    "records/odd_values.py": [
        lambda given: odd_values.is_odd_value("name", given),
        lambda given: odd_values.is_odd_value("email", given),
    ],
    "records/secret_places.py": [
        secret_places.is_secret_street,
        secret_places.is_secret_note,
        secret_places.says_place_is_secret,
        secret_places.column_sense,
    ],
    "records/shelter_detection.py": [
        lambda given: shelter_detection.looks_like_survivor_shelter(given, given, [given]),
        shelter_detection.looks_like_place_of_danger,
        shelter_detection.without_other_people,
    ],
    "search/analysis.py": [
        analysis.all_words_of,
        analysis.words_of,
        analysis.name_key,
        analysis.whole_name_key,
    ],
    "search/understanding/other_languages.py": [other_languages.is_other_language],
    "search/understanding/question.py": [
        lambda given: question.tokenize_query(given, with_place=True)
    ],
}

# Patterns that read no text of strangers, or only what is bounded before. By module, and why.
BOUNDED = {
    "accounts/audit.py": "codes of ours",
    "accounts/passwords.py": "at most 128 letters",
    "accounts/web/forms.py": "a whole match of ten letters",
    "directory/help_lines.py": "typed by admins; one character class",
    "directory/local_hotlines.py": "words in a row, without repetition",
    "directory/topic_questions.py": "files of the product",
    "fields/places/gazetteer.py": "one character class",
    "fields/places/home.py": "five digits",
    "fields/seasons.py": "called by typed_hours",
    "fields/street_words.py": "lines of at most 1000 letters; texts with street_texts",
    "fields/text_diff.py": "one character class for each token",
    "patron/web/how_to_start.py": "of application_of, at most one sentence",
    "patron/web/understood_line.py": "at most 200 letters; one character class",
    "records/coverage.py": "codes of areas",
    "records/facets.py": "words in a row",
    "records/headings.py": "codes; one character class",
    "records/people_categories.py": "one character class",
    "records/phone_choice.py": "descriptions of phones, a column of limited length",
    "records/schedules/recurrence.py": "codes; whole matches of few letters",
    "records/validation.py": "a whole match of a few letters",
    "search/indexing/documents.py": "names; at most ten letters in brackets",
    "search/indexing/sync_marks.py": "names of our files",
    "search/understanding/danger.py": "words of at most 24 letters",
    "search/understanding/spelling.py": "words of a search, one by one; no repetition",
    "search/understanding/preferences.py": "at most 64 words of at most 200 letters",
    "search/understanding/stories.py": "the first 200 letters of a search",
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
}
READ_BY_STRANGERS = (
    "accounts", "directory", "fields", "patron", "proposals", "records", "search", "slips", "store",
    "terminal", "web",
)  # fmt: skip


def patterned() -> set[str]:
    found = set()
    for folder in READ_BY_STRANGERS:
        for path in (PRODUCT / folder).rglob("*.py"):
            if re.search(r"\bre\.[a-z]+\(", path.read_text(encoding="utf-8")):
                found.add(path.relative_to(PRODUCT).as_posix())
    return found


CASES = [
    pytest.param(function, id=f"{module.removesuffix('.py')}-{at}")
    for module, functions in sorted(MEASURED.items())
    for at, function in enumerate(functions)
]


def test_every_module_with_patterns_is_measured_or_says_why_not():
    assert patterned() == MEASURED.keys() | BOUNDED.keys()
    assert not MEASURED.keys() & BOUNDED.keys()


@pytest.mark.slow
@pytest.mark.parametrize("function", CASES)
def test_a_long_text_is_read_in_linear_time(function):
    for seed in (" ", "a", "1", ".", "a.", "-", "(", "1-", "a, "):
        function(seed * (200_000 // len(seed)) + "!\0x")
