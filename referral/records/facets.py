"""What a place has for disabled people, in a few codes read from the words of its listing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

from referral.fields.phrases import Phrases


class Access(StrEnum):
    """What can be asked for."""

    WHEELCHAIR = "wheelchair"
    RESTROOM = "restroom"
    SIGN_LANGUAGE = "sign-language"
    HEARING = "hearing"
    SIGHT = "sight"
    QUIET = "quiet"


_WORDS = {
    Access.WHEELCHAIR: Phrases((
        "wheelchair", "ramp", "level entrance", "level entry", "level approach", "level access",
        "level floor", "level gravel", "level at", "step-free", "no steps", "elevator",
        "chair lift", "wheelchair lift", "automatic door", "ada", "ada accessible", "accessible",
        "fully accessible", "silla de ruedas", "rampa",
    )),
    Access.RESTROOM: Phrases((
        "accessible restroom", "accessible bathroom", "accessible toilet", "restroom accessible",
        "changing table", "bano accesible",
    )),
    Access.SIGN_LANGUAGE: Phrases((
        "sign language", "asl", "signing staff", "video relay", "lenguaje de senas",
        "lengua de senas",
    )),
    Access.HEARING: Phrases((
        "hearing loop", "tty", "tdd", "telecommunications relay", "captions", "captioned",
        "hearing aid", "assistive listening", "video phone",
    )),
    Access.SIGHT: Phrases((
        "large print", "large-print", "braille", "screen reader", "screen magnifier", "magnifier",
        "talking sign", "audio description", "letra grande",
    )),
    Access.QUIET: Phrases(("quiet room", "quiet waiting room", "quiet hour", "sensory room",
                           "low light", "scent-free")),
}  # fmt: skip
_SIGN_LANGUAGES = frozenset({"ase", "sgn"})
_REFUSALS = re.compile(
    r"\b(?:not|no|without|sin|lacks)\s+(?:(?:yet|fully|an?|any)\s+)*"
    r"(?!steps?\b)(?:\w+\W+){0,2}?(?:accessible|wheelchairs?|ramps?|elevators?|lifts?)\b"
    r"(?:\W+accessible\b)?",
    re.IGNORECASE,
)


def access_of(texts: Iterable[str], language_codes: Iterable[str] = ()) -> tuple[Access, ...]:
    """The codes of which one of the texts speaks; what a text says is missing does not count.

    Args:
        texts: descriptions and details of accessibility, one by one.
        language_codes: ISO 639 codes; sign languages are among them.
    """
    said = [_REFUSALS.sub(" ", text) for text in texts]
    found = {code for code, phrases in _WORDS.items() if any(map(phrases.are_in, said))}
    if _SIGN_LANGUAGES.intersection(language_codes):
        found.add(Access.SIGN_LANGUAGE)
    return tuple(code for code in Access if code in found)
