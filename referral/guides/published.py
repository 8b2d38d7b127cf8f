"""Guides as the public sees them: with the cards of the services that it may see today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from referral.directory.cards import CardBuilder
from referral.directory.context import Directory
from referral.directory.redirects import surviving_id
from referral.directory.view_models import ServiceCard
from referral.errors import NotFoundError
from referral.guides.editing import guide_from
from referral.guides.records import Guide, GuideContent, GuideSection
from referral.guides.rows import GuideAddressRow, GuideRow
from referral.records.visibility import Audience
from referral.search.analysis import stem, words_of
from referral.search.understanding.phrases import SOFT_STOP_WORDS

_LANGUAGES = {"": "english", "_es": "spanish"}


@dataclass(frozen=True, slots=True)
class SectionPage:
    """A section and the cards of its services; a service stands in the first section only."""

    section: GuideSection
    cards: tuple[ServiceCard, ...]


@dataclass(frozen=True, slots=True)
class GuidePage:
    """A guide and its sections; a section without a note and without a card is left out.

    ``looked_on`` is the day when staff last changed it or said that it is right.
    """

    guide: Guide
    sections: tuple[SectionPage, ...]
    looked_on: date

    @property
    def service_ids(self) -> tuple[str, ...]:
        """The services that are shown, in order."""
        return tuple(card.service.id for part in self.sections for card in part.cards)


@dataclass(frozen=True, slots=True)
class PublishedGuides:
    """The guides that are published, in their order, and the stems of their titles."""

    guides: tuple[Guide, ...] = ()
    stems: Mapping[str, frozenset[int]] = field(default_factory=dict)

    def about(self, words: str) -> Guide | None:
        """The first guide whose title and summary have every word of a search that counts."""
        asked = [word for word in words_of(words) if word not in SOFT_STOP_WORDS]
        if not self.stems or not asked:
            return None
        for language in _LANGUAGES.values():
            nowhere: frozenset[int] = frozenset()
            stems = (f"{language} {stem(word, language)}" for word in asked)
            found = frozenset.intersection(*(self.stems.get(each, nowhere) for each in stems))
            if found:
                return self.guides[min(found)]
        return None


def read_published(directory: Directory) -> PublishedGuides:
    """The published guides."""
    row = GuideRow
    with directory.store.read() as session:
        statement = select(row).where(row.is_published, row.deleted_at.is_(None))
        rows = session.scalars(statement.order_by(row.sort, row.id))
        guides = tuple(map(guide_from, rows))
    stems: dict[str, set[int]] = {}
    for number, guide in enumerate(guides):
        for each in _stems(guide.content):
            stems.setdefault(each, set()).add(number)
    return PublishedGuides(guides, {each: frozenset(found) for each, found in stems.items()})


def known_guides(directory: Directory) -> PublishedGuides:
    """The published guides; none when the database does not answer: error pages link to them."""
    try:
        return read_published(directory)
    except SQLAlchemyError:
        return PublishedGuides()


def open_guide(directory: Directory, slug: str) -> GuidePage:
    """A published guide by an address that it has or had.

    Raises:
        NotFoundError: no published guide has it.
    """
    with directory.store.read() as session:
        address = session.get(GuideAddressRow, slug)
        row = session.get(GuideRow, address.guide_id) if address else None
        if row is None or not row.is_published or row.deleted_at is not None:
            raise NotFoundError("There is no such guide.")
        return _page(directory, session, guide_from(row))


def guide_page(directory: Directory, guide: Guide) -> GuidePage:
    """A guide as the public would see it if it were published as it is here."""
    with directory.store.read() as session:
        return _page(directory, session, guide)


def public_services(
    directory: Directory, session: Session, service_ids: Sequence[str]
) -> dict[str, ServiceCard]:
    """Chosen id → card of the service, or of that into which it was merged.

    Those that the public may not see are left out.
    """
    cache = directory.listings
    listings = {each.service.id: each for each in cache.read(session, service_ids, Audience.PUBLIC)}
    survivors = {
        each: surviving_id(session, "service", each) for each in service_ids if each not in listings
    }
    found = list(dict.fromkeys(filter(None, survivors.values())))
    merged = {each.service.id: each for each in cache.read(session, found, Audience.PUBLIC)}
    builder = CardBuilder(
        directory.settings,
        cache.headings(session),
        directory.now(),
        cache.repeated_names(session),
    )
    shown = {each: listings.get(each) or merged.get(survivors[each]) for each in service_ids}
    return {each: builder.card(listing) for each, listing in shown.items() if listing}


def _page(directory: Directory, session: Session, guide: Guide) -> GuidePage:
    cards = public_services(directory, session, guide.content.service_ids)
    looked_on = guide.looked_at.astimezone(ZoneInfo(directory.settings.timezone)).date()
    return GuidePage(guide, tuple(_sections(guide.content.sections, cards)), looked_on)


def _sections(
    sections: Iterable[GuideSection], cards: Mapping[str, ServiceCard]
) -> Iterator[SectionPage]:
    seen = set[str]()
    for section in sections:
        own = list[ServiceCard]()
        for card in (cards[each] for each in section.service_ids if each in cards):
            if card.service.id not in seen:
                seen.add(card.service.id)
                own.append(card)
        if own or section.note or section.note_es:
            yield SectionPage(section, tuple(own))


def _stems(content: GuideContent) -> Iterator[str]:
    for suffix, language in _LANGUAGES.items():
        for name in ("title", "summary"):
            for word in words_of(getattr(content, name + suffix)):
                yield f"{language} {stem(word, language)}"
