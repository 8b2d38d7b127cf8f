"""Guides as the public sees them: with cards of the services that it may see today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from referral.directory.instance import Instance
from referral.directory.view_models import ServiceCard
from referral.errors import NotFoundError
from referral.guides.chosen_services import public_cards
from referral.guides.records import Guide, GuideSection
from referral.guides.rows import GuideAddressRow, GuideRow
from referral.search.analysis import stem, words_of
from referral.search.understanding.phrases import SOFT_STOP_WORDS


@dataclass(frozen=True, slots=True)
class SectionPage:
    """A section of a public guide with cards of its services.

    A service appears in the first section only.
    """

    section: GuideSection
    cards: tuple[ServiceCard, ...]


@dataclass(frozen=True, slots=True)
class GuidePage:
    """A public guide with its sections, without those that have no note and no cards.

    ``looked_on`` is the day when staff last changed the guide or confirmed that it is right.
    """

    guide: Guide
    sections: tuple[SectionPage, ...]
    looked_on: date

    @property
    def service_ids(self) -> tuple[str, ...]:
        """Return the ids of the services that a public guide shows, in order."""
        return tuple(card.service.id for section in self.sections for card in section.cards)


@dataclass(frozen=True, slots=True)
class PublishedGuides:
    """The published guides in their order.

    Attributes:
        stems: language → for each guide the stems of its title and summary in that language.
    """

    guides: tuple[Guide, ...] = ()
    stems: Mapping[str, tuple[frozenset[str], ...]] = field(default_factory=dict)

    def about(self, query: str) -> Guide | None:
        """Return the first published guide with all words of a query, except for soft stop words.

        English titles and summaries are searched before Spanish ones.
        """
        words = [word for word in words_of(query) if word not in SOFT_STOP_WORDS]
        if not words:
            return None
        for language, stems_of_guides in self.stems.items():
            query_stems = {stem(word, language) for word in words}
            for guide, stems in zip(self.guides, stems_of_guides, strict=True):
                if query_stems <= stems:
                    return guide
        return None


def read_published(instance: Instance) -> PublishedGuides:
    """Return the published guides in their order."""
    statement = select(GuideRow).where(GuideRow.is_published, GuideRow.deleted_at.is_(None))
    with instance.store.read() as session:
        rows = session.scalars(statement.order_by(GuideRow.sort, GuideRow.id))
        guides = tuple(row.to_guide() for row in rows)
    contents = [guide.content for guide in guides]
    english = tuple(_stems(f"{content.title} {content.summary}", "english") for content in contents)
    spanish = tuple(
        _stems(f"{content.title_es} {content.summary_es}", "spanish") for content in contents
    )
    return PublishedGuides(guides, {"english": english, "spanish": spanish})


def read_published_if_available(instance: Instance) -> PublishedGuides:
    """Return the published guides; none if the database is unavailable."""
    try:
        return read_published(instance)
    except SQLAlchemyError:
        return PublishedGuides()


def open_guide(instance: Instance, slug: str) -> GuidePage:
    """Return a published guide by a current or earlier address.

    Raises:
        NotFoundError: no published guide has or had this address.
    """
    with instance.store.read() as session:
        address = session.get(GuideAddressRow, slug)
        row = session.get(GuideRow, address.guide_id) if address else None
        if row is None or not row.is_published or row.deleted_at is not None:
            raise NotFoundError("There is no such guide.")
        return _build_page(instance, session, row.to_guide())


def guide_page(instance: Instance, guide: Guide) -> GuidePage:
    """Return a guide as the public would see it, even if it is not saved or published."""
    with instance.store.read() as session:
        return _build_page(instance, session, guide)


def _build_page(instance: Instance, session: Session, guide: Guide) -> GuidePage:
    cards = public_cards(instance, session, guide.content.service_ids)
    sections = []
    shown_ids = set[str]()  # a merged service and its survivor have the same card
    for section in guide.content.sections:
        new_cards = []
        for card in (
            cards[service_id] for service_id in section.service_ids if service_id in cards
        ):
            if card.service.id not in shown_ids:
                shown_ids.add(card.service.id)
                new_cards.append(card)
        if new_cards or section.note or section.note_es:
            sections.append(SectionPage(section, tuple(new_cards)))
    looked_on = guide.looked_at.astimezone(ZoneInfo(instance.settings.timezone)).date()
    return GuidePage(guide, tuple(sections), looked_on)


def _stems(text: str, language: str) -> frozenset[str]:
    return frozenset(stem(word, language) for word in words_of(text))
