"""What a page of results says around its cards: title, chips, choices, order, pages, ways on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from flask import url_for
from flask_babel import gettext, ngettext

from referral.operations.help_lines import help_lines
from referral.operations.pages import HelpLine, ResultsPage
from referral.records.classification import TaxonomyTerm
from referral.records.headings import Heading
from referral.records.search import FacetValue, Notice, Sort
from referral.web.formats import format_language
from referral.web.listing_words import heading_name
from referral.web.patron.asked import Asked
from referral.web.patron.forms import SearchForm, choice

NEIGHBOURS = 1  # pages shown at each side of the present one


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link with its words; ``is_current`` marks what is shown now."""

    words: str
    address: str = ""
    is_current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOn:
    """A search that leaves one filter out and what it would find."""

    link: Link
    total: int


def address_of(asked: Asked, page: int = 1) -> str:
    """The address of a search."""
    return url_for("patron.search", **asked.address(page))  # type: ignore[arg-type]


def topic_address(term: TaxonomyTerm, heading: str = "") -> str:
    """Where the services of a term are, under one heading or all."""
    return address_of(Asked(topic=term.key, headings=(heading,) if heading else ()))


def title_of(asked: Asked, total: int, subject: str) -> str:
    """The answer in words: ``14 places for food near 16335``."""
    if subject and asked.near:
        return str(ngettext(
            "%(num)s place for %(subject)s near %(near)s",
            "%(num)s places for %(subject)s near %(near)s",
            total, subject=subject, near=asked.near,
        ))  # fmt: skip
    if subject:
        return str(ngettext("%(num)s place for %(subject)s", "%(num)s places for %(subject)s",
                            total, subject=subject))  # fmt: skip
    if asked.near:
        return str(ngettext("%(num)s place to get help near %(near)s",
                            "%(num)s places to get help near %(near)s",
                            total, near=asked.near))  # fmt: skip
    return str(ngettext("%(num)s place to get help", "%(num)s places to get help", total))


def subject_of(asked: Asked, topic: TaxonomyTerm | None, headings: Iterable[Heading]) -> str:
    """What was asked for, in few words: the words typed, else the topic, else the one heading."""
    if asked.words:
        return asked.words
    if topic is not None:
        return topic.name
    if len(asked.headings) == 1:
        return next((heading_name(each) for each in headings if each.slug == asked.headings[0]), "")
    return ""


def chips_of(
    asked: Asked, topic: TaxonomyTerm | None, headings: Iterable[Heading]
) -> tuple[Link, ...]:
    """What narrows the results, each with the address that takes it away."""
    names = {each.slug: heading_name(each) for each in headings}
    chips = []
    if topic is not None:
        chips.append(Link(words=topic.name, address=address_of(asked.without("topic"))))
    for name, value in asked.filters:
        words = _chip_words(name, value, names)
        chips.append(Link(words=words, address=address_of(asked.without(name, value))))
    return tuple(chips)


def _chip_words(name: str, value: str, names: Mapping[str, str]) -> str:
    words: dict[str, Callable[[], str]] = {
        "heading": lambda: names.get(value, value),
        "within": lambda: gettext("Up to %(num)s miles", num=value),
        "language": lambda: format_language(value),
        "open": lambda: gettext("Open now"),
        "free": lambda: gettext("Free"),
    }
    return str(words[name]())


def sorts_of(asked: Asked, *, has_place: bool) -> tuple[Link, ...]:
    """The orders that make sense here; nearest does when there is a place to measure from."""
    words = {Sort.BEST: gettext("Best match"), Sort.NEAREST: gettext("Nearest"),
             Sort.NAME: gettext("A to Z")}  # fmt: skip
    return tuple(
        Link(
            words=text,
            address=address_of(replace(asked, sort=sort)),
            is_current=asked.sort is sort,
        )
        for sort, text in words.items()
        if sort is not Sort.NEAREST or has_place
    )


def pages_of(asked: Asked, page: int, pages: int) -> tuple[Link | None, ...]:
    """Links to pages: first, last and those around this one; None stands for a gap."""
    near = range(page - NEIGHBOURS, page + NEIGHBOURS + 1)
    shown = [each for each in range(1, pages + 1) if each in {1, pages} or each in near]
    links: list[Link | None] = []
    for before, each in zip([0, *shown], shown, strict=False):
        if each - before > 1:
            links.append(None)
        links.append(
            Link(words=str(each), address=address_of(asked, each), is_current=each == page)
        )
    return tuple(links)


def notices_of(results: ResultsPage) -> tuple[str, ...]:
    """What search wants to say, in the language of the page where we know the kind of notice."""
    return tuple(filter(None, map(_notice_words, results.answer.notices)))


def danger_lines_of(results: ResultsPage) -> tuple[HelpLine, ...]:
    """The help lines for words that mean danger, the right one first."""
    lines = {line.key: line for line in help_lines()}
    keys = [notice.details.get("line") for notice in results.answer.notices]
    return tuple(lines[key] for key in dict.fromkeys(keys) if key in lines)


def exact_address_of(asked: Asked, results: ResultsPage) -> str:
    """Where only the very words are looked for, "" when nothing else was."""
    kinds = {notice.kind for notice in results.answer.notices}
    taken_otherwise = not asked.exactly and not kinds.isdisjoint({"understood", "corrected"})
    return address_of(replace(asked, exactly=True)) if taken_otherwise else ""


def _notice_words(notice: Notice) -> str:
    details = notice.details
    if notice.kind == "crisis":
        return ""  # its help line is shown instead
    if notice.kind == "understood" and {"words", "terms"} <= details.keys():
        return str(gettext("Showing %(terms)s for “%(words)s”.",
                           terms=details["terms"], words=details["words"]))  # fmt: skip
    if notice.kind == "place" and "name" in details:
        return str(gettext("We measure from %(place)s.", place=details["name"]))
    if notice.kind == "corrected" and {"from", "to"} <= details.keys():
        return str(gettext("Showing “%(meant)s” in place of “%(typed)s”.",
                           meant=details["to"], typed=details["from"]))  # fmt: skip
    words = {
        "shortened": gettext("We looked for the first words only. Use fewer words, please."),
        "no-words": gettext("We saw no word to look for. Here is everything."),
        "some-words": gettext("No place has all of your words. The closest ones come first."),
    }
    return str(words.get(notice.kind, notice.text))


def offer_choices(form: SearchForm, asked: Asked, results: ResultsPage) -> None:
    """Fill the form's choices with what the results have, and how many of each."""
    counts = _counts(results, "headings")
    form.heading.choices = [
        choice(each.slug, _counted(heading_name(each), counts, each.slug))
        for each in results.headings
        if not counts or each.slug in counts or each.slug in asked.headings
    ]
    form.heading.data = list(asked.headings)
    spoken = _counts(results, "languages")
    codes = dict.fromkeys([*spoken, *filter(None, [asked.language])])
    named = sorted((_counted(format_language(code), spoken, code), code) for code in codes)
    form.language.choices = [choice("", gettext("Any language"))]
    form.language.choices += [choice(code, words) for words, code in named]
    form.language.data = asked.language
    form.within.data = str(asked.within or "")


def _counts(results: ResultsPage, facet: str) -> dict[str, int]:
    values: tuple[FacetValue, ...] = results.answer.facets.get(facet, ())
    return {each.value: each.count for each in values if each.count}


def _counted(name: str, counts: Mapping[str, int], value: str) -> str:
    return f"{name} ({counts[value]})" if value in counts else name


def ways_on(
    asked: Asked, headings: Iterable[Heading], count: Callable[[Asked], int]
) -> tuple[WayOn, ...]:
    """For an empty page: the searches without one filter, or without any, that find something."""
    names = {each.slug: heading_name(each) for each in headings}
    ways = []
    for name, value in asked.filters:
        wider = asked.without(name, value)
        words = gettext("Leave out “%(filter)s”", filter=_chip_words(name, value, names))
        ways.append((words, wider))
    if len(ways) > 1:
        ways.append((gettext("Leave out all of these"), asked.without_filters()))
    found = [(words, wider, count(wider)) for words, wider in ways]
    return tuple(
        WayOn(link=Link(words=words, address=address_of(wider)), total=total)
        for words, wider, total in found
        if total
    )
