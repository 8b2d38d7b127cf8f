"""Local hotlines: choosing the number of a local service for the danger in a user's words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from referral.directory.cards import CardBuilder
from referral.directory.help_lines import help_lines
from referral.directory.instance import Instance
from referral.directory.view_models import HelpLine, HoursBlock
from referral.records.hsds import Organization, Phone, Service
from referral.records.listing import Listing
from referral.records.phone_choice import Reach, phones_at, reach_of
from referral.records.visibility import Audience
from referral.search.analysis import words_of
from referral.search.query import Question, SearchQuery
from referral.search.understanding.danger import danger_evidence
from referral.store.listed_services import RepeatedNames

_SERVICES_EXAMINED = 40  # in the order of results
_LINES_WITHOUT_LOCAL_NUMBER = frozenset({"911"})  # which is the local number itself
# "Crisis" alone is not a sign: an office that counsels after a crisis has it in its name too.
_HOTLINE = re.compile(
    r"\bhot ?lines?\b|\bhelp ?lines?\b|\bcrisis (?:phone|call|text|talk|referral )?lines?\b"
    r"|\bl[ií]nea de (?:ayuda|crisis|emergencia)\b"
    r"|\b24\W?(?:hours?|hrs?)\b|\b24 ?/ ?7\b|\b24 horas\b|\bday (?:and|or) night\b",
    re.IGNORECASE,
)
_DAY_AND_NIGHT = re.compile(
    r"\b24\W?(?:hours?|hrs?|/ ?7|horas)\b|\bday (?:and|or) night\b", re.IGNORECASE
)
_NATIONAL = re.compile(r"\bnational\b|\bnacional\b", re.IGNORECASE)
_EMERGENCY = re.compile(r"emergenc|crisis|protective", re.IGNORECASE)
# Words in names and labels of hotlines that do not describe their subject.
_GENERIC_WORDS = frozenset({
    "24", "7", "hour", "hours", "hotline", "hot", "line", "lines", "helpline", "help", "crisis",
    "emergency", "toll", "free", "local", "number", "text", "main", "day", "night", "linea",
    "ayuda", "emergencia", "horas",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalHotline:
    """A phone number of a local service to call in danger, without its address.

    Attributes:
        hours: hours at the location of the number; empty for a hotline of an office, which may have
            other hours than the office.
        call_first: whether the service was last checked long ago, or never.
        codes: keys of the terms of the service and their broader terms, without suggested ones.
    """

    service: Service
    organization: Organization | None
    phone: Phone
    hours: HoursBlock
    call_first: bool
    codes: frozenset[str] = frozenset()


def find_local_hotline(
    instance: Instance, question: Question, line: HelpLine
) -> LocalHotline | None:
    """Return the best local hotline under the topics of a help line.

    A hotline has a name or a label of its number that contains such a word, or is open day and
    night for emergencies with a topic of the line in its name. Those open day and night come
    first, and among equals services with a hotline in their name. Hotlines for other subjects,
    offices, national numbers and the numbers of the help lines are left out.

    Args:
        question: the question that contains the danger; its filters are ignored. If the danger was
            not recognized by a pattern, the first topic of the line is searched.

    Raises:
        IndexUnavailableError: the index is being rebuilt.
    """
    if line.key in _LINES_WITHOUT_LOCAL_NUMBER or not line.topics:
        return None
    if question.danger.topics:
        danger_question = replace(question, is_danger_search=True)
        answer = instance.index.search(SearchQuery(), danger_question, limit=_SERVICES_EXAMINED)
    else:
        topic_query = SearchQuery(topic=line.topics[0], near=question.near)
        answer = instance.index.search(topic_query, limit=_SERVICES_EXAMINED)
    with instance.store.read() as session:
        ids = [hit.service_id for hit in answer.hits]
        listings = instance.listings.read(session, ids, Audience.PUBLIC)
    builder = CardBuilder(instance.settings, (), instance.now(), RepeatedNames())
    help_line_numbers = {known.tel for known in help_lines(instance.settings)}
    hotlines = [
        hotline
        for listing in listings
        if not listing.is_national and _is_about(listing, line.topics)
        for hotline in _iter_numbers(listing, builder)
        if hotline.phone.tel not in help_line_numbers
    ]
    best = max(hotlines, key=lambda hotline: _sort_key(hotline, line.topics), default=None)
    return best if best and _rate(best, line.topics) else None


def _is_about(listing: Listing, topics: Iterable[str]) -> bool:
    likely = (topic.path for topic in listing.suggested_topics if topic.is_likely)
    codes = _term_keys(listing).union(term.key for path in likely for term in path)
    return not codes.isdisjoint(topics)


def _term_keys(listing: Listing) -> frozenset[str]:
    return frozenset(term.key for path in listing.term_paths for term in path)


def _iter_numbers(listing: Listing, builder: CardBuilder) -> Iterator[LocalHotline]:
    for site in listing.sites or (None,):
        hours = builder.hours(listing.hours_at(site), site)
        for phone in phones_at(listing, site):
            if phone.tel and reach_of(phone, listing.service.name) is Reach.PERSON:
                is_of_office = _HOTLINE.search(phone.description) and not (
                    hours.always or _HOTLINE.search(listing.service.name)
                )
                yield LocalHotline(
                    service=listing.service,
                    organization=listing.organization,
                    phone=phone,
                    hours=HoursBlock() if is_of_office else hours,
                    call_first=builder.call_first(listing.service),
                    codes=_term_keys(listing),
                )


def _sort_key(hotline: LocalHotline, topics: Sequence[str]) -> tuple[int, bool]:
    """Return the rating of a number, and whether its service is named a hotline."""
    return _rate(hotline, topics), bool(_HOTLINE.search(hotline.service.name))


def _rate(hotline: LocalHotline, topics: Sequence[str]) -> int:
    """Rate a number: 3 for a hotline open day and night, 2 for another hotline, else 1 or 0.

    1 is for a service that is open day and night for emergencies.
    """
    name, label = words_of(hotline.service.name), words_of(hotline.phone.description)
    own_subjects = _subjects(topics)
    other_subjects = _subjects(set(danger_evidence()).difference(topics))
    is_named_for_topic = _has_any(name, own_subjects)
    has_other_subject = _has_any(name, other_subjects) or _has_any(label, other_subjects)
    if has_other_subject and not is_named_for_topic:
        return 0
    is_labeled = bool(_HOTLINE.search(hotline.phone.description))
    is_labeled_for_topic = is_labeled and _has_any(label, own_subjects)
    has_known_label = _known_words(name, own_subjects).issuperset(label)
    if is_labeled and not (is_labeled_for_topic or has_known_label):
        return 0
    text = f"{hotline.service.name}|{hotline.phone.description}"
    if _NATIONAL.search(text):
        return 0
    is_always = hotline.hours.always or bool(_DAY_AND_NIGHT.search(text))
    if _HOTLINE.search(text):
        is_for_topic = (
            is_named_for_topic or is_labeled_for_topic or not hotline.codes.isdisjoint(topics)
        )
        is_for_any = _GENERIC_WORDS.issuperset(name)
        return (3 if is_always else 2) if is_for_topic or is_for_any else 0
    is_for_emergencies = is_named_for_topic and _EMERGENCY.search(hotline.service.name)
    return int(bool(is_for_emergencies) and hotline.hours.always)


def _known_words(name: Iterable[str], own: Iterable[Sequence[str]]) -> set[str]:
    """Return the words that the label of a hotline may contain without naming another subject."""
    return {word for words in own for word in words}.union(name, _GENERIC_WORDS)


def _subjects(topics: Iterable[str]) -> list[tuple[str, ...]]:
    """Return the phrases in names of services under topics, without those of any hotline."""
    forms = (form for topic in topics for form in danger_evidence().get(topic, ()))
    return [form.words for form in forms if not _GENERIC_WORDS.issuperset(form.words)]


def _has_any(words: Sequence[str], phrases: Iterable[tuple[str, ...]]) -> bool:
    text = f" {' '.join(words)} "
    return any(f" {' '.join(phrase)} " in text for phrase in phrases)
