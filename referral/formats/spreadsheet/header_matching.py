"""Header matching: the target that the words of a column header name.

A header may be a question ("What is the name of your organization?"), a name with dots
(``services.name``), written in one word (``ZipCode``), numbered, or followed by an explanation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from rapidfuzz import fuzz
from rapidfuzz.process import extractOne

from referral.fields.text import fold_words, without_accents
from referral.formats.spreadsheet.targets import TARGETS

_IN_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_BEFORE_EXPLANATION = re.compile(r"[:?|\n]| - ")
_CAMEL_CASE_GAP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NUMBER_AT_END = re.compile(r" ?\d+\Z")
_NUMBER_AT_START = re.compile(r"(?:q|question|pregunta) ?\d+ |\d{1,2} ")
_SERVICE_OR_PLACE_PREFIX = re.compile(
    r"(?:services?|programs?|programmes?|resources?|locations?|sites?) "
)
_SERVICE_PREFIX = re.compile(r"(?:services?|programs?|programmes?|resources?) ")
_ORGANIZATION_PREFIX = re.compile(
    r"(?:organi[sz]ations?|org|agency|agencies|provider|facility|charity|company|organizacion) "
)
# Words that name a part of a record, and the targets that may follow them.
_PART_PREFIXES = (
    (
        re.compile(r"(?:(?:physical|street|location|site) )?address(?:es)? "),
        ("address.", "location.l"),
    ),
    (re.compile(r"(?:main |primary )?(?:phones?|telephones?) "), ("phone.",)),
    (re.compile(r"(?:geo|gps|geometry|position|coordinates|point|geolocation) "), ("location.l",)),
)  # fmt: skip
# Words that only make a header a question or a request.
_QUESTION_WORDS = frozenset(
    {
        "what", "which", "is", "are", "the", "your", "our", "you", "do", "does", "a", "an", "of",
        "please", "enter", "provide", "list", "describe", "give", "tell", "us", "any", "its",
        "this", "it", "if", "applicable", "optional", "required", "cual", "cuales", "es", "son",
        "el", "la", "los", "las", "su", "sus", "de", "del", "que", "por", "favor", "indique",
        "escriba", "proporcione", "un", "una", "tu", "tus",
    }
)  # fmt: skip
# Headers of columns about the row itself, written by a program or form. Their cells name no target:
# the day of entry is not the day of a check, the e-mail of who filled in a form not the service's.
_ABOUT_THE_ROW = frozenset(
    {
        "timestamp", "time stamp", "created", "created at", "createdat", "created time",
        "created on", "created date", "date created", "date added", "added on", "entered on",
        "entered by", "date entered", "entry date", "updatedat", "updated at", "last modified",
        "last modified time", "last modified by", "modified", "modified on", "date modified",
        "submitted", "submitted at", "submitted on", "submission date", "submission time",
        "start time", "completion time", "ip address", "ip", "respondent", "respondent email",
        "username", "your name", "your email", "your email address", "submitted by", "notes",
        "internal notes", "staff notes", "comments", "marca temporal", "fecha de creacion",
        "fecha de registro", "notas", "comentarios", "su nombre", "su correo electronico",
        "nombre de usuario", "attachments", "photo", "row", "row number", "no", "num",
    }
)  # fmt: skip
_NOTES = frozenset({"notes", "comments", "notas", "comentarios"})
_RECORDED_BY_PROGRAMS = _ABOUT_THE_ROW - {*_NOTES, "no", "num", "photo"}
# What "name", "id" and the like name in a sheet that also has a column "service name".
ORGANIZATION_TARGETS = {
    "service.name": "organization.name",
    "service.id": "organization.id",
    "service.alternate_name": "organization.alternate_name",
    "service.description": "organization.description",
    "service.url": "organization.website",
    "service.email": "organization.email",
}
PLACE_NAME = "location.name"
_PHRASE_SEPARATORS = re.compile(r"[,;/]")
_MIN_SIMILARITY = 88
_SHORTEST_SIMILAR = 5

_BY_WORDS = {words: target.name for target in TARGETS.values() for words in target.words}


# Headers written as one word without capitals to split it at: AGENCYNAME.
_BY_COMPACT_WORDS = {
    header.replace(" ", ""): target for header, target in _BY_WORDS.items() if " " in header
}
_HEADER_WORDS = frozenset(word for header in _BY_WORDS for word in header.split())


def _without_question_words(words: str) -> str:
    """Return the words of a column header without those that make it a question."""
    return " ".join(word for word in words.split() if word not in _QUESTION_WORDS)


def _targets_without_question_words() -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for header, target in _BY_WORDS.items():
        found.setdefault(_without_question_words(header), set()).add(target)
    return {words: targets.pop() for words, targets in found.items() if len(targets) == 1}


_BY_WORDS_WITHOUT_QUESTION = {
    words: target for words, target in _targets_without_question_words().items() if words
}


@cache
def target_of(header: str) -> str:
    """Return the target (a name in ``TARGETS``) that a column header means; "" if unknown."""
    if is_about_the_row(header):
        return ""
    variants = list(_variants(header))
    for words in variants:
        if found := _BY_WORDS.get(words) or _BY_COMPACT_WORDS.get(words):
            return found
    for words in variants:
        if found := _target_after_prefix(words):
            return found
    without_question = (
        found
        for words in variants
        if (found := _BY_WORDS_WITHOUT_QUESTION.get(_without_question_words(words), ""))
    )
    return next(without_question, "") or _target_of_phrases(header)


def _target_of_phrases(header: str) -> str:
    """Return the single target of a column header's parts, as in "Nom / Name"."""
    phrases = _PHRASE_SEPARATORS.split(header)
    found = (
        {target_of(phrase) for phrase in phrases if phrase.strip()} if len(phrases) > 1 else set()
    )
    found.discard("")
    return found.pop() if len(found) == 1 else ""


def is_about_the_row(header: str) -> bool:
    """Return whether a column is about its row itself: author, timestamp or notes."""
    return any(
        words in _ABOUT_THE_ROW
        or _SERVICE_OR_PLACE_PREFIX.sub("", words, count=1) in _RECORDED_BY_PROGRAMS
        for words in _variants(header)
    )


def are_notes(header: str) -> bool:
    """Return whether a column header means notes, which may be for staff only."""
    return any(
        _SERVICE_OR_PLACE_PREFIX.sub("", words, count=1) in _NOTES for words in _variants(header)
    )


def names_service(header: str) -> bool:
    """Return whether a column header is about the service, as "Service name" is."""
    return _SERVICE_PREFIX.match(_words(header)) is not None


def names_operator(header: str) -> bool:
    """Return whether a column header means the operator of a service, as "Run by" does."""
    return _words(header).endswith(" by")


def names_organization(header: str) -> bool:
    """Return whether a column header is about the organization, as "Agency address" is."""
    return _ORGANIZATION_PREFIX.match(_words(header)) is not None


def words_about(header: str) -> str:
    """Return the words of a column header without a leading "service" or "program"."""
    return _SERVICE_OR_PLACE_PREFIX.sub("", _words(header), count=1)


def are_header_words(text: str) -> bool:
    """Return whether all words of a text occur in known column headers."""
    words = _words(text).split()
    return bool(words) and all(word in _HEADER_WORDS for word in words)


def similar_target(header: str) -> tuple[str, str]:
    """Return the target of the known header most similar to a misspelled one, and that header."""
    words = fold_words(without_accents(header))
    found = extractOne(words, _BY_WORDS.keys(), scorer=fuzz.ratio, score_cutoff=_MIN_SIMILARITY)
    return (_BY_WORDS[found[0]], found[0]) if found and len(words) > _SHORTEST_SIMILAR else ("", "")


def columns_of(headers: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the columns of each target, from the headers of a sheet."""
    found: dict[str, list[str]] = {}
    for folded, shown in headers:
        target = target_of(shown)
        if target and (target not in found or TARGETS[target].can_repeat):
            found.setdefault(target, []).append(folded)
    return found


def _words(header: str) -> str:
    return fold_words(without_accents(_CAMEL_CASE_GAP.sub(" ", header)))


def _target_after_prefix(words: str) -> str:
    """Return the target of a column header without the words that name its subject."""
    for prefix, allowed in _PART_PREFIXES:
        rest = prefix.sub("", words, count=1) if prefix.match(words) else ""
        target = _BY_WORDS.get(rest, "")
        if target.startswith(allowed):
            return target
    if match := _SERVICE_OR_PLACE_PREFIX.match(words):
        return _BY_WORDS.get(words[match.end() :], "")
    if match := _ORGANIZATION_PREFIX.match(words):
        target = _BY_WORDS.get(words[match.end() :], "")
        if target.startswith(("phone.", "address.", "schedule.", "contact.")):
            return target
        return ORGANIZATION_TARGETS.get(target, "")
    return ""


def _variants(header: str) -> Iterator[str]:
    """Yield a column header's words, then variants without asides, numbers and question words."""
    unaccented = without_accents(header)
    whole, outside_brackets = fold_words(unaccented), fold_words(_IN_BRACKETS.sub(" ", unaccented))
    before_explanation = fold_words(_BEFORE_EXPLANATION.split(unaccented)[0])
    variants = [whole, outside_brackets, _words(header), before_explanation]
    variants += [_NUMBER_AT_END.sub("", words) for words in variants]
    variants += [_NUMBER_AT_START.sub("", words, count=1) for words in variants]
    return iter(dict.fromkeys(words for words in variants if words))
