"""View models of public pages: frozen values, so that a template never runs a query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from referral.records.classification import TaxonomyTerm
from referral.records.current_capacity import CurrentCapacity
from referral.records.directory import (
    Accessibility,
    Address,
    Contact,
    CostOption,
    Language,
    Location,
    Organization,
    Phone,
    Program,
    RequiredDocument,
    Schedule,
    Service,
    ServiceArea,
    ServiceCapacity,
    Url,
)
from referral.records.headings import Heading
from referral.records.listing import Credit
from referral.records.page import Page
from referral.records.schedules.opening_hours import DayHours
from referral.records.topic_suggestions import SuggestedTopic
from referral.search.query import Answer, Area, Fit
from referral.store.terms import TermTree


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursBlock:
    """When something is open.

    Attributes:
        week: the usual week, Monday first; empty when no hours are known.
        others: rules a week cannot show (nth weekday, season, free text), and events to come.
        groups: the same by label, where schedules have labels; those without one come first.
        label: that of these hours, "" for none.
        is_open: whether it is open now; None when not known.
        next_opening: start and end of the present or next opening, aware local times.
        always: open day and night, today as on other days.
        is_of_building: the service states no hours, so these are those of its location.
        differ: these are hours of several places that are not told apart; ``week`` is empty.
        doubt_on: the first day before that opening on which it may be open at times that are not
            known; None where there is none.
        is_holiday: the opening is on a holiday for which the listing has no hours of its own.
        closed_today: the listing has a closure for just this day, or for some days with it.
        schedules: what all this was read from; none where hours of several places ``differ``.
        zone: IANA name of the time zone of these hours, "" where none are known.
        has_phone: whether the listing has a number to call where these hours leave a question.
    """

    week: tuple[DayHours, ...] = ()
    others: tuple[Schedule, ...] = ()
    groups: tuple[HoursBlock, ...] = ()
    label: str = ""
    is_open: bool | None = None
    next_opening: tuple[datetime, datetime] | None = None
    always: bool = False
    is_of_building: bool = False
    differ: bool = False
    is_holiday: bool = False
    closed_today: bool = False
    doubt_on: date | None = None
    # Not compared: two places have the same hours though each has records of its own.
    schedules: tuple[Schedule, ...] = field(default=(), compare=False)
    zone: str = field(default="", compare=False)
    has_phone: bool = field(default=True, compare=False)

    @property
    def parts(self) -> tuple[HoursBlock, ...]:
        """The hours of each label; these alone where there are none, or one line says it all."""
        return (self,) if self.always or self.differ or not self.groups else self.groups


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One place of a service or organization; ``hours`` are those of the service there.

    ``said_here`` is what the service says of itself at this place. ``measured_from`` is a ZIP code
    or a point, as an address has it.
    """

    location: Location
    said_here: str = ""
    address: Address | None = None
    phones: tuple[Phone, ...] = ()
    hours: HoursBlock = field(default_factory=HoursBlock)
    languages: tuple[Language, ...] = ()
    accessibility: tuple[Accessibility, ...] = ()
    is_handed_on: bool = True
    distance_miles: float | None = None
    measured_from: str = ""

    @property
    def is_approximate(self) -> bool:
        """Whether the position is only the middle of the ZIP code."""
        return self.location.position_source == "zip"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCard:
    """A service in a list of results.

    ``name_additions`` tell it from other services of its name: the organization, or the place.
    ``site`` is the nearest place, or the first, of those open where that was asked; ``hours`` are
    those there, and ``more_places`` counts the others.
    ``place_withheld`` says that it has a place whose address is confidential.
    ``call_first`` says that it was last checked long ago, or never. ``band``, ``area``,
    ``is_ahead`` and ``fit`` are as in ``Hit``; ``comes_to_you`` says that there is no place to go
    to, and that it is given at home, ``is_explicitly_remote`` that it says that it is remote.
    ``suggestion`` is the suggested topic that made it a result, and ``is_suggested`` that it stands
    below what people placed here (``Hit``).
    ``translations`` is language → field → text, ``translation_states`` who stands for it.
    """

    service: Service
    organization: Organization | None
    name_additions: tuple[str, ...] = ()
    headings: tuple[Heading, ...] = ()
    terms: tuple[TaxonomyTerm, ...] = ()
    phone: Phone | None = None
    site: Site | None = None
    more_places: int = 0
    place_withheld: bool = False
    hours: HoursBlock = field(default_factory=HoursBlock)
    is_free: bool = False
    documents: tuple[RequiredDocument, ...] = ()
    capacities: tuple[CurrentCapacity, ...] = ()
    call_first: bool = False
    credit: Credit | None = None
    band: str = ""
    area: Area = Area.NOT_ASKED
    is_ahead: bool = False
    fit: Fit = Fit.NOT_ASKED
    comes_to_you: bool = False
    is_explicitly_remote: bool = False
    why: tuple[str, ...] = ()
    reason: str = ""
    matched: tuple[str, ...] = ()
    suggestion: SuggestedTopic | None = None
    is_suggested: bool = False
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    translation_states: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsPage:
    """A page of results: what was found, and the cards of this page.

    Attributes:
        total: services found, without those of this page that were withdrawn since; the pages of
            ``cards`` count these too.
        suggested: those of ``total`` that pass the filters by suggested topics only.
    """

    answer: Answer
    cards: Page[ServiceCard]
    total: int
    suggested: int = 0
    headings: tuple[Heading, ...] = ()
    terms: TermTree


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePage:
    """Everything about one service; translations and additions are as in ``ServiceCard``.

    ``hours`` and ``phone``, the number to call, are those at the first of ``sites``, or those of a
    service without any. ``is_place_chosen``: the first one was chosen.
    ``phones`` has the number to call first.
    ``local_note``, ``local_note_in`` and ``has_local_hours`` are what the library says itself
    (``Listing``).
    ``capacities`` say how much room there is now, ``maximums`` how much there is in all.
    ``credit`` says whom it is from, where its list is another publisher's.
    ``suggested_topics`` are what it looks like, and nobody has checked.
    ``is_explicitly_remote``: it says that it is remote.
    """

    service: Service
    organization: Organization | None
    name_additions: tuple[str, ...] = ()
    program: Program | None = None
    headings: tuple[Heading, ...] = ()
    terms: tuple[TaxonomyTerm, ...] = ()
    suggested_topics: tuple[SuggestedTopic, ...] = ()
    phone: Phone | None = None
    phones: tuple[Phone, ...] = ()
    contacts: tuple[Contact, ...] = ()
    hours: HoursBlock = field(default_factory=HoursBlock)
    sites: tuple[Site, ...] = ()
    is_place_chosen: bool = False
    place_withheld: bool = False
    is_explicitly_remote: bool = False
    languages: tuple[Language, ...] = ()
    areas: tuple[ServiceArea, ...] = ()
    costs: tuple[CostOption, ...] = ()
    documents: tuple[RequiredDocument, ...] = ()
    local_note: str = ""
    local_note_in: Mapping[str, str] = field(default_factory=dict)
    has_local_hours: bool = False
    capacities: tuple[CurrentCapacity, ...] = ()
    maximums: tuple[ServiceCapacity, ...] = ()
    urls: tuple[Url, ...] = ()
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    translation_states: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    is_free: bool = False
    call_first: bool = False
    credit: Credit | None = None

    @property
    def has_same_hours(self) -> bool:
        """Whether its hours are the same at all of its places."""
        return all(site.hours == self.hours for site in self.sites)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationPage:
    """An organization, how to reach it, its services, and whom it is from, if from elsewhere."""

    organization: Organization
    phones: tuple[Phone, ...] = ()
    contacts: tuple[Contact, ...] = ()
    urls: tuple[Url, ...] = ()
    sites: tuple[Site, ...] = ()
    services: tuple[ServiceCard, ...] = ()
    credit: Credit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationList:
    """Organizations by letter; ``letters`` are those with at least one, ``#`` for digits."""

    letters: tuple[str, ...]
    letter: str
    organizations: tuple[Organization, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermCount:
    """A term, and how many public services stand under it or below, or seem to."""

    term: TaxonomyTerm
    services: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadingPage:
    """A heading and the terms under it that have services; ``children`` is term id → terms."""

    heading: Heading
    services: int
    terms: tuple[TermCount, ...]
    children: Mapping[str, tuple[TermCount, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TermPage:
    """A term, the way up to the top, and the terms below it."""

    term: TaxonomyTerm
    ancestors: tuple[TaxonomyTerm, ...]
    children: tuple[TermCount, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpLine:
    """A line to call in danger or distress.

    ``tel`` is what a phone dials; ``topics`` are codes, the most important first.
    """

    key: str
    name: str
    phone: str
    tel: str
    what_for: str = ""
    name_es: str = ""
    phone_es: str = ""
    what_for_es: str = ""
    text_to: str = ""
    text_words: str = ""
    tty: str = ""
    hours: str = ""
    hours_es: str = ""
    web: str = ""
    strip: bool = False
    checked_on: date | None = None
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RaisedLines:
    """Help lines that words call for.

    Attributes:
        danger: the words mean danger; these lead the page, the right one first.
        perhaps: the words may mean danger; one quiet line.
    """

    danger: tuple[HelpLine, ...] = ()
    perhaps: HelpLine | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedCount:
    """How many of the public ``listings`` somebody here has checked in the last six months."""

    checked: int
    listings: int
