"""Listings: a service with all its related records, as one audience may see them.

Pages, print, exports and index documents are all made from listings, so that what is withheld is
withheld everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from referral.records.classification import TaxonomyTerm
from referral.records.costs import Cost, cost_of, costs_nothing
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
"""The source list of national help lines, with which every library starts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingSite:
    """A location of a listing, with the records of the service there.

    ``schedules`` are those of the service there, ``location_schedules`` those of the location;
    ``Listing.hours_at`` chooses between them. ``areas`` are those that the service serves from
    there. ``is_handed_on`` is False if the publisher of its list does not allow redistribution.
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
        """The ZIP code of the site's address, "" when there is none to show."""
        return self.address.postal_code if self.address else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """The attribution of a listing whose list belongs to another publisher.

    Attributes:
        is_checked_here: whether the date of the last verification is from our staff.
        is_handed_on: whether the publisher allows redistribution.
    """

    publisher: str
    licence: str = ""
    contact: str = ""
    is_checked_here: bool = False
    is_handed_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A service with all its related records, as one audience may see them.

    Attributes:
        headings: slugs.
        terms: the service's own terms; pages for patrons show ``named_terms``.
        term_paths: for each of ``terms``, the term and all broader terms.
        translations: language → field → text of the service.
        translation_states: language → field → ``TranslationStatus`` of that text.
        term_words: term id → synonyms in all languages, for the terms in ``term_paths``.
        suggested_topics: for a service that has no topics of its own, the most confident first.
        category_topics: ids of the terms that staff accepted for a category of the list, not for
            this service → confidence of the suggestion, 0 to 1.
        is_national: whether the service is a national help line.
        place_withheld: whether a location has an address that the audience may not see.
        credit: attribution, where the list belongs to another publisher.
        local_note: the library's own note (``local_notes``), "" for none.
        local_note_in: language → the note in another language.
        has_local_hours: whether the hours are set by the library, not by the list.
        text_withheld: whether a text was withheld because it names the street of such an address.
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
        """The service's own terms, without those of which the list has only a code."""
        return tuple(term for term in self.terms if not term.is_code_only)

    @property
    def topics_to_show(self) -> tuple[SuggestedTopic, ...]:
        """Suggested topics to browse the service by; for survivor shelters only the surest."""
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
        """Return whether the service is free by its cost options or text about fees."""
        return costs_nothing(self.costs, self.service.fees_description)

    @property
    def cost(self) -> Cost:
        """The cost class of the service."""
        return cost_of(self.costs, self.service.fees_description)

    def hours_at(self, site: ListingSite | None) -> HoursInEffect:
        """Return the hours in effect for the service at a site, or without a site (None)."""
        if site is None:
            return hours_in_effect((), self.schedules, ())
        return hours_in_effect(site.schedules, self.schedules, site.location_schedules)
