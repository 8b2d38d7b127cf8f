"""Values of a search: the query, the query as understood, and the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from zoneinfo import ZoneInfo

from referral.fields.places.lookup import Place
from referral.records.facets import groups_of_age

LONGEST_QUERY = 200  # letters; the rest is ignored
MOST_WORDS = 32  # words that count, without stop words and repetitions
PAGE_SIZE = 20  # results


class Sort(StrEnum):
    """Sort order of the results."""

    BEST = "best"
    NEAREST = "nearest"
    NAME = "name"


class PreferenceKind(StrEnum):
    """Kind of a preference among the words. Unlike filters, preferences hide no results."""

    OPEN_NOW = "open_now"
    DAY = "day"  # of the week
    PEOPLE = "people"  # men, women, couples, families
    PAPERS = "papers"  # no ID, no referral
    AGE = "age"
    LANGUAGE = "language"
    COST = "cost"
    ACCESS = "access"
    DELIVERY = "delivery"
    PLACE = "place"  # a town or ZIP code among the words


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """A search as typed and filtered by the user.

    Attributes:
        words: the text typed; empty matches everything.
        exactly: search for just these words, without synonyms, corrections or prefixes.
        near: where distances are measured from.
        within: miles; only services with a location this near (needs ``near``) or with none.
        headings: slugs; services under any of them pass.
        topic: a code of our own taxonomy; services with it, or a topic below it, pass.
        language: ISO 639 code of a language that must be spoken.
        open_now: only services that are open now, or at ``open_at`` where that is given.
        open_at: only services open at this moment; a wall time, where it has no zone.
        age: in whole years; services that exclude this age do not pass, unknown ones do.
        ages: codes of ``records.facets``; services that take any of these age groups pass.
        populations: slugs; services made for any of these groups pass.
        cost: codes of ``records.costs``; any of them.
        access: codes of ``records.facets``; all of them.
        delivery: codes of ``records.facets``; any of them.
        has_room: only services that are known to have room now.
        unread: kinds of preferences that are not read from the words.
    """

    words: str = ""
    exactly: bool = False
    near: Place | None = None
    within: float | None = None
    headings: tuple[str, ...] = ()
    topic: str = ""
    language: str = ""
    open_now: bool = False
    open_at: datetime | None = None
    age: int | None = None
    ages: tuple[str, ...] = ()
    populations: tuple[str, ...] = ()
    cost: tuple[str, ...] = ()
    access: tuple[str, ...] = ()
    delivery: tuple[str, ...] = ()
    has_room: bool = False
    unread: tuple[PreferenceKind, ...] = ()
    sort: Sort = Sort.BEST

    def with_moment(self, zone: str) -> SearchQuery:
        """Return the query with an aware ``open_at``: now, or its wall time at the place.

        Args:
            zone: IANA zone of a wall time without a place.
        """
        moment = self.open_at
        if moment is None and self.open_now:
            moment = datetime.now(UTC)
        elif moment is not None and moment.tzinfo is None:
            zone = (self.near.timezone if self.near else "") or zone
            moment = moment.replace(tzinfo=ZoneInfo(zone))
        return self if moment == self.open_at else replace(self, open_at=moment)

    @property
    def describes_person(self) -> bool:
        """Return whether the filters describe the person who needs help."""
        return self.age is not None or bool(self.ages or self.populations)

    @property
    def ignored_preferences(self) -> frozenset[PreferenceKind]:
        """Return the kinds of preferences to ignore: unread, or chosen as a filter."""
        filters: Mapping[PreferenceKind, object] = {
            PreferenceKind.OPEN_NOW: self.open_now or self.open_at,
            PreferenceKind.AGE: self.age is not None or self.ages,
            PreferenceKind.LANGUAGE: self.language,
            PreferenceKind.COST: self.cost,
            PreferenceKind.ACCESS: self.access,
            PreferenceKind.DELIVERY: self.delivery,
            PreferenceKind.PLACE: self.near,
        }
        return frozenset(self.unread).union(kind for kind, chosen in filters.items() if chosen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """A preference among the words of a query, and how many results fit it.

    Attributes:
        values: in the terms of filters: languages, costs, access, delivery; an age in years or a
            group of ages (``records.facets``); ``now`` or ``tonight``.
        words: the words that state it.
        fits, unknown, misfits: numbers of results; unknown is not a misfit.
    """

    kind: PreferenceKind
    values: tuple[str, ...]
    words: str = ""
    fits: int = 0
    unknown: int = 0
    misfits: int = 0


class Fit(StrEnum):
    """How a result fits the preferences of a query, in the order of results."""

    FITS = "fits"
    UNKNOWN = "unknown"  # at least one preference is unknown, and the rest fits
    MISFIT = "misfit"
    WEAK = "weak"  # its score is far below the best, whatever it fits
    NOT_ASKED = ""  # the query has no preferences, or the result leads by its name


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message to show above the results: a stable kind, and its values."""

    kind: str
    details: Mapping[str, str] = field(default_factory=dict)


class WordKind(StrEnum):
    """What a word of a query was understood as."""

    WORD = "word"  # nothing but itself
    TERM = "term"  # means topics, named in the details
    PLACE = "place"
    ORGANIZATION = "organization"  # mostly known from names of organizations
    CORRECTED = "corrected"  # a misspelled word; the details have what was typed
    PASSING = "passing"  # a passing word: "help", "please"
    PREFERENCE = "preference"  # states a preference; the details have its kind
    PHRASE = "phrase"  # in quotation marks; matched word for word


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderstoodWord:
    """A word or run of words of a query, and what it was understood as.

    Attributes:
        topics: codes, where it means topics.
        is_name: it is the name of a topic.
        positions: of its words among all words that count; none for quoted phrases and ZIP codes.
    """

    text: str
    kind: WordKind
    detail: str = ""
    topics: tuple[str, ...] = ()
    is_name: bool = False
    positions: tuple[int, ...] = ()


class Degree(IntEnum):
    """How sure it is that a text is about danger."""

    NONE = 0
    PERHAPS = 1
    SURE = 2


@dataclass(frozen=True, slots=True)
class WordForm:
    """A word to look up in all fields, or a phrase of several adjacent words.

    Attributes:
        words: folded; each field is searched for their stems in its own language.
        damping: factor of its score.
    """

    words: tuple[str, ...]
    damping: float = 1.0

    @property
    def text(self) -> str:
        """Return the words of the form, as displayed."""
        return " ".join(self.words)


@dataclass(frozen=True, slots=True)
class Topic:
    """A taxonomy term that words of a query mean.

    Attributes:
        weight: 1 is as good as its name.
        groups: of people that it is for; empty for everybody.
        phrases: synonyms of the topic, damped by how surely they mean it.
        is_broader: it is right above a topic that the words mean, and counts where hardly any
            service has that.
        kinds: codes of topics below it and the worth of each, for a one-word query.
    """

    code: str
    name: str
    weight: float
    groups: frozenset[str] = frozenset()
    phrases: tuple[WordForm, ...] = ()
    is_broader: bool = False
    kinds: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a query: a word, a phrase, or a run of words that mean something together.

    A document matches all of it when every part matches, or any of the other spellings, or any of
    the topics. A clause that ``is_required_alone`` is required where no document matches any
    required clause. ``names_town`` is for the words of the town that distances are measured from. A
    clause that ``is_one_plain_word`` is the whole query.
    """

    parts: tuple[WordForm, ...]
    topics: tuple[Topic, ...] = ()
    spellings: tuple[WordForm, ...] = ()
    is_required: bool = True
    is_required_alone: bool = False
    names_town: bool = False
    is_one_plain_word: bool = False

    @property
    def forms(self) -> tuple[WordForm, ...]:
        """Return all word forms to look up for the clause."""
        return (*self.parts, *self.spellings)


@dataclass(frozen=True, slots=True)
class Danger:
    """The danger that a text is about, with the help lines to raise.

    Attributes:
        lines: keys of the help lines to raise, the most pressing first.
        by_pattern: a pattern matched, which staff can read and change; else the model decided.
        topics: of the lines, where a pattern matched; the most pressing first.
    """

    degree: Degree = Degree.NONE
    lines: tuple[str, ...] = ()
    by_pattern: bool = False
    topics: tuple[Topic, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A query as understood: its clauses, topics, preferences, place and danger.

    Attributes:
        clauses: required ones, all or most of which must match, and others that only add to the
            score.
        loose: clauses in which quoted phrases are split into words, for when no service has them.
        meant_words: as corrected, in their order; without those around a whole name.
        place: named among the words; distances are measured from it.
        near: where distances are measured from, chosen or named.
        asks_to_give: the words are about volunteering or giving.
        preferences: stated besides the need.
        is_danger_search: only services with the topics of the danger match; the clauses affect
            their order.
        words: each word or run of words, and what it was understood as.
        guess: words that phrases explain too little, and the topics of the nearest phrases.
        needs: two or more, where a story is about several; ``words`` has one for each, and
            ``clauses`` are of the whole.
        is_in_other_language: the words are in a language that search does not support, and were
            not read any further.
        notices: about words that were corrected or left out.
    """

    clauses: tuple[Clause, ...] = ()
    loose: tuple[Clause, ...] = ()
    meant_words: tuple[str, ...] = ()
    place: Place | None = None
    near: Place | None = None
    asks_to_give: bool = False
    preferences: tuple[Preference, ...] = ()
    danger: Danger = Danger()
    is_danger_search: bool = False
    words: tuple[UnderstoodWord, ...] = ()
    guess: UnderstoodWord | None = None
    needs: tuple[Question, ...] = ()
    is_in_other_language: bool = False
    notices: tuple[Notice, ...] = ()

    @property
    def has_best(self) -> bool:
        """Return whether the query has anything to rank results by."""
        return self.is_danger_search or any(clause.is_required for clause in self.clauses)

    @property
    def names_organization(self) -> bool:
        """Return whether a word of the query is mostly known from organizations' names."""
        return any(word.kind is WordKind.ORGANIZATION for word in self.words)

    @property
    def groups(self) -> frozenset[str]:
        """Return the groups of people that the query is about, by its topics or an age."""
        topics = [topic for clause in self.clauses for topic in clause.topics]
        topics += self.danger.topics if self.is_danger_search else ()
        preferences = self.preferences
        ages = (each.values for each in preferences if each.kind is PreferenceKind.AGE)
        return frozenset[str]().union(
            *(topic.groups for topic in topics),
            *(groups_of_age(age) for (age,) in ages),
        )


class CompletionKind(StrEnum):
    """Kind of thing that an autocomplete suggestion leads to."""

    TERM = "term"
    SERVICE = "service"
    ORGANIZATION = "organization"
    PLACE = "place"


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """An autocomplete suggestion.

    ``text`` is the query that it stands for; ``detail`` the topic that other words mean, the
    organization of a service, or the county of a place. ``service_id`` is the service whose listing
    has the name, "" for a topic or place.
    """

    kind: CompletionKind
    text: str
    detail: str = ""
    service_id: str = ""


class Area(StrEnum):
    """Whether the area that a service serves covers the place of the query."""

    NOT_ASKED = ""
    COVERED = "covered"
    UNKNOWN = "unknown"  # its area is not coded; it may cover the place
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A search result: one service.

    Attributes:
        location_id: its nearest location where the query has a place, or an open one.
        distance_miles: to that location.
        band: near, serves, remote or elsewhere (``order.py``).
        area: whether it serves the place.
        is_ahead: it comes before its band, being a much better match.
        fit: how it fits the preferences.
        why: kinds of the fields that matched.
        matched: words of the query to mark.
        reason: why it matched, in one line.
        suggested_topic: code of the topic by which it was found, where that is only suggested.
        is_suggested: it passes the filters of headings and topic by suggested topics only.
    """

    service_id: str
    score: float
    location_id: str = ""
    distance_miles: float | None = None
    band: str = ""
    area: Area = Area.NOT_ASKED
    is_ahead: bool = False
    fit: Fit = Fit.NOT_ASKED
    why: tuple[str, ...] = ()
    matched: tuple[str, ...] = ()
    reason: str = ""
    suggested_topic: str = ""
    is_suggested: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetValue:
    """A value of a facet, and how many results it would leave."""

    value: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to a search: the query as understood, a page of results, and counts.

    Attributes:
        question: the query as understood.
        total: all results.
        hits: those of the page.
        suggested: how many of all pass the filters of headings and topic by suggested topics only.
        suggested_last: these come after all others, as they do where there is nothing to rank by.
        bands: how many results are in each; without those that come after all others.
        notices: of the results; ``question`` has those of the words.
        preferences: those of ``question``, counted where results are listed.
    """

    question: Question
    total: int = 0
    hits: tuple[Hit, ...] = ()
    suggested: int = 0
    suggested_last: bool = False
    facets: Mapping[str, tuple[FacetValue, ...]] = field(default_factory=dict)
    bands: Mapping[str, int] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    preferences: tuple[Preference, ...] = ()
    took_ms: float = 0.0
    generation: str = ""
