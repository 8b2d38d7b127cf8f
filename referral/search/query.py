"""What is asked, what was understood, and what was found, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from zoneinfo import ZoneInfo

from referral.fields.places.lookup import Place
from referral.records.facets import groups_of_age

LONGEST_QUERY = 200  # letters that are read
MOST_WORDS = 32  # that count
PAGE_SIZE = 20  # results


class Sort(StrEnum):
    """The order of results."""

    BEST = "best"
    NEAREST = "nearest"
    NAME = "name"


class PreferenceKind(StrEnum):
    """What may be said besides a need. It orders results and hides none, unlike a filter."""

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
    """One question, as a link has it and as search takes it.

    Attributes:
        words: what was typed; empty means everything.
        exactly: look for just these words: no other words for them, no correction, no beginnings.
        near: where distances are measured from.
        within: miles; only services with a place this near (needs ``near``); place-less ones stay.
        headings: slugs; a service under any of them is taken.
        topic: a code of our own taxonomy; services under it or below are taken.
        language: ISO 639 code of a language that must be spoken.
        open_now: only services that are open now, or at ``open_at`` where that is given.
        open_at: only services open at this moment; a wall time, where it has no zone.
        age: in whole years; services that do not take this age are out, unknown ones stay.
        ages: codes of ``records.facets``; a service that takes somebody in any of them is taken.
        populations: slugs; a service made for any of these groups is taken.
        cost: codes of ``records.costs``; any of them.
        access: codes of ``records.facets``; all of them.
        delivery: codes of ``records.facets``; any of them.
        has_room: only services that are known to have room now.
        unread: kinds of preferences that are not to be read from the words.
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
        """The same with an aware ``open_at``: now, or its wall time where it asks about.

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
        """Whether its filters say who needs help."""
        return self.age is not None or bool(self.ages or self.populations)

    @property
    def ignored_preferences(self) -> frozenset[PreferenceKind]:
        """The kinds of preferences that do not count: unread, or chosen as a filter."""
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
    """Something said besides the need, and how many of the results fit it.

    Attributes:
        values: what filters call it: languages, costs, access, delivery; an age in years or a
            group of ages (``records.facets``); ``now`` or ``tonight``.
        words: that said it.
        fits, unknown, misfits: numbers of results; what is not known is not a misfit.
    """

    kind: PreferenceKind
    values: tuple[str, ...]
    words: str = ""
    fits: int = 0
    unknown: int = 0
    misfits: int = 0


class Fit(StrEnum):
    """How a result fits what was said besides the need, in the order of results."""

    FITS = "fits"
    UNKNOWN = "unknown"  # one thing or more is not known, and the rest fits
    MISFIT = "misfit"
    WEAK = "weak"  # whatever it fits, it is much less what was asked for
    NOT_ASKED = ""  # nothing was said; or it comes first by its name


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something to say above the results: a stable kind, and its values."""

    kind: str
    details: Mapping[str, str] = field(default_factory=dict)


class WordKind(StrEnum):
    """What a word of a question was taken for."""

    WORD = "word"  # nothing but itself
    TERM = "term"  # stands for topics, named in the details
    PLACE = "place"
    ORGANIZATION = "organization"  # chiefly known from names of organizations
    CORRECTED = "corrected"  # another word was meant; the details have what was typed
    PASSING = "passing"  # said in passing: "help", "please"
    PREFERENCE = "preference"  # said besides the need; the details have its kind
    PHRASE = "phrase"  # in quotation marks, to be found as it stands


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderstoodWord:
    """A word or run of words and what it was taken for.

    Attributes:
        topics: codes, where it stands for topics.
        is_name: it is the name of a topic.
        positions: where its words stand among all words that count; none for what is quoted and
            for a ZIP code.
    """

    text: str
    kind: WordKind
    detail: str = ""
    topics: tuple[str, ...] = ()
    is_name: bool = False
    positions: tuple[int, ...] = ()


class Degree(IntEnum):
    """How near a text is to known phrases of danger."""

    NONE = 0
    PERHAPS = 1
    SURE = 2


@dataclass(frozen=True, slots=True)
class WordForm:
    """A word to look up in all fields, or a phrase of several adjacent words.

    Attributes:
        words: folded; each field is asked for their stems in its own language.
        damping: factor of its score.
    """

    words: tuple[str, ...]
    damping: float = 1.0

    @property
    def text(self) -> str:
        """The words as they are shown."""
        return " ".join(self.words)


@dataclass(frozen=True, slots=True)
class Topic:
    """A taxonomy term that words stand for.

    Attributes:
        weight: 1 is as good as its name.
        groups: of people that it is for, if not foreverybody.
        phrases: its own ways to be said, damped by how well they mean it.
        is_broader: it is right above a topic that the words stand for, and counts where hardly
            anybody has that.
        kinds: the topics below it, each with what it is worth, where one plain word was asked.
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
    """One thing that was said: a word, a phrase, or a run of words that mean something together.

    A document matches all of it when every part matches, or any of the other spellings, or any of
    the topics. One ``is_required_alone`` is required where no document has
    any of those required. ``names_town`` is for the words of the town that distances are measured
    from. One that ``is_one_plain_word`` is all that was asked for.
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
        """All that is looked up."""
        return (*self.parts, *self.spellings)


@dataclass(frozen=True, slots=True)
class Danger:
    """Danger that words speak of.

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
    """What was understood of the words of a search.

    Attributes:
        clauses: what must be found, or most of it; those not required only add to the score.
        loose: the same with the words of quoted phrases by themselves, for when no service has
            the phrases.
        said: the words as they are meant, in their order; without those around a whole name.
        place: named among the words, and distances are measured from it.
        near: where distances are measured from, asked for or named.
        asks_to_give: whether it speaks of volunteering or giving.
        preferences: said besides the need.
        is_danger_search: only services under the topics of the danger are looked for; the clauses
            put them in order.
        words: each word or run of words, and what it was taken for.
        guess: words that phrases explain too little, and the topics of the nearest phrases.
        needs: two or more, where a story tells of several; ``words`` has one for each, and
            ``clauses`` are of the whole.
        is_in_other_language: the words are of a language that the search does not speak, and
            nothing else was read.
        notices: of what was corrected or left out.
    """

    clauses: tuple[Clause, ...] = ()
    loose: tuple[Clause, ...] = ()
    said: tuple[str, ...] = ()
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
        """Whether anything was said by which one result is better than another."""
        return self.is_danger_search or any(clause.is_required for clause in self.clauses)

    @property
    def names_organization(self) -> bool:
        """Whether some of its words are chiefly known from names of organizations."""
        return any(word.kind is WordKind.ORGANIZATION for word in self.words)

    @property
    def groups(self) -> frozenset[str]:
        """The groups of people that it speaks of, by its topics or by an age."""
        topics = [topic for clause in self.clauses for topic in clause.topics]
        topics += self.danger.topics if self.is_danger_search else ()
        ages = (each.values for each in self.preferences if each.kind is PreferenceKind.AGE)
        return frozenset[str]().union(
            *(topic.groups for topic in topics),
            *(groups_of_age(age) for (age,) in ages),
        )


class CompletionKind(StrEnum):
    """What a suggestion leads to."""

    TERM = "term"
    SERVICE = "service"
    ORGANIZATION = "organization"
    PLACE = "place"


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """A suggestion while typing.

    ``text`` is what would be searched for; ``detail`` says what it is: the topic that other words
    stand for, the organization of a service, the county of a place. ``service_id`` is the service
    whose listing has the name, "" for a topic or place.
    """

    kind: CompletionKind
    text: str
    detail: str = ""
    service_id: str = ""


class Area(StrEnum):
    """Whether the area that a service serves covers the place asked about."""

    NOT_ASKED = ""
    COVERED = "covered"
    UNKNOWN = "unknown"  # its area is not coded; perhaps it does
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One service found.

    ``location_id`` is its nearest place when ``near`` was asked, ``distance_miles`` how far that
    is; ``band`` is near, serves, remote or elsewhere (``order.py``), ``area`` whether it
    serves the place, ``is_ahead`` that it comes before its band, being a much better match;
    ``fit`` is how it fits what was said besides the need;
    ``why`` names the kinds of field that matched, ``matched`` the words as they were asked, to
    mark; ``reason`` says it in one line. ``suggested_topic`` is the code of the topic that it was
    found by where nobody tagged it so; ``is_suggested`` that it passes the filters of headings and
    topic by suggested topics only.
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
    """A value a filter could take and how many of the present results it would leave."""

    value: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What search found.

    Attributes:
        question: what was understood.
        total: all results.
        hits: those of the page.
        suggested: how many of all pass the filters of headings and topic by suggested topics only.
        suggested_last: they come after all others, as they do where no words say what is best.
        bands: how many are in each; without those that come after all others.
        notices: of the results; ``question`` has those of the words.
        preferences: those of the question, counted where results are listed.
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
