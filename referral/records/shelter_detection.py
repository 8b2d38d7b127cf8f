"""Detection of shelters for survivors of violence, whose locations are withheld until reviewed.

Recall matters more than precision: staff review each match and may publish it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from referral.fields.text import fold_text

# Who may be the abuser, and where.
_CLOSE = (
    r"(?:partners?|husbands?|wife|wives|spouses?|boyfriends?|girlfriends?|ex|(?:family|household)"
    r" members?|relatives?|parents?|loved ones?|marriages?|relationships?"
    r"|some(?:one|body) (?:they|you|who)|(?:they|you|he|she|people) lives? with"
    r"|at home|in (?:their|your|the) (?:own )?(?:homes?|household|family)"
    r"|parejas?|espos[oa]s?|maridos?|novi[oa]s?|conyuges?|familiar(?:es)?|matrimonios?"
    r"|relacion(?:es)?|hogar|en casa)"
)
_HURT = (
    r"(?:(?<!substance )(?<!drug )(?<!alcohol )abus(?:e[drs]?|ing|ive)|mistreat\w*|hurt(?:s|ing)?"
    r"|harm(?:s|ed|ing|ful)?|hits?|hitting|beat(?:s|en|ing)?|threat\w*|attack\w*|assault\w*"
    r"|batter\w*|strik(?:es?|ing)|chok(?:es?|ed|ing)|violen(?:t|ce)|cruel\w*|controll\w*"
    r"|(?<!ill or )(?<!sick or )unsafe|(?:not|no longer) safe|in danger|afraid|fear\w*|frighten\w*"
    r"|scar(?:ed?|es)|terrif\w*"
    r"|golpe\w*|maltrat\w*|peg(?:an?|uen?)|amenaz\w*|miedo|violen(?:cia|t[ao]s?)|agred\w*"
    r"|lastim\w*|hier[ae]n?)"
)
# Words between the two. Not "against": "violent against a partner" describes the abuser.
_BETWEEN = r"(?:,? (?!(?:contra|against|child\w*|losing|perder)\b)[\w'-]+){0,5}?,? "
_AWAY = r"(?:flee(?:ing)?|fled|escap(?:e|ed|ing)|(?:get|got|getting|run|ran|running) away from)"
# Danger: violence, abusers and survivors.
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
    rf"|{_HURT}{_BETWEEN}{_CLOSE}|{_CLOSE}{_BETWEEN}{_HURT}(?! by\b)"
    rf"|{_AWAY} (?:\w+ ){{0,2}}?{_CLOSE}"
    r"|after (?:\w+ ){0,2}(?:assaults?|(?<!drug )(?<!alcohol )(?<!substance )abuse|violence|rape"
    r"|trafficking)"
    r"|(?:leav(?:e|ing)|left|flee(?:ing)?|fled|escap(?:e|ed|ing)) (?:an? |their |the )?"
    r"(?:unsafe|dangerous|violent|abusive|controlling|harmful)"
    r" (?:homes?|relationships?|partners?|house(?:hold)?s?|marriages?|situations?)"
    r"|hu(?:ye|yen|ir|yendo|yeron) del? (?:\w+ ){0,3}"
    rf"(?:violencia|abuso|maltrato|peligro|{_CLOSE})"
    r"|violencia (?:domestica|familiar|intrafamiliar|de genero|conyugal|de pareja|en el hogar)"
    r"|(?:mujer(?:es)?|personas?|victimas?) (?:golpead|maltratad|abusad)[ao]s?|sobrevivientes"
    r"|trata de (?:personas|blancas|seres humanos)|(?:victimas?|sobrevivientes?) de (?:la )?trata"
    r"|explotacion (?:\w+ o )?(?:sexual|laboral)"
    r"|(?:forced|sold) (?:in)?to (?:sex|prostitution|labor))\b"
)
# A place to live, for a night or for two years.
_PLACE = re.compile(
    r"\b(?:shelters?|sheltered|safe[- ]?(?:house|home|haven|dwelling|bed)s?|refuges?"
    r"|safe (?:place|space|room|roof) (?:to|for|where) (?:\w+ ){0,3}?(?:stay|live|sleep|hide)\w*"
    r"|(?:somewhere|place) safe(?: \w+){0,2} (?:stay|live|sleep|go)|place to (?:stay|live|sleep)"
    r"|(?:live|stay|sleep|hide)(?: \w+)? (?:here|with us)"
    r"|(?:safe|emergency|temporary|transitional|short[- ]term|crisis|confidential|protective"
    r"|supportive|undisclosed|hidden|secret)"
    r" (?:and \w+ |or \w+ |, \w+ |/ ?\w+ )?(?:safe |confidential )?"
    r"(?:housing|homes?|living|beds?|lodging|accommodations?|residences?|apartments?)"
    r"|(?:confidential|undisclosed|hidden|secret) (?:location|place|site|address)(?:e?s)?"
    r"|(?:address|location)(?:es|s)? (?:\w+ ){0,2}(?:confidential|private|secret|undisclosed)"
    r"|(?:apartment|housing|residential) (?:units?|program|facility)|transitional-to-permanent"
    r"|lugar(?:es)? segur[ao]s?(?: \w+){0,2} (?:quedarse|dormir|vivir|estar)"
    r"|refugios?|albergues?|alojamientos?|hospedajes?"
    r"|casas? (?:segura|refugio|de acogida|de seguridad)s?"
    r"|(?:vivienda|alojamiento|hogar)(?:es|s)? (?:segur[ao]s?|temporal(?:es)?|de emergencia"
    r"|de transicion|transitori[ao]s?))\b"
)
# Dwellings, weak evidence by themselves.
_DWELLING = re.compile(
    r"\b(?:houses?|apartments?|rooms?|motels?|hotels?|beds?(?!,)|lodging|move in"
    r"|(?:short|overnight|safe)[- ]stays?|stay (?:up to|for|until|as)|open (?:their|our) doors?"
    r"|camas?|cuartos?|departamentos?|habitacion(?:es)?|estancias?|dormir|quedarse|viviendas?|techo)\b"
)
# Mentions in passing: referrals, requests and exclusions.
_PASSING_BEFORE = re.compile(
    r"\b(?:refer(?:s|ring|red|rals?)? (?:\S+ ){0,3}(?:to|for)|link(?:s|ed|ing|ages?)?"
    r"|access(?:ing)? to|connect(?:s|ed|ing|ions?)?"
    r"|(?:help|assist)\w* (?:\S+ ){0,4}(?:find|locat|obtain|secur)\w*"
    r"|finding|locating|placements? (?:in|at|to)|information (?:on|about|for|regarding)|not|seeking"
    r"|visit(?:s|ing)?|out of|remanded to|such as|regarding|signs of|(?:area|local|other) (?:\S+ )?"
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
# Other reasons for losing a home. A shelter that lists some of them accepts everybody.
_OTHER_REASON = (
    r"(?:evict\w*|fires?|floods?|disasters?|unemploy\w*|job (?:loss|training)|lost (?:\w+ )?jobs?"
    r"|jail|prison|incarcerat\w*|substance (?:abuse|use)|drugs?|alcohol\w*|addict\w*|hospitals?"
    r"|veterans?|mental(?:ly)? \w+|disabilit\w+)"
)
_IN_A_LIST = re.compile(
    rf"\b{_OTHER_REASON}(?:,? (?!(?:for|to|of|by|from|who|whose|with)\b)[\w-]+){{0,4}}?"
    rf"(?:,|,? or|,? and) {_DANGER.pattern}(?! {_PLACE.pattern})"
)
_OTHER_VICTIMS = re.compile(
    rf"\b(?:animals?|pets?|dogs?|cats?|horses?|mascotas|animales)(?: [\w-]+){{0,2}} {_HURT}\b"
    rf"|\b(?:stop|quit|unlearn|learn not to|dejar de) {_HURT}\b"
)
_MINORS = re.compile(
    r"\brunaways?\b|\babused?,? (?:and |or )?neglect(?:ed)?\b"
    r"(?! (?:\w+ )?(?:seniors?|elder\w*|adults?|wom[ae]n))"
    r"|\babused(?:,? (?:and |or )?(?:abandoned|homeless|exploited|at[- ]risk))* "
    r"(?:youths?|children|teens?|minors)\b"
)
_WHO_HURT = re.compile(
    r"\b(?:people|persons|men|women|those|individuals|adults|hombres|mujeres|personas|quienes)"
    r"(?: (?:and|or|y) \w+)? (?:(?:who|that|que) )?(?:(?:have|has|han|had) )?"
    r"(?:hurt|harm(?:ed)?|hit|beat(?:en)?|abused?|batter(?:ed)?|assault(?:ed)?|threaten(?:ed)?"
    r"|(?:use|commit)\w* violence|golpea\w*|maltrata\w*|agred\w*|(?:usa|ejerc)\w* violencia)\b"
    r"(?! by\b)"
)
_ANIMALS = re.compile(r"\b(?:animals?|pets?|dogs?|cats?|humane society|spca|mascotas|animales)\b")
_SENTENCE = re.compile(r"(?<=[.!?;:])\s+|\n+|•")


def looks_like_survivor_shelter(
    service_name: str, description: str, term_names: Iterable[str]
) -> bool:
    """Return whether a service may be a shelter for survivors of violence, abuse or trafficking.

    Matches English and Spanish words in the names of the service and its terms, and in sentences
    of the description. A hotline, class or legal help that only mentions shelters does not match.
    """
    name = fold_text(service_name)
    if _ANIMALS.search(name) and not _DANGER.search(name):
        return False
    heads = [name, *map(fold_text, term_names)]
    text = fold_text(description)
    if not any(map(_DANGER.search, (*heads, text))):  # fast path for most services
        return False
    sentences = _SENTENCE.split(text)
    danger = any(_speaks_of(_DANGER, text) for text in (*heads, *sentences))
    if not danger:
        return False
    if _OTHER_WORK.search(name) and not _PLACE.search(name):
        return any(_speaks_of(_PLACE, text) and _OFFERS.search(text) for text in sentences)
    return any(_speaks_of(_PLACE, text) for text in (*heads, *sentences)) or any(
        _DWELLING.search(text) and _speaks_of(_DANGER, text)
        for text in map(" ".join, zip(sentences, [*sentences[1:], ""], strict=True))
    )


def agency_looks_like_survivor_shelter(name: str, description: str) -> bool:
    """Return whether an organization as a whole may be a shelter for survivors of violence.

    An organization does much else, so danger and shelter must be in one text: the name with one
    sentence of the description, or one sentence alone.
    """
    head = fold_text(name)
    if _ANIMALS.search(head) and not _DANGER.search(head):
        return False
    whole = fold_text(description)
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
    """Return whether a location named a shelter belongs to an organization for people in danger."""
    head = fold_text(name)
    if _ANIMALS.search(head) or not _speaks_of(_PLACE, head):
        return False
    parts = (part for text in agency_texts for part in _SENTENCE.split(fold_text(text)))
    return any(_speaks_of(_DANGER, part) for part in parts)


def looks_like_place_of_danger(name: str) -> bool:
    """Return whether a name mentions a shelter or a danger that people flee from."""
    head = fold_text(name)
    return _speaks_of(_DANGER, head) or _speaks_of(_PLACE, head)


def without_other_people(text: str) -> str:
    """Return a text in normal form without words about dangers to others than adult survivors.

    Removed are runaway or neglected children, abusers, animals, and violence as one of several
    reasons for homelessness. Only for search: locations are withheld for these as well.
    """
    return _IN_A_LIST.sub(
        "", _MINORS.sub("", _OTHER_VICTIMS.sub("", _WHO_HURT.sub("", fold_text(text))))
    )


def _both(one: Sequence[bool], other: Sequence[bool]) -> bool:
    return all(either or also for either, also in zip(one, other, strict=True))


def _speaks_of(words: re.Pattern[str], text: str) -> bool:
    """Return whether a text contains words about its own work, not only in passing."""
    return any(
        not _PASSING_AFTER.match(text, match.end())
        and (
            (words is _DANGER and _PERSON.match(match.group()))
            or not _PASSING_BEFORE.search(text[max(0, match.start() - 120) : match.start()])
        )
        for match in words.finditer(text)
    )
