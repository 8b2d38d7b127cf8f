"""``referral search``: search results on a terminal, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, replace
from enum import StrEnum
from typing import Any

import click

from referral.directory.instance import Instance, opened_instance
from referral.directory.search import find_place, find_services
from referral.directory.suggested_topics import suggestion_reason
from referral.directory.view_models import ResultsPage, ServiceCard
from referral.fields.languages import language_code
from referral.fields.places.lookup import Place
from referral.fields.text import first_sentence
from referral.records.costs import Cost
from referral.records.facets import Access, AgeGroup, Delivery
from referral.records.visibility import Audience
from referral.search.query import (
    PAGE_SIZE,
    Answer,
    Degree,
    Notice,
    PreferenceKind,
    Question,
    SearchQuery,
    UnderstoodWord,
    WordKind,
)
from referral.settings import Settings

_DANGER_TEXT = "If you or somebody else is in danger, help is there now."
_NOTICE_TEXTS = {
    "crisis": _DANGER_TEXT,
    "perhaps-crisis": _DANGER_TEXT,
    "danger-search": "Only services for somebody in this danger are shown.",
    "place": "Distances are measured from {name}.",
    "shortened": "Only the first words were looked for; a few words find more than many.",
    "no-words": "There was no word to look for, so everything is shown.",
    "corrected": "Showing results for “{to}” in place of “{from}”.",
    "understood": "Showing “{terms}” for “{words}”.",
    "nearest": "Showing “{terms}” for “{words}”. Is that what you meant?",
    "other-language": "We can search in English and Spanish only.",
    "broader": "Nothing here is for “{topics}”; what is for “{broader}” is shown.",
    "some-words": "Nothing has all of these words; what has most of them comes first.",
    "holiday": "{holiday}: hours may differ, so call first.",
}


def _choice(codes: type[StrEnum]) -> click.Choice[str]:
    return click.Choice([code.value for code in codes])


@click.command("search")
@click.argument("words", default="")
@click.option("--near", help="ZIP code, town, or LAT,LON.")
@click.option("--within", type=click.FloatRange(min=0.1), help="Miles from --near.")
@click.option("--heading", "headings", multiple=True, help="Slug of a heading; may be repeated.")
@click.option("--language", default="", help="Language that must be spoken: es, Spanish.")
@click.option("--open-now", is_flag=True, help="Only what is open now.")
@click.option("--exactly", is_flag=True, help="Look for just these words, as they are.")
@click.option(
    "--open-at",
    type=click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]),
    help='Only what is open then, by the clock there: "2026-11-27 14:00".',
)
@click.option("--age", type=click.IntRange(0, 120), help="Only what takes this age, in years.")
@click.option("--ages", type=_choice(AgeGroup), multiple=True, help="Any of these ages.")
@click.option("--population", "populations", multiple=True, help="Made for: veterans, ...")
@click.option("--cost", type=_choice(Cost), multiple=True, help="Any of these costs.")
@click.option("--access", type=_choice(Access), multiple=True, help="All of these.")
@click.option("--delivery", type=_choice(Delivery), multiple=True, help="Any of these ways.")
@click.option(
    "--without",
    type=_choice(PreferenceKind),
    multiple=True,
    help="Do not read this from the words.",
)
@click.option("--limit", type=click.IntRange(1, 200), default=PAGE_SIZE, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.option(
    "--from",
    "phrases",
    type=click.File(encoding="utf-8"),
    help="Answer one phrase a line with one line of JSON each.",
)
@click.pass_obj
def search_command(  # one per option
    settings: Callable[..., Settings],
    /,
    words: str,
    near: str | None,
    language: str,
    phrases: Iterable[str] | None,
    *,
    limit: int,
    as_json: bool,
    without: tuple[str, ...],
    **filters: Any,
) -> None:
    """Search the directory for WORDS; no words means everything."""
    if filters["within"] is not None and near is None:
        raise click.UsageError("--within needs --near.")
    with opened_instance(settings()) as instance:
        instance.index.sync()
        query = SearchQuery(
            words=words,
            near=_parse_near(instance, near),
            language=_parse_language(language),
            unread=tuple(map(PreferenceKind, without)),
            **filters,  # the names of these options are those of the fields
        )

        def found(query: SearchQuery) -> ResultsPage:
            return find_services(instance, query, Audience.PUBLIC, limit=limit)

        if phrases is not None:
            for phrase in filter(None, map(str.strip, phrases)):
                click.echo(_as_json(found(replace(query, words=phrase))))
        else:
            page = found(query)
            click.echo(_as_json(page, indent=2) if as_json else _as_text(page))


def _parse_near(instance: Instance, near: str | None) -> Place | None:
    if near is None:
        return None
    place = find_place(instance, near)
    if place is None:
        raise click.UsageError("--near needs a United States ZIP code, a town, or LAT,LON.")
    return place


def _parse_language(text: str) -> str:
    if not text:
        return ""
    code = language_code(text)
    if not code:
        raise click.UsageError("--language needs a language such as es or Spanish.")
    return code


def _as_json(page: ResultsPage, indent: int | None = None) -> str:
    return json.dumps(as_dict(page), ensure_ascii=False, indent=indent)


def as_dict(page: ResultsPage) -> dict[str, Any]:
    """Return search results in the stable JSON form that docs/search-json.md describes."""
    answer = page.answer
    return {
        "total": page.total,
        "suggested": page.suggested,
        "took_ms": round(answer.took_ms, 3),
        "notices": [
            {"kind": notice.kind, "text": notice_text(notice), **notice.details}
            for notice in notices_of(answer)
        ],
        "understood": list(understood_of(answer.question)),
        "understood_words": [
            {
                "text": word.text,
                "kind": word.kind,
                "detail": word.detail,
                "topics": list(word.topics),
            }
            for word in answer.question.words
        ],
        "facets": {
            name: [{"value": facet.value, "count": facet.count} for facet in values]
            for name, values in answer.facets.items()
        },
        "bands": dict(answer.bands),
        "preferences": [
            {**asdict(preference), "values": list(preference.values)}
            for preference in answer.preferences
        ],
        "results": [_result_as_dict(card) for card in page.cards],
    }


def notices_of(answer: Answer) -> Iterator[Notice]:
    """Yield the notices of a search, such as corrections and the place; danger comes first."""
    question, danger = answer.question, answer.question.danger
    for line in danger.lines:
        kind = "crisis" if danger.degree is Degree.SURE else "perhaps-crisis"
        yield Notice(kind=kind, details={"line": line})
    if question.is_danger_search:
        yield Notice(kind="danger-search")
    if place := question.place:
        yield Notice(kind="place", details={"zip": place.zip_code, "name": place.name})
    yield from question.notices
    for word in question.words:
        if word.kind is WordKind.TERM and not word.is_name:
            yield _word_notice("understood", word)
    if question.guess:
        yield _word_notice("nearest", question.guess)
    if question.is_in_other_language:
        yield Notice(kind="other-language")
    yield from answer.notices


def _word_notice(kind: str, word: UnderstoodWord) -> Notice:
    details = {"words": word.text, "terms": word.detail, "topics": "|".join(word.topics)}
    return Notice(kind=kind, details=details)


def notice_text(notice: Notice) -> str:
    """Return the English text of a search's notice, such as a correction."""
    return _NOTICE_TEXTS[notice.kind].format(**notice.details)


def understood_of(question: Question) -> Iterator[str]:
    """Yield the words that were searched for, with corrected spelling, then the place."""
    words = [
        each
        for word in question.words
        if word.kind not in {WordKind.PLACE, WordKind.PREFERENCE}
        for each in zip(word.positions, word.text.split(), strict=False)
    ]
    yield from (text for _, text in sorted(words))
    yield from (f"“{word.text}”" for word in question.words if word.kind is WordKind.PHRASE)
    if question.place:
        yield f"near {question.place.name}"


def _result_as_dict(card: ServiceCard) -> dict[str, Any]:
    miles = card.site.distance_miles if card.site else None
    return {
        "id": card.service.id,
        "name": card.service.name,
        "organization": card.organization.name if card.organization else "",
        "summary": first_sentence(card.service.description),
        "terms": [term.name for term in card.terms],
        "headings": [heading.slug for heading in card.headings],
        "band": card.band,
        "area": card.area.value,
        "ahead": card.is_ahead,
        "fit": card.fit.value,
        "distance_miles": None if miles is None else round(miles, 2),
        "why": list(card.why),
        "reason": _reason_with_suggestion(card),
        "suggested": _suggestion_as_dict(card),
    }


def _reason_with_suggestion(card: ServiceCard) -> str:
    if card.suggestion is None:
        return card.reason
    suggested = str(suggestion_reason(card.suggestion))
    return f"{card.reason}. {suggested}" if card.reason else suggested


def _suggestion_as_dict(card: ServiceCard) -> dict[str, Any] | None:
    topic = card.suggestion
    if topic is None:
        return None
    return {
        "code": topic.term.key,
        "name": topic.term.name,
        "likely": topic.is_likely,
        "place": topic.place.value,
        "words": topic.words,
        "only": card.is_suggested,
    }


def _as_text(page: ResultsPage) -> str:
    lines = [f"{page.total} services found."]
    lines += map(notice_text, notices_of(page.answer))
    for number, card in enumerate(page.cards, start=1):
        result = _result_as_dict(card)
        miles = result["distance_miles"]
        distance = "" if miles is None else f" ({miles:.1f} miles)"
        lines.append(f"\n{number}. {result['name']}{distance}")
        lines += [
            f"   {text}"
            for text in (result["organization"], result["summary"], result["reason"])
            if text
        ]
    return "\n".join(lines)
