"""Header matching: the target that the words of a header name, whatever frames them.

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

_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_EXPLAINED = re.compile(r"[:?|\n]| - ")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NUMBERED = re.compile(r" ?\d+\Z")
_NUMBER_FIRST = re.compile(r"(?:q|question|pregunta) ?\d+ |\d{1,2} ")
_OF_SERVICE = re.compile(r"(?:services?|programs?|programmes?|resources?|locations?|sites?) ")
_OF_SERVICE_ALONE = re.compile(r"(?:services?|programs?|programmes?|resources?) ")
_OF_ORGANIZATION = re.compile(
    r"(?:organi[sz]ations?|org|agency|agencies|provider|facility|charity|company|organizacion) "
)
# Before what is inside of a part: only such targets are meant by it.
_PARTS = (
    (
        re.compile(r"(?:(?:physical|street|location|site) )?address(?:es)? "),
        ("address.", "location.l"),
    ),
    (re.compile(r"(?:main |primary )?(?:phones?|telephones?) "), ("phone.",)),
    (re.compile(r"(?:geo|gps|geometry|position|coordinates|point|geolocation) "), ("location.l",)),
)  # fmt: skip
# Words that only make a question or a request of a header.
_FRAME = frozenset(
    {
        "what", "which", "is", "are", "the", "your", "our", "you", "do", "does", "a", "an", "of",
        "please", "enter", "provide", "list", "describe", "give", "tell", "us", "any", "its",
        "this", "it", "if", "applicable", "optional", "required", "cual", "cuales", "es", "son",
        "el", "la", "los", "las", "su", "sus", "de", "del", "que", "por", "favor", "indique",
        "escriba", "proporcione", "un", "una", "tu", "tus",
    }
)  # fmt: skip
# Headers of what a program or a form says of the row itself. Their cells are not guessed at: a day
# of entry is not a day of checking, and the address of who filled in a form is not the service's.
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
_STAMPS = _ABOUT_THE_ROW - {*_NOTES, "no", "num", "photo"}
# What a sheet of services means by these where "service name" stands beside "name".
ORGANIZATION_TARGETS = {
    "service.name": "organization.name",
    "service.id": "organization.id",
    "service.alternate_name": "organization.alternate_name",
    "service.description": "organization.description",
    "service.url": "organization.website",
    "service.email": "organization.email",
}
PLACE_NAME = "location.name"
_PARTED = re.compile(r"[,;/]")
_LIKE = 88
_SHORTEST = 5

_BY_WORDS = {words: target.name for target in TARGETS.values() for words in target.words}


# Headers in one word, which capitals no longer part: AGENCYNAME.
_COMPACT = {
    header.replace(" ", ""): target for header, target in _BY_WORDS.items() if " " in header
}
_WORDS = frozenset(word for header in _BY_WORDS for word in header.split())


def _meaning(words: str) -> str:
    """Return the words of a header without the phrases that make it a question."""
    return " ".join(word for word in words.split() if word not in _FRAME)


def _unframed() -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for header, target in _BY_WORDS.items():
        found.setdefault(_meaning(header), set()).add(target)
    return {words: targets.pop() for words, targets in found.items() if len(targets) == 1}


_UNFRAMED = {words: target for words, target in _unframed().items() if words}


@cache
def target_of(header: str) -> str:
    """Return the target (a name in ``TARGETS``) that a column header means; "" if unknown."""
    if is_about_the_row(header):
        return ""
    tries = list(_variants(header))
    for words in tries:
        if found := _BY_WORDS.get(words) or _COMPACT.get(words):
            return found
    for words in tries:
        if found := _target_of_part(words):
            return found
    framed = (found for words in tries if (found := _UNFRAMED.get(_meaning(words), "")))
    return next(framed, "") or _target_of_parts(header)


def _target_of_parts(header: str) -> str:
    """Return the single target of a header's parts, as in "Nom / Name" or "Hours, by day"."""
    parts = _PARTED.split(header)
    found = {target_of(part) for part in parts if part.strip()} if len(parts) > 1 else set()
    found.discard("")
    return found.pop() if len(found) == 1 else ""


def is_about_the_row(header: str) -> bool:
    """Return whether a column is about the row itself: its author, timestamp or notes."""
    return any(
        words in _ABOUT_THE_ROW or _OF_SERVICE.sub("", words, count=1) in _STAMPS
        for words in _variants(header)
    )


def are_notes(header: str) -> bool:
    """Return whether a header means notes, which may be for staff only."""
    return any(_OF_SERVICE.sub("", words, count=1) in _NOTES for words in _variants(header))


def names_service(header: str) -> bool:
    """Return whether a header names the service as its subject, as "Service name" does."""
    return _OF_SERVICE_ALONE.match(_words(header)) is not None


def names_operator(header: str) -> bool:
    """Return whether a header means the operator of a service, as "Run by" does."""
    return _words(header).endswith(" by")


def names_organization(header: str) -> bool:
    """Return whether a header names the organization as its subject, as "Agency address" does."""
    return _OF_ORGANIZATION.match(_words(header)) is not None


def words_about(header: str) -> str:
    """Return the words of a header without a leading "service" or "program"."""
    return _OF_SERVICE.sub("", _words(header), count=1)


def are_header_words(text: str) -> bool:
    """Return whether all words of a text occur in known column headers."""
    words = _words(text).split()
    return bool(words) and all(word in _WORDS for word in words)


def similar_target(header: str) -> tuple[str, str]:
    """Return the target of the known header most similar to a misspelt one, and that header."""
    words = fold_words(without_accents(header))
    found = extractOne(words, _BY_WORDS.keys(), scorer=fuzz.ratio, score_cutoff=_LIKE)
    return (_BY_WORDS[found[0]], found[0]) if found and len(words) > _SHORTEST else ("", "")


def columns_of(headers: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return target → columns, from pairs of (folded header, header as in the file)."""
    found: dict[str, list[str]] = {}
    for folded, shown in headers:
        target = target_of(shown)
        if target and (target not in found or TARGETS[target].several):
            found.setdefault(target, []).append(folded)
    return found


def _words(header: str) -> str:
    return fold_words(without_accents(_CAMEL.sub(" ", header)))


def _target_of_part(words: str) -> str:
    """Return the target of a header's words after those that name its subject."""
    for prefix, allowed in _PARTS:
        rest = prefix.sub("", words, count=1) if prefix.match(words) else ""
        target = _BY_WORDS.get(rest, "")
        if target.startswith(allowed):
            return target
    if match := _OF_SERVICE.match(words):
        return _BY_WORDS.get(words[match.end() :], "")
    if match := _OF_ORGANIZATION.match(words):
        target = _BY_WORDS.get(words[match.end() :], "")
        if target.startswith(("phone.", "address.", "schedule.", "contact.")):
            return target
        return ORGANIZATION_TARGETS.get(target, "")
    return ""


def _variants(header: str) -> Iterator[str]:
    """Yield the words of a header, then variants without asides, numbers and question words."""
    plain = without_accents(header)
    whole, outside = fold_words(plain), fold_words(_ASIDE.sub(" ", plain))
    before_sign = fold_words(_EXPLAINED.split(plain)[0])
    tries = [whole, outside, _words(header), before_sign]
    tries += [_NUMBERED.sub("", words) for words in tries]
    tries += [_NUMBER_FIRST.sub("", words, count=1) for words in tries]
    return iter(dict.fromkeys(words for words in tries if words))
