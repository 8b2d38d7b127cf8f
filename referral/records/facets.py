"""Search facets derived from a listing: age groups, delivery, populations, and accessibility."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from referral.fields.text import Phrases
from referral.records.directory import Phone
from referral.records.listing import Listing
from referral.records.phone_choice import Reach, reach_of
from referral.resources import resource_path


class AgeGroup(StrEnum):
    """Ages in whole years; the last group has no end."""

    CHILD = "0-12"
    TEEN = "13-17"
    YOUNG = "18-24"
    ADULT = "25-64"
    SENIOR = "65+"

    @property
    def youngest(self) -> int:
        """The age from which on one is in it."""
        return int(self.value.rstrip("+").partition("-")[0])

    @property
    def oldest(self) -> int | None:
        """The age up to which one is in it, the year after that birthday included."""
        return int(end) if (end := self.value.partition("-")[2]) else None

    def overlaps(self, minimum: float | None, maximum: float | None) -> bool:
        """Whether a service with these limits, in years, takes somebody of this group.

        A limit that is not known keeps nobody out. A highest age of 17 takes people until they
        turn 18.
        """
        too_old = self.oldest is not None and minimum is not None and minimum >= self.oldest + 1
        return not too_old and (maximum is None or maximum >= self.youngest)


def age_groups_of(minimum: float | None, maximum: float | None) -> tuple[AgeGroup, ...]:
    """The groups of which a service with these limits takes somebody, the youngest first."""
    return tuple(group for group in AgeGroup if group.overlaps(minimum, maximum))


class Delivery(StrEnum):
    """Where somebody gets it: at a place, on the telephone, on the web, at home."""

    IN_PERSON = "in-person"
    PHONE = "phone"
    ONLINE = "online"
    HOME = "home"


# Our own terms for what is given by telephone or at home, with all below them.
_PHONE_TERMS = frozenset({"crisis-lines", "help-line-211", "special-helplines", "poison-control"})
_HOME_TERMS = frozenset({
    "chore-help", "disability-home-care", "home-delivered-meals", "home-repair", "home-visiting",
    "hospice", "in-home-care", "mobile-crisis", "weatherization",
})  # fmt: skip
_PHONE_WORDS = Phrases(("by phone", "hotline", "helpline", "help line", "crisis line", "warmline"))
_ONLINE_WORDS = Phrases(("online", "telehealth", "virtual", "by video", "en linea"))
_HOME_WORDS = Phrases((
    "home visit", "home visiting", "at home", "in your home", "in-home", "we come to you",
    "home delivered", "home delivery", "delivered to your home", "visita a domicilio",
))  # fmt: skip


def delivery_of(listing: Listing) -> tuple[Delivery, ...]:
    """The codes of a listing.

    A telephone number or a web page of a service with a place of its own is for asking, so it does
    not count; words count in the name and the keywords only, where they are not said in passing.
    """
    words = f"{listing.service.name}|{listing.service.alternate_name}|{listing.service.keywords}"
    codes = {term.code for path in listing.term_paths for term in path}
    at_a_place = has_place(listing)
    found = {
        Delivery.IN_PERSON: at_a_place,
        Delivery.HOME: bool(codes & _HOME_TERMS) or _HOME_WORDS.are_in(words),
        Delivery.PHONE: bool(codes & _PHONE_TERMS) or _PHONE_WORDS.are_in(words),
        Delivery.ONLINE: _is_virtual(listing) or _ONLINE_WORDS.are_in(words),
    }
    if not (at_a_place or found[Delivery.HOME]):
        phones = (*listing.phones, *listing.organization_phones)
        found[Delivery.PHONE] |= any(map(_is_voice, phones))
        found[Delivery.ONLINE] |= bool(listing.service.url)
    return tuple(code for code in Delivery if found[code])


def has_place(listing: Listing) -> bool:
    """Whether people go somewhere for it, be it that they are told where only on the telephone."""
    return listing.place_withheld or any(
        site.location.location_type == "physical" for site in listing.sites
    )


def is_said_remote(listing: Listing) -> bool:
    """Whether it says that nobody goes anywhere; one without a place may only lack the address."""
    words = f"{listing.service.name}|{listing.service.alternate_name}|{listing.service.keywords}"
    codes = {term.code for path in listing.term_paths for term in path}
    return (
        listing.is_national
        or _is_virtual(listing)
        or not codes.isdisjoint(_PHONE_TERMS | _HOME_TERMS)
        or any(each.are_in(words) for each in (_PHONE_WORDS, _ONLINE_WORDS, _HOME_WORDS))
    )


def is_remote(listing: Listing) -> bool:
    """Whether it is to be had without going anywhere and without anybody coming."""
    return not has_place(listing) and Delivery.HOME not in delivery_of(listing)


def _is_virtual(listing: Listing) -> bool:
    return any(site.location.location_type == "virtual" for site in listing.sites)


def _is_voice(phone: Phone) -> bool:
    is_text = phone.type == "text"
    return bool(phone.number) and not is_text and reach_of(phone) is not Reach.NO_VOICE


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """A group of people.

    Attributes:
        terms: codes of our own terms; what stands under one of them or below is for this group.
        words: phrases that say so in a name, in the keywords, or in who can get it.
        from_age, to_age: a service only for people between these ages is for this group.
    """

    slug: str
    name: str
    name_es: str = ""
    terms: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    from_age: float | None = None
    to_age: float | None = None


class PopulationRules:
    """Finds the groups that a service is made for. A service for everybody is for no group."""

    def __init__(self, populations: Iterable[Population]) -> None:
        self._rules = [(population, Phrases(population.words)) for population in populations]

    def slugs_of(self, listing: Listing) -> tuple[str, ...]:
        """The groups of a listing, in the order of the data."""
        codes = {term.code for path in listing.term_paths for term in path}
        text = _text_of(listing)
        by_term = self.slugs_of_terms(codes)
        return tuple(
            population.slug
            for population, phrases in self._rules
            if population.slug in by_term or phrases.are_in(text) or _is_of_age(listing, population)
        )

    def slugs_of_terms(self, codes: AbstractSet[str]) -> frozenset[str]:
        """The groups that what stands under one of these terms is made for."""
        rules = (population for population, _ in self._rules)
        return frozenset(each.slug for each in rules if not codes.isdisjoint(each.terms))


def populations_path() -> Path:
    """The file of seed data that has them."""
    return resource_path("seed_data") / "populations.csv"


@cache
def load_populations() -> tuple[Population, ...]:
    """All groups, in the order to show them."""
    with populations_path().open(encoding="utf-8", newline="") as file:
        return tuple(map(parse_population, csv.DictReader(file)))


@cache
def groups_of_age(age: str) -> frozenset[str]:
    """The slugs of the groups that somebody of an age is in: years, or an ``AgeGroup``."""
    group = AgeGroup(age) if not age.isdecimal() else None
    youngest, oldest = (group.youngest, group.oldest) if group else (int(age), int(age))
    return frozenset(
        each.slug
        for each in load_populations()
        if (each.from_age, each.to_age) != (None, None)
        and (each.from_age is None or each.from_age <= youngest)
        and (each.to_age is None or (oldest is not None and oldest <= each.to_age))
    )


def parse_population(row: Mapping[str, str]) -> Population:
    """A group from a row of ``seed_data/populations.csv``."""
    return Population(
        slug=row["slug"],
        name=row["name"],
        name_es=row["name_es"],
        terms=_parts(row["terms"]),
        words=_parts(row["words"]),
        from_age=float(row["from_age"]) if row["from_age"] else None,
        to_age=float(row["to_age"]) if row["to_age"] else None,
    )


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|") if part.strip())


def _text_of(listing: Listing) -> str:
    """Not the description, where groups are also named that are sent elsewhere."""
    service, program = listing.service, listing.program
    return "|".join((
        service.name, service.alternate_name, service.keywords, service.eligibility_description,
        program.name if program else "",
    ))  # fmt: skip


def _is_of_age(listing: Listing, population: Population) -> bool:
    low, high = listing.service.minimum_age, listing.service.maximum_age
    if population.from_age is None and population.to_age is None:
        return False
    return (population.from_age is None or (low is not None and low >= population.from_age)) and (
        population.to_age is None or (high is not None and high <= population.to_age)
    )


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
