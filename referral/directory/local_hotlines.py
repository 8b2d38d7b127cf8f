"""Local hotlines: the number of a local service to call for the danger that words speak of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from referral.directory.cards import CardBuilder
from referral.directory.context import Directory
from referral.directory.help_lines import help_lines
from referral.directory.view_models import HelpLine, HoursBlock
from referral.records.directory import Organization, Phone, Service
from referral.records.listing import Listing
from referral.records.phone_choice import Reach, phones_at, reach_of
from referral.records.visibility import Audience
from referral.search.analysis import words_of
from referral.search.query import Question, SearchQuery
from referral.search.understanding.danger import danger_evidence
from referral.store.listed_services import RepeatedNames

_LOOKED_AT = 40  # services, in the order of results
_NO_LOCAL_NUMBER = frozenset({"911"})  # it is the local number
# "Crisis" alone is not a sign: an office that counsels after one has it in its name as well.
_HOTLINE = re.compile(
    r"\bhot ?lines?\b|\bhelp ?lines?\b|\bcrisis (?:phone|call|text|talk|referral )?lines?\b"
    r"|\bl[ií]nea de (?:ayuda|crisis|emergencia)\b"
    r"|\b24\W?(?:hours?|hrs?)\b|\b24 ?/ ?7\b|\b24 horas\b|\bday (?:and|or) night\b",
    re.IGNORECASE,
)
_DAY_AND_NIGHT = re.compile(
    r"\b24\W?(?:hours?|hrs?|/ ?7|horas)\b|\bday (?:and|or) night\b", re.IGNORECASE
)
_OF_ALL = re.compile(r"\bnational\b|\bnacional\b", re.IGNORECASE)  # a line of the whole country
_EMERGENCY = re.compile(r"emergenc|crisis|protective", re.IGNORECASE)
# Words that say that a number is a hotline, and not what for.
_OF_ANY_HOTLINE = frozenset({
    "24", "7", "hour", "hours", "hotline", "hot", "line", "lines", "helpline", "help", "crisis",
    "emergency", "toll", "free", "local", "number", "text", "main", "day", "night", "linea",
    "ayuda", "emergencia", "horas",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalHotline:
    """A local service to call for the danger that somebody is in. It has no address.

    ``hours`` are those at the place whose number it is; a hotline of an office is not known to
    keep the hours of the office. ``call_first`` says that it was last
    checked long ago, or never. ``codes`` are its terms, without those that nobody has checked.
    """

    service: Service
    organization: Organization | None
    phone: Phone
    hours: HoursBlock
    call_first: bool
    codes: frozenset[str] = frozenset()


def find_local_hotline(
    directory: Directory, question: Question, line: HelpLine
) -> LocalHotline | None:
    """The first local service under the topics of a help line to call day and night, or a hotline.

    Its name or the label of its number says that it is a hotline, or it is open day and night for
    emergencies with a topic of the line in its name; those that say day and night go first, and
    among these what is named a hotline.
    Hotlines for something else, offices, and the numbers of the help lines are left out.

    Args:
        question: that raised the line; the filters of its search are not heeded. Where no pattern
            did, the first topic of the line is looked for.

    Raises:
        IndexUnavailableError: the index is being rebuilt.
    """
    if line.key in _NO_LOCAL_NUMBER or not line.topics:
        return None
    if question.danger.topics:
        of_danger = replace(question, is_danger_search=True)
        answer = directory.index.search(SearchQuery(), of_danger, limit=_LOOKED_AT)
    else:
        of_topic = SearchQuery(topic=line.topics[0], near=question.near)
        answer = directory.index.search(of_topic, limit=_LOOKED_AT)
    with directory.store.read() as session:
        ids = [hit.service_id for hit in answer.hits]
        listings = directory.listings.read(session, ids, Audience.PUBLIC)
    maker = CardBuilder(directory.settings, (), directory.now(), RepeatedNames())
    numbers = {each.tel for each in help_lines(directory.settings)}
    found = [
        number
        for each in listings
        if not each.is_national and _is_about(each, line.topics)
        for number in _numbers_of(each, maker)
        if number.phone.tel not in numbers
    ]
    best = max(found, key=lambda each: _preference(each, line.topics), default=None)
    return best if best and _rating(best, line.topics) else None


def _is_about(listing: Listing, topics: Iterable[str]) -> bool:
    likely = (each.path for each in listing.suggested_topics if each.is_likely)
    codes = _placed_under(listing).union(term.key for path in likely for term in path)
    return not codes.isdisjoint(topics)


def _placed_under(listing: Listing) -> frozenset[str]:
    return frozenset(term.key for path in listing.term_paths for term in path)


def _numbers_of(listing: Listing, maker: CardBuilder) -> Iterator[LocalHotline]:
    for site in listing.sites or (None,):
        kept = maker.hours(listing.hours_at(site), site)
        for phone in phones_at(listing, site):
            if phone.tel and reach_of(phone, listing.service.name) is Reach.PERSON:
                is_of_office = _HOTLINE.search(phone.description) and not (
                    kept.always or _HOTLINE.search(listing.service.name)
                )
                yield LocalHotline(
                    service=listing.service,
                    organization=listing.organization,
                    phone=phone,
                    hours=HoursBlock() if is_of_office else kept,
                    call_first=maker.call_first(listing.service),
                    codes=_placed_under(listing),
                )


def _preference(number: LocalHotline, topics: Sequence[str]) -> tuple[int, bool]:
    """Its rating; among equals a hotline goes before a shelter that has one."""
    return _rating(number, topics), bool(_HOTLINE.search(number.service.name))


def _rating(number: LocalHotline, topics: Sequence[str]) -> int:
    """3 for a hotline day and night, 2 for another, 1 for emergencies day and night, 0 for none."""
    name, label = words_of(number.service.name), words_of(number.phone.description)
    own, others = _subjects(topics), _subjects(set(danger_evidence()).difference(topics))
    is_called_so = _has_any(name, own)
    if not is_called_so and (_has_any(name, others) or _has_any(label, others)):
        return 0
    is_labelled = bool(_HOTLINE.search(number.phone.description))
    is_labelled_so = is_labelled and _has_any(label, own)
    if is_labelled and not (is_labelled_so or _known_words(name, own).issuperset(label)):
        return 0
    said = f"{number.service.name}|{number.phone.description}"
    if _OF_ALL.search(said):
        return 0
    is_always = number.hours.always or bool(_DAY_AND_NIGHT.search(said))
    if _HOTLINE.search(said):
        is_for_it = is_called_so or is_labelled_so or not number.codes.isdisjoint(topics)
        is_for_any = _OF_ANY_HOTLINE.issuperset(name)
        return (3 if is_always else 2) if is_for_it or is_for_any else 0
    is_for_emergencies = is_called_so and _EMERGENCY.search(number.service.name)
    return int(bool(is_for_emergencies) and number.hours.always)


def _known_words(name: Iterable[str], own: Iterable[Sequence[str]]) -> set[str]:
    """Words in the label of a hotline that make it none for something else."""
    return {word for words in own for word in words}.union(name, _OF_ANY_HOTLINE)


def _subjects(topics: Iterable[str]) -> list[tuple[str, ...]]:
    """What services under the topics say, without what is said of any hotline."""
    forms = (form for topic in topics for form in danger_evidence().get(topic, ()))
    return [form.words for form in forms if not _OF_ANY_HOTLINE.issuperset(form.words)]


def _has_any(words: Sequence[str], runs: Iterable[tuple[str, ...]]) -> bool:
    text = f" {' '.join(words)} "
    return any(f" {' '.join(run)} " in text for run in runs)
