"""Detection of shelters for survivors of violence, whose places are withheld until reviewed.

Recall before precision: better one too many than one too few. A person looks at each and may
publish it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from referral.fields.text import without_accents

_CLOSE = (
    r"(?:(?:partner|husband|wife|spouse|boyfriend|girlfriend|ex|family member|relative|parent)s?"
    r"|loved ones?|some(?:one|body) (?:they|you|who)(?: \w+){0,3}?)"
)
_HURT = r"(?:hurt|harm|hit|beat|threat|abus|scar|frighten|attack|controll|strik|chok|violent)"
_UNSAFE = r"(?:unsafe|not safe|afraid|in danger|at risk)"
# Whom they hide from, or who hides.
_DANGER = re.compile(
    r"\b(?:(?:domestic|family|dating|relationship|gender[- ]based|partner|spousal)"
    r" (?:and \w+ |or \w+ |/ ?\w+ )?(?:violence|abuse)|domestic/\w+ violence"
    r"|(?:violence|abuse) (?:at home|in the home|against women)|intimate partner\w*"
    r"|battered|abused|abusive (?:\w+ )?(?:relationships?|partners?|homes?|situations?|spouses?)"
    r"|abuse (?:elder(?:ly|s)?|seniors?|wom[ae]n|wives|mothers|spouses?)|(?:elder|spouse) abuse"
    r"|violent (?:relationships?|partners?|homes?|husbands?|spouses?)|forced marriages?"
    r"|women's (?:refuge|safe ?house)s?|(?:refuge|safe ?house)s? for women|(?:modern )?slavery"
    r"|honou?r[- ]based (?:violence|abuse)|stalk(?:ing|ers?)"
    r"|(?:survivors?|victims?) of (?:[\w/-]+,? ){0,5}(?:abuse|violence|assault|exploitation)"
    r"|(?<!cancer )(?<!stroke )(?<!suicide )(?<!injury )(?<!holocaust )(?<!trauma )survivors"
    r"|traffick\w+|sexual(?:ly)? exploit\w+|runaways?|dv|ipv"
    r"|(?:flee(?:ing)?|fled|escap(?:e|ed|ing)) (?:[\w,/-]+ ){0,4}(?:violence|abuse|abusers?|danger)"
    rf"|{_CLOSE} ?(?:who |that )?(?:is |are |has |was )?{_HURT}\w{{0,5}}"
    rf"|{_HURT}\w{{0,5}}(?: \w+){{0,2}} (?:by|of|from|with) (?:\w+ ){{0,2}}?{_CLOSE}"
    rf"|(?:{_UNSAFE}|threatened)(?: \w+)? (?:at|in (?:their|your|the)) (?:own )?homes?"
    rf"|{_UNSAFE} (?:of|from|with) (?:\w+ ){{0,2}}?{_CLOSE}"
    r"|(?:leav(?:e|ing)|left|flee(?:ing)?|fled|escap(?:e|ed|ing)) (?:an? |their |the )?"
    r"(?:unsafe|dangerous|violent|abusive|controlling|harmful)"
    r" (?:homes?|relationships?|partners?|house(?:hold)?s?|marriages?|situations?)"
    r"|parejas? (?:que )?(?:l[aeo]s? )?(?:lastim|golpe|maltrat|peg|hier|amenaz|control|agred)[ae]n?"
    r"|hu(?:yen|ir|yendo) de (?:\w+ ){0,3}(?:violencia|abuso|maltrato|pareja|peligro)"
    r"|violencia (?:domestica|familiar|intrafamiliar|de genero|conyugal|de pareja|en el hogar)"
    r"|(?:mujer(?:es)?|personas?|victimas?) (?:golpead|maltratad|abusad)[ao]s?|sobrevivientes"
    r"|trata de (?:personas|blancas|seres humanos))\b"
)
# That one lives there, for a night or for two years.
_PLACE = re.compile(
    r"\b(?:shelters?|sheltered|safe[- ]?(?:house|home|haven|dwelling|bed)s?|refuges?"
    r"|safe (?:place|space|room|roof) (?:to|for|where) (?:\w+ ){0,3}?(?:stay|live|sleep|hide)\w*"
    r"|(?:somewhere|place) safe(?: \w+){0,2} (?:stay|live|sleep|go)|place to (?:stay|live|sleep)"
    r"|temporary (?:home|lodging|housing)"
    r"|(?:safe|emergency|transitional|short[- ]term|crisis|confidential|protective|supportive)"
    r" (?:and \w+ |or \w+ |, \w+ |/ ?\w+ )?(?:safe |confidential )?"
    r"(?:housing|homes?|living|beds?|lodging|accommodations?|residences?|apartments?)"
    r"|(?:apartment|housing|residential) (?:units?|program|facility)|transitional-to-permanent"
    r"|lugar(?:es)? segur[ao]s?(?: \w+){0,2} (?:quedarse|dormir|vivir|estar)"
    r"|refugios?|albergues?|casas? (?:segura|refugio|de acogida|de seguridad)s?"
    r"|(?:vivienda|alojamiento|hogar)(?:es|s)? (?:segur[ao]s?|temporal(?:es)?|de emergencia"
    r"|de transicion|transitori[ao]s?))\b"
)
# Only speaking of it: sending people on, asking, or shutting out.
_PASSING_BEFORE = re.compile(
    r"\b(?:refer(?:s|ring|red|rals?)? (?:\S+ ){0,3}(?:to|for)|link(?:s|ed|ing|ages?)?"
    r"|access(?:ing)? to|connect(?:s|ed|ing|ions?)?"
    r"|(?:help|assist)\w* (?:\S+ ){0,4}(?:find|locat|obtain|secur)\w*"
    r"|finding|locating|placements? (?:in|at|to)|information (?:on|about|for|regarding)|not|seeking"
    r"|visit(?:s|ing)?|out of|remanded to|such as|(?:area|local|other) (?:\S+ )?"
    r"|referencias? (?:a|para)|informacion sobre|encontrar|buscar)(?: \S+){0,6} ?\Z"
)
_PASSING_AFTER = re.compile(
    r" (?:(?:and|or|service|program|shelter|resource) )?(?:referrals?|hot ?lines?|help ?lines?"
    r"|placements?|resources?|advoca\w+ referrals?|listings?|search)\b"
)
_PERSON = re.compile(
    r"victim|survivor|batter|abused|flee|fled|escap|mujer|sobreviv|runaway|persona"
)
_OFFERS = re.compile(
    r"\b(?:provid(?:es?|ing)|offer(?:s|ing)?|operat(?:es?|ing)|runs?|maintains?|includ(?:es?|ing)"
    r"|hous(?:es|ing)|our|residents?|stay(?:s|ing)?|beds?|opened|serves?"
    r"|ofrec\w+|brind\w+|proporcion\w+|incluy\w+|nuestr[ao]s?)\b"
)
_OTHER_WORK = re.compile(
    r"\b(?:hot ?lines?|help ?lines?|crisis lines?|text lines?|legal|law|lawyers?|attorneys?|court"
    r"|class(?:es)?|training|workshops?|education|support groups?|counsel\w*|therapy|outreach"
    r"|advoca(?:cy|tes?)|immigration|batterers?|abusers?|interventions?|protection orders?"
    r"|linea (?:directa|de)|asesoria|clases?|abogad[ao]s?|talleres|grupos? de apoyo)\b"
)
_ANIMALS = re.compile(r"\b(?:animals?|pets?|dogs?|cats?|humane society|spca|mascotas|animales)\b")
_SENTENCE = re.compile(r"(?<=[.!?;:])\s+|\n+|•")


def looks_like_survivor_shelter(
    service_name: str, description: str, term_names: Iterable[str]
) -> bool:
    """Whether people may live there in hiding from violence, abuse or trafficking.

    Looks at English and Spanish words in the names of the service and of its terms, and in the
    sentences of the description. A hotline, a class or legal help that speaks of shelters is none.
    """
    name = _plain(service_name)
    if _ANIMALS.search(name) and not _DANGER.search(name):
        return False
    heads = [name, *map(_plain, term_names)]
    text = _plain(description)
    if not any(map(_DANGER.search, (*heads, text))):  # as of most services
        return False
    sentences = _SENTENCE.split(text)
    danger = any(_speaks_of(_DANGER, text) for text in (*heads, *sentences))
    if not danger:
        return False
    if _OTHER_WORK.search(name) and not _PLACE.search(name):
        return any(_speaks_of(_PLACE, text) and _OFFERS.search(text) for text in sentences)
    return any(_speaks_of(_PLACE, text) for text in (*heads, *sentences))


def agency_looks_like_survivor_shelter(name: str, description: str) -> bool:
    """Whether an agency as a whole, and so any place of it, may be such a shelter.

    An agency does much else, so one text must say both: its name, with one sentence of the
    description, or one sentence alone.
    """
    head = _plain(name)
    if _ANIMALS.search(head) and not _DANGER.search(head):
        return False
    whole = _plain(description)
    if not all(words.search(head) or words.search(whole) for words in (_DANGER, _PLACE)):
        return False
    in_name = [_speaks_of(words, head) for words in (_DANGER, _PLACE)]
    sentences = [
        [_speaks_of(words, text) for words in (_DANGER, _PLACE)] for text in _SENTENCE.split(whole)
    ]
    if any(in_name) and any(_both(in_name, found) for found in sentences):
        return True
    return not _OTHER_WORK.search(head) and any(map(all, sentences))


def place_looks_like_survivor_shelter(name: str, agency_texts: Iterable[str]) -> bool:
    """Whether a place called a shelter belongs to an agency that helps people in danger."""
    head = _plain(name)
    if _ANIMALS.search(head) or not _speaks_of(_PLACE, head):
        return False
    parts = (part for text in agency_texts for part in _SENTENCE.split(_plain(text)))
    return any(_speaks_of(_DANGER, part) for part in parts)


def looks_like_place_of_danger(name: str) -> bool:
    """Whether a name alone speaks of a shelter or of what people flee from."""
    head = _plain(name)
    return _speaks_of(_DANGER, head) or _speaks_of(_PLACE, head)


def _both(one: Sequence[bool], other: Sequence[bool]) -> bool:
    return all(either or also for either, also in zip(one, other, strict=True))


def _speaks_of(words: re.Pattern[str], text: str) -> bool:
    """Whether the text speaks of this as its own work, not only in passing."""
    return any(
        not _PASSING_AFTER.match(text, match.end())
        and (
            (words is _DANGER and _PERSON.match(match.group()))
            or not _PASSING_BEFORE.search(text[max(0, match.start() - 120) : match.start()])
        )
        for match in words.finditer(text)
    )


def _plain(text: str) -> str:
    return without_accents(text.casefold()).replace("’", "'")
