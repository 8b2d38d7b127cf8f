"""Search facets derived from a listing: age groups, delivery, populations and accessibility."""

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
from referral.records.hsds import Phone
from referral.records.listing import Listing
from referral.records.phone_choice import Reach, reach_of
from referral.resources import resource_path

# Our own terms for services by phone or at home, narrower terms included.
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
_SIGN_LANGUAGES = frozenset({"ase", "sgn"})
_NEGATIONS = re.compile(
    r"\b(?:not|no|without|sin|lacks)\s+(?:(?:yet|fully|an?|any)\s+)*"
    r"(?!steps?\b)(?:\w+\W+){0,2}?(?:accessible|wheelchairs?|ramps?|elevators?|lifts?)\b"
    r"(?:\W+accessible\b)?",
    re.IGNORECASE,
)


class AgeGroup(StrEnum):
    """An age group in whole years; the last one is open-ended."""

    CHILD = "0-12"
    TEEN = "13-17"
    YOUNG = "18-24"
    ADULT = "25-64"
    SENIOR = "65+"

    @property
    def youngest(self) -> int:
        """The lowest age of the group."""
        return int(self.value.rstrip("+").partition("-")[0])

    @property
    def oldest(self) -> int | None:
        """The highest age of the group, until the next birthday; None for no limit."""
        return int(end) if (end := self.value.partition("-")[2]) else None

    def overlaps(self, minimum: float | None, maximum: float | None) -> bool:
        """Return whether a service with age limits in years accepts anyone of the group.

        An unknown limit (None) excludes nobody. A maximum of 17 includes people until they turn
        18.
        """
        is_too_old = self.oldest is not None and minimum is not None and minimum >= self.oldest + 1
        return not is_too_old and (maximum is None or maximum >= self.youngest)


def age_groups_of(minimum: float | None, maximum: float | None) -> tuple[AgeGroup, ...]:
    """Return the age groups that a service with age limits accepts, the youngest first."""
    return tuple(group for group in AgeGroup if group.overlaps(minimum, maximum))


class Delivery(StrEnum):
    """The way in which a service is delivered."""

    IN_PERSON = "in-person"
    PHONE = "phone"
    ONLINE = "online"
    HOME = "home"


def delivery_of(listing: Listing) -> tuple[Delivery, ...]:
    """Return the ways in which the service of a listing is delivered.

    If the service has a location, its phone and website are for questions and do not count. Words
    count only in names and keywords, where they are not mentioned in passing.
    """
    searched_text = (
        f"{listing.service.name}|{listing.service.alternate_name}|{listing.service.keywords}"
    )
    codes = {term.code for path in listing.term_paths for term in path}
    has_location = has_place(listing)
    is_delivered = {
        Delivery.IN_PERSON: has_location,
        Delivery.HOME: bool(codes & _HOME_TERMS) or _HOME_WORDS.are_in(searched_text),
        Delivery.PHONE: bool(codes & _PHONE_TERMS) or _PHONE_WORDS.are_in(searched_text),
        Delivery.ONLINE: _is_virtual(listing) or _ONLINE_WORDS.are_in(searched_text),
    }
    if not (has_location or is_delivered[Delivery.HOME]):
        phones = (*listing.phones, *listing.organization_phones)
        is_delivered[Delivery.PHONE] |= any(map(_is_voice, phones))
        is_delivered[Delivery.ONLINE] |= bool(listing.service.url)
    return tuple(code for code in Delivery if is_delivered[code])


def has_place(listing: Listing) -> bool:
    """Return whether a listing has a physical location, even one that is withheld."""
    return listing.place_withheld or any(
        site.location.location_type == "physical" for site in listing.sites
    )


def is_explicitly_remote(listing: Listing) -> bool:
    """Return whether a listing says that its service is remote, or is a national help line.

    Having no location is not enough: the address may be missing.
    """
    searched_text = (
        f"{listing.service.name}|{listing.service.alternate_name}|{listing.service.keywords}"
    )
    codes = {term.code for path in listing.term_paths for term in path}
    return (
        listing.is_national
        or _is_virtual(listing)
        or not codes.isdisjoint(_PHONE_TERMS | _HOME_TERMS)
        or any(
            phrases.are_in(searched_text) for phrases in (_PHONE_WORDS, _ONLINE_WORDS, _HOME_WORDS)
        )
    )


def is_remote(listing: Listing) -> bool:
    """Return whether a service is by phone or online only: no location, no home visits."""
    return not has_place(listing) and Delivery.HOME not in delivery_of(listing)


def _is_virtual(listing: Listing) -> bool:
    return any(site.location.location_type == "virtual" for site in listing.sites)


def _is_voice(phone: Phone) -> bool:
    is_text = phone.type == "text"
    return bool(phone.number) and not is_text and reach_of(phone) is not Reach.NO_VOICE


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """A population: a group of people that services are made for.

    Attributes:
        terms: codes of our own terms; services under these or narrower terms are for the group.
        words: phrases that mark a service by its name, keywords or eligibility.
        from_age, to_age: a service only for people between these ages is for the group.
    """

    slug: str
    name: str
    name_es: str = ""
    terms: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    from_age: float | None = None
    to_age: float | None = None


class PopulationRules:
    """Rules that find the populations of a service; a service for everybody has none."""

    def __init__(self, populations: Iterable[Population]) -> None:
        self._rules = [(population, Phrases(population.words)) for population in populations]

    def slugs_of(self, listing: Listing) -> tuple[str, ...]:
        """Return the slugs of the populations of a listing, in the order of the data."""
        codes = {term.code for path in listing.term_paths for term in path}
        text = _searched_text(listing)
        by_term = self.slugs_of_terms(codes)
        return tuple(
            population.slug
            for population, phrases in self._rules
            if population.slug in by_term or phrases.are_in(text) or _is_of_age(listing, population)
        )

    def slugs_of_terms(self, codes: AbstractSet[str]) -> frozenset[str]:
        """Return the slugs of the populations of services under any of these term codes."""
        populations = (population for population, _ in self._rules)
        return frozenset(
            population.slug for population in populations if not codes.isdisjoint(population.terms)
        )


def populations_path() -> Path:
    """Return the path of the seed data of populations."""
    return resource_path("seed_data") / "populations.csv"


@cache
def load_populations() -> tuple[Population, ...]:
    """Load all populations, in display order."""
    with populations_path().open(encoding="utf-8", newline="") as file:
        return tuple(map(parse_population, csv.DictReader(file)))


@cache
def groups_of_age(age: str) -> frozenset[str]:
    """Return the slugs of populations that include an age, in years or as an ``AgeGroup``."""
    group = AgeGroup(age) if not age.isdecimal() else None
    youngest, oldest = (group.youngest, group.oldest) if group else (int(age), int(age))
    return frozenset(
        population.slug
        for population in load_populations()
        if (population.from_age, population.to_age) != (None, None)
        and (population.from_age is None or population.from_age <= youngest)
        and (population.to_age is None or (oldest is not None and oldest <= population.to_age))
    )


def parse_population(row: Mapping[str, str]) -> Population:
    """Parse a population from a row of ``seed_data/populations.csv``."""
    return Population(
        slug=row["slug"],
        name=row["name"],
        name_es=row["name_es"],
        terms=_split_at_bars(row["terms"]),
        words=_split_at_bars(row["words"]),
        from_age=float(row["from_age"]) if row["from_age"] else None,
        to_age=float(row["to_age"]) if row["to_age"] else None,
    )


def _split_at_bars(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|") if part.strip())


def _searched_text(listing: Listing) -> str:
    """Return the text that is searched for population words.

    The description is left out, because it also names groups that the service refers elsewhere.
    """
    service, program = listing.service, listing.program
    return "|".join((
        service.name, service.alternate_name, service.keywords, service.eligibility_description,
        program.name if program else "",
    ))  # fmt: skip


def _is_of_age(listing: Listing, population: Population) -> bool:
    minimum, maximum = listing.service.minimum_age, listing.service.maximum_age
    if population.from_age is None and population.to_age is None:
        return False
    return (
        population.from_age is None or (minimum is not None and minimum >= population.from_age)
    ) and (population.to_age is None or (maximum is not None and maximum <= population.to_age))


class Access(StrEnum):
    """An accessibility feature that users can filter by."""

    WHEELCHAIR = "wheelchair"
    RESTROOM = "restroom"
    SIGN_LANGUAGE = "sign-language"
    HEARING = "hearing"
    SIGHT = "sight"
    QUIET = "quiet"


_ACCESS_PHRASES = {
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


def access_of(texts: Iterable[str], language_codes: Iterable[str] = ()) -> tuple[Access, ...]:
    """Return the accessibility features in texts, except those that a text says are missing.

    Args:
        texts: descriptions and details of accessibility.
        language_codes: ISO 639 codes of spoken and sign languages.
    """
    affirmed = [_NEGATIONS.sub(" ", text) for text in texts]
    features = {
        code for code, phrases in _ACCESS_PHRASES.items() if any(map(phrases.are_in, affirmed))
    }
    if _SIGN_LANGUAGES.intersection(language_codes):
        features.add(Access.SIGN_LANGUAGE)
    return tuple(code for code in Access if code in features)
