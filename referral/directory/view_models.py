"""View models of public pages: frozen values, so that templates execute no queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from referral.records.classification import TaxonomyTerm
from referral.records.current_capacity import CurrentCapacity
from referral.records.headings import Heading
from referral.records.hsds import (
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
from referral.records.listing import Credit
from referral.records.page import Page
from referral.records.schedules.opening_hours import DayHours
from referral.records.topic_suggestions import SuggestedTopic
from referral.search.query import Answer, Area, Fit
from referral.store.terms import TermTree


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursBlock:
    """Opening hours of a service or location.

    Attributes:
        week: the usual week, Monday first; empty if no hours are known.
        others: rules that a week cannot show (nth weekday, season, free text), and future events.
        groups: the hours by label, if schedules have labels; those without a label come first.
        label: label of these hours, "" for none.
        is_open: whether it is open now; None if unknown.
        next_opening: start and end of the current or next opening, aware local times.
        always: whether it is open day and night, today too.
        is_of_building: whether these are the hours of the location, since the service has none.
        differ: whether these are hours of several locations that cannot be distinguished; ``week``
            is empty then.
        doubt_on: the first day before the next opening with possible unknown hours, if any.
        is_holiday: whether the next opening is on a holiday without hours of its own.
        closed_today: whether the listing has a closure for today, or for some days including it.
        schedules: the source of the hours; empty if hours of several locations ``differ``.
        zone: IANA name of the time zone of these hours, "" if none are known.
        has_phone: whether the listing has a number to call for questions about these hours.
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
    # Not compared: locations may have the same hours in different records.
    schedules: tuple[Schedule, ...] = field(default=(), compare=False)
    zone: str = field(default="", compare=False)
    has_phone: bool = field(default=True, compare=False)

    @property
    def parts(self) -> tuple[HoursBlock, ...]:
        """Return the hours of each label, or these hours alone if one line is enough for them."""
        return (self,) if self.always or self.differ or not self.groups else self.groups


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A location of a service or organization, with the hours there.

    Attributes:
        description_here: description of the service at this location.
        hours: hours of the service here; of the location for an organization.
        is_handed_on: whether the location may be published outside.
        measured_from: ZIP code or position in the form of a URL parameter, "" without a distance.
    """

    location: Location
    description_here: str = ""
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
        """Return whether the position is only the middle of the ZIP code."""
        return self.location.position_source == "zip"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCard:
    """A service in a list of results.

    Attributes:
        name_additions: distinguish it from other services with its name: organization or place.
        site: the nearest or first location; of the open ones if the query is for open services.
        more_places: number of other locations.
        place_withheld: whether the service has a location with a withheld address.
        hours: hours at ``site``.
        call_first: whether the listing was last checked long ago, or never.
        band, area, is_ahead, fit: as in ``Hit``.
        comes_to_you: whether the service has no location and is provided at home.
        is_explicitly_remote: whether the listing says that it is remote.
        suggestion: the suggested topic by which it is a result.
        is_suggested: whether it passes the filters by suggested topics only, and is ranked below
            services with the topic itself.
        translations: texts by language and field.
        translation_states: ``TranslationStatus`` of these texts, by language and field.
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
    suggestion: SuggestedTopic | None = None
    is_suggested: bool = False
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    translation_states: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsPage:
    """A page of search results: the answer of the index, and the cards of this page.

    Attributes:
        total: number of services found, without those of this page that were withdrawn since, which
            the pages of ``cards`` still count.
        suggested: number of those that pass the filters by suggested topics only.
    """

    answer: Answer
    cards: Page[ServiceCard]
    total: int
    suggested: int = 0
    headings: tuple[Heading, ...] = ()
    terms: TermTree


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePage:
    """The page of a service, with everything about it that the audience may see.

    Attributes:
        name_additions, translations, translation_states, call_first: as in ``ServiceCard``.
        suggested_topics: topics suggested by rules, which no person has checked.
        phone: the number to call, at the first of ``sites`` if there is one.
        phones: all numbers, with ``phone`` first.
        hours: hours at the first of ``sites``, or of a service without any.
        is_place_chosen: whether the user chose the first of ``sites``.
        is_explicitly_remote: whether the listing says that the service is remote.
        local_note, local_note_in, has_local_hours: notes and hours of the library (``Listing``).
        capacities: current capacities.
        maximums: capacities with a maximum.
        credit: publisher of a followed source list.
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
        """Return whether the hours of the service are the same at all of its locations."""
        return all(site.hours == self.hours for site in self.sites)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationPage:
    """The page of an organization: how to reach it, its services, and the credit of its list."""

    organization: Organization
    phones: tuple[Phone, ...] = ()
    contacts: tuple[Contact, ...] = ()
    urls: tuple[Url, ...] = ()
    sites: tuple[Site, ...] = ()
    services: tuple[ServiceCard, ...] = ()
    credit: Credit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationList:
    """A page of the organizations from A to Z: all of them, or those of one letter.

    Attributes:
        letters: all that have an organization; ``#``, for other names, is the last.
        sections: the organizations of each letter on this page, in the order of ``letters``.
        is_whole: whether all letters are on this page.
    """

    letters: tuple[str, ...]
    sections: Mapping[str, Sequence[Organization]]
    is_whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TermCount:
    """A term with its number of services, narrower terms and suggested topics included."""

    term: TaxonomyTerm
    services: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadingPage:
    """A heading with the terms of its services; ``children`` are narrower terms by term id."""

    heading: Heading
    services: int
    terms: tuple[TermCount, ...]
    children: Mapping[str, tuple[TermCount, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TermPage:
    """A term with its ancestors, top first, and its narrower terms."""

    term: TaxonomyTerm
    ancestors: tuple[TaxonomyTerm, ...]
    children: tuple[TermCount, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpLine:
    """A help line to call or text in danger or distress.

    ``tel`` is the number as dialed; ``topics`` are codes, the most important first.
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
    """Help lines to show because a user's words mean danger.

    Attributes:
        danger: lines for words that surely mean danger, at the top of the page, the best first.
        perhaps: an unobtrusive line for words that may mean danger.
    """

    danger: tuple[HelpLine, ...] = ()
    perhaps: HelpLine | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedCount:
    """Number of public listings, and of those that staff checked in the last six months."""

    checked: int
    listings: int
