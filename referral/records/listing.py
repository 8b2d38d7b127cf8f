"""A listing: one service with everything that hangs on it, as one audience may see it.

Pages, print, exports and index documents are all made from listings, so what is withheld is
withheld everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from referral.records.classification import TaxonomyTerm
from referral.records.costs import Cost, cost_of, costs_nothing
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
    ServiceAtLocation,
    ServiceCapacity,
    Url,
)
from referral.records.schedules.hours_in_effect import HoursInEffect, hours_in_effect
from referral.records.shelter_detection import (
    looks_like_survivor_shelter,
    place_looks_like_survivor_shelter,
)
from referral.records.topic_suggestions import SuggestedTopic, topics_to_show

NATIONAL_SOURCE = "national-help-lines"
"""The list that every library starts with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingSite:
    """One place of a service.

    ``schedules`` are those of the service there, ``location_schedules`` those of the place itself;
    ``Listing.hours_at`` says which count. ``areas`` are whom the service serves there.
    ``link`` is what the list says of the service at this place.
    ``is_handed_on`` unless its list is another publisher's, who does not let us.
    """

    location: Location
    link: ServiceAtLocation | None = None
    address: Address | None = None
    phones: tuple[Phone, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    location_schedules: tuple[Schedule, ...] = ()
    languages: tuple[Language, ...] = ()
    accessibility: tuple[Accessibility, ...] = ()
    areas: tuple[ServiceArea, ...] = ()
    is_handed_on: bool = True

    @property
    def zip_code(self) -> str:
        """ZIP code of the address, "" when there is none to show."""
        return self.address.postal_code if self.address else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """Whom a listing is from, where its list is another publisher's.

    Attributes:
        is_checked_here: somebody here gave the date of the last check, not the publisher.
        is_handed_on: the publisher lets us hand it on.
    """

    publisher: str
    licence: str = ""
    contact: str = ""
    is_checked_here: bool = False
    is_handed_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One service.

    Attributes:
        headings: slugs.
        terms: the service's own terms; pages for patrons show ``named_terms``.
        term_paths: for each of ``terms`` the terms from it up to the top.
        translations: language → field → text of the service.
        translation_states: language → field → who stands for that text (``TranslationStatus``).
        term_words: other words for the terms in ``term_paths``, all languages, by term id.
        suggested_topics: for a service to which nobody gave a topic by itself, the most
            confident first.
        category_topics: ids of the terms that it has only since staff accepted them for a
            category of its list → how confidently they would be suggested, 0 to 1.
        is_national: a help line of the whole country.
        place_withheld: it has a place whose address this audience may not see.
        credit: whom it is from, where that is somebody else.
        local_note: what the library itself says of it (``local_notes``), "" for nothing.
        local_note_in: the same in other languages: language → text.
        has_local_hours: its hours are those that the library gives, not those of its list.
        text_withheld: a text of it named the street of such a place.
    """

    service: Service
    organization: Organization | None = None
    program: Program | None = None
    headings: tuple[str, ...] = ()
    terms: tuple[TaxonomyTerm, ...] = ()
    term_paths: tuple[tuple[TaxonomyTerm, ...], ...] = ()
    term_words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    phones: tuple[Phone, ...] = ()
    organization_phones: tuple[Phone, ...] = ()
    contacts: tuple[Contact, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    languages: tuple[Language, ...] = ()
    areas: tuple[ServiceArea, ...] = ()
    costs: tuple[CostOption, ...] = ()
    documents: tuple[RequiredDocument, ...] = ()
    capacities: tuple[ServiceCapacity, ...] = ()
    urls: tuple[Url, ...] = ()
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    translation_states: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    sites: tuple[ListingSite, ...] = ()
    suggested_topics: tuple[SuggestedTopic, ...] = ()
    category_topics: Mapping[str, float] = field(default_factory=dict)
    is_national: bool = False
    place_withheld: bool = False
    credit: Credit | None = None
    local_note: str = ""
    local_note_in: Mapping[str, str] = field(default_factory=dict)
    has_local_hours: bool = False
    text_withheld: bool = False

    @property
    def named_terms(self) -> tuple[TaxonomyTerm, ...]:
        """Its own terms but for those of which the list gives only the code."""
        return tuple(term for term in self.terms if not term.is_code_only)

    @property
    def topics_to_show(self) -> tuple[SuggestedTopic, ...]:
        """Suggested topics by which it is browsed; of a shelter for survivors only the surest."""
        if not self.suggested_topics:
            return ()
        service, organization = self.service, self.organization
        about = (organization.name, organization.description) if organization else ()
        is_shelter = looks_like_survivor_shelter(
            service.name, service.description, ()
        ) or place_looks_like_survivor_shelter(service.name, about)
        return topics_to_show(self.suggested_topics, only_surest=is_shelter)

    @property
    def is_free(self) -> bool:
        """Whether its costs, or its words about fees, say that it costs nothing."""
        return costs_nothing(self.costs, self.service.fees_description)

    @property
    def cost(self) -> Cost:
        """What it costs."""
        return cost_of(self.costs, self.service.fees_description)

    def hours_at(self, site: ListingSite | None) -> HoursInEffect:
        """The hours that count at one of its places, or without any (None)."""
        if site is None:
            return hours_in_effect((), self.schedules, ())
        return hours_in_effect(site.schedules, self.schedules, site.location_schedules)
