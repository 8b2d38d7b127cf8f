"""Detection of words that mark a location as confidential, in English and Spanish.

The words may be in a street, a note or a column, or in a name or description. In the latter only
statements about the location count, because much work is confidential ("free and confidential
testing") at a location that is public.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from referral.fields.text import fold_text

_PLACE = (
    r"(?:(?:street |physical |exact )?address(?:es)?|(?:exact )?locations?|sites?|whereabouts"
    r"|direccion(?:es)?|ubicacion(?:es)?|domicilios?|paradero)(?![\w-])"
)
# Nouns after "confidential" that show that the work is confidential, not the location.
_WORK = (
    r"(?:hiv|sti|std|tests?|testing|counsel\w*|services?|support|help|care|advice|calls?"
    r"|hot ?lines?|screenings?|treatments?|information|records?|voice ?mail|meetings?|groups?"
    r"|visits?|pruebas?"
    r"|consejeria|servicios?|apoyo|ayuda|asesoria|atencion|llamadas?)\b"
)
_HIDDEN = (
    r"(?:confidential|undisclosed|unpublished|unlisted|withheld|secret"
    r"|not (?:be )?(?:published|disclosed|given(?: out)?|listed|public|shared|revealed|released)"
    r"|confidencial(?:es)?|reservad[oa]s?|secret[oa]s?|no (?:se )?(?:publica|divulga|da|revela)n?"
    r"|no (?:publicad|divulgad|revelad)[oa]s?)\b"
)
_GIVE = (
    r"(?:publish|disclose|give(?: out)?|giving out|share|release|reveal|print|list|post|display"
    r"|show|tell|publicar|divulgar|dar|revelar|compartir|mostrar|publicamos|divulgamos|damos|revelamos"
    r"|compartimos|se publica|se divulga|se da|se revela)"
)
_NEVER = r"(?:not|never|cannot|can't|don't|won't|doesn't|no|nunca)"
_WHERE = (
    r"(?:where|donde) (?:(?:it|we|they|she|esta|estamos|queda)"
    r"|the (?:\w+ ){0,2}(?:house|home|shelter|place|refuge)"
    r"|(?:la|el) (?:casa|refugio|albergue|lugar))(?: (?:is|are|esta|queda))?"
)
_ONLY_PHONE = (
    r"(?:only|just|solo) (?:the|our|this|el|la) (?:\w+ )?"
    r"(?:hot ?line|phone|number|line|numero|telefono|linea)(?: number)? (?:goes out"
    r"|(?:is|may be|can be) (?:given|shared|published|public|told)|se (?:da|publica))"
)
_GIVEN_LATER = (
    rf"{_PLACE} (?:(?:is|are|will be|es|sera) )?(?:only )?(?:given|provided|disclosed|shared"
    r"|released|available|se da|se proporciona)(?: out)?(?: only)?"
    r" (?:up)?(?:on|after|at|with|al|despues de|tras) (?:\w+ ){0,2}(?:request|intake|screening"
    r"|referral|admission|appointment|confirm\w*|call\w*|cita|llamar|solicitar\w*|ingres\w*)"
)
_STATEMENT = re.compile(
    rf"\b{_PLACE}(?: of (?:\w+ ){{1,3}}\w+)? ?(?:(?:is|are|being|remains?|stays?|must|should"
    rf"|will|to|be|kept|keep|held|strictly|all|es|son|esta|estan|se mantienen?|:|-|–|,) ?)*"
    rf"{_HIDDEN}"
    rf"(?! {_WORK})"
    rf"|\b(?:confidential|undisclosed|unpublished|secret|non-?public) (?:and \w+ )?"
    rf"(?:{_PLACE}|shelters?|residences?|housing|safe ?houses?|refuges?|facility)\b"
    rf"|\b(?:private|protected|direccion privada) address\b"
    rf"|\b(?:refugio|albergue|lugar|casa) (?:confidencial|secret[oa])\b"
    rf"|\b{_NEVER} (?:be )?{_GIVE} (?:(?!(?:your|every|each|all|tu|su)\b)\w+ ){{0,4}}{_PLACE}\b"
    rf"|\b{_GIVEN_LATER}\b"
    rf"|\b{_NEVER} (?:be )?(?:{_GIVE}|dec\w+|diga\w*) (?:\w+ ){{0,3}}{_WHERE}\b"
    rf"|\b(?:tell|give|show) (?:nobody|no one|noone|none) (?:\w+ ){{0,3}}"
    rf"(?:{_WHERE}|{_PLACE}|street)\b"
    rf"|\b{_WHERE} (?:stays?|remains?|is kept|se queda) "
    rf"(?:in|with|between|inside|here|secret|aqui|con)\b"
    rf"|\b{_ONLY_PHONE}\b"
)
_NAME = re.compile(r"\b(?:safe ?houses?|safehouse|casas? (?:segura|refugio|de acogida)s?)\b")
# Requests that count only as a whole cell, or as a whole remark beside a street.
_REQUEST = (
    rf"(?:(?:please )?(?:do not|don't|no) {_GIVE}"
    r"|not (?:for|to be) (?:publi\w+|the public|print\w*|shar\w+|disclos\w+|releas\w+|list\w*))"
)
_ALONE = (
    r"(?:(?:keep |strictly |es |is )?(?:confidential(?:ity)?|undisclosed|unpublished|unlisted"
    r"|confidencial|secreto|secreta|secret|private|privad[oa]|reservad[oa]|hidden|withheld"
    r"|not (?:public|published|disclosed|given|listed)|non-?public|internal(?: use)? only"
    r"|staff only|for staff(?: only)?|protected|safe ?house)"
    rf"|{_REQUEST}"
    r"|(?:on|upon|by) request(?: only)?)"
)
_CALL_FOR_IT = (
    r"(?:please )?(?:call|phone|contact|text|ask|e-?mail|llame|llamar|pregunte)"
    r"(?: \w+){0,3} (?:for|to get|to learn|para|por)(?: (?:the|our|exact|la|saber|obtener|pedir))*"
    rf" {_PLACE}"
)
_IN_FULL = rf"(?:(?:{_PLACE} ?(?:is|es|:|-|–|,)? ?)?{_ALONE}(?: {_PLACE})?|{_CALL_FOR_IT})"
_WHOLE = re.compile(rf"\W*{_IN_FULL}\W*\Z")
_WHOLE_SENTENCE = re.compile(rf"\W*(?:{_REQUEST}|{_CALL_FOR_IT})\W*\Z")
# A remark beside a street, in brackets or set off by punctuation.
_REMARK = re.compile(
    rf"[(\[{{*<][\W_]{{0,3}}{_IN_FULL}\W{{0,3}}(?:$|[)\]}}*>:;,–—-])"
    rf"|(?:[:;,–—-]|^)\W{{0,3}}{_IN_FULL}\W{{0,3}}(?:$|[:;,–—-])"
)
_IN_STREET = re.compile(
    r"\b(?:confidential(?:ity)?|confidencial|undisclosed|unpublished|withheld"
    rf"|(?:do not|don't|no) {_GIVE}|not (?:for|to be) (?:publi\w+|shar\w+|disclos\w+)"
    rf"|not (?:disclosed|published))\b(?! {_WORK})"
)
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+|•|\|")
_HIDES = (
    r"(?:confidential(?:ity)?|undisclosed|unpublished|unlisted|secret|private|hidden|hide|withheld"
    r"|withhold|suppress(?:ed)?|non ?public|confidencial|secret[oa]|privad[oa]|reservad[oa]"
    r"|ocult[oa]r?|(?:do not|dont|no) (?:publish|print|list|share|show|display|disclose|release"
    r"|give(?: out)?|map|publicar|mostrar|divulgar|compartir)"
    r"|not (?:for|to be) (?:publi\w+|print\w*|shar\w+|disclos\w+|list\w*|shown|releas\w+))"
)
_THING = (
    r"(?:the |la |el |our |su )?(?:street |physical )?(?:address(?:es)?|locations?|sites?"
    r"|places?|listings?|records?|entry|shelters?|house|whereabouts|direccion|ubicacion|domicilio|lugar"
    r"|refugio|ficha)"
)
_EXTRA = (
    r"(?:flag|mark|marked|is|on|in|from|to|the|web|website|site|map|public|publicly|print|directory"
    r"|yes|no|y|n|yn|si|es|en|del?|la|el|mapa|sitio|publico)"
)
_HIDES_HEADER = re.compile(
    rf"(?:{_EXTRA} )*(?:{_THING} )?(?:{_EXTRA} )*{_HIDES}(?: {_THING})?(?: {_EXTRA})*"
    rf"|(?:{_EXTRA} )*(?:dv |domestic violence )?(?:safe ?house|safehouse|casa segura|casa refugio)"
    rf"(?: {_EXTRA})*"
)
_SHOWS = (
    r"(?:show|shown|display|displayed|publish|published|publishable|publication|list|listed|print"
    r"|printed|share|shared|shareable|public|visible|release|released|disclose|disclosed|give out"
    r"|given out|map|mostrar|publicar|publica|divulgar|compartir|visible)"
)
_SHOWN_HEADER = re.compile(rf"(?=.*\b{_SHOWS}\b)(?=.*\b{_THING}\b).*")
_ADDRESS_HEADER = re.compile(
    r".*\b(?:address|street|location|direccion|calle|ubicacion|domicilio)\b.*"
)
_NOTE_HEADER = re.compile(
    r".*\b(?:notes?|comments?|remarks?|directions?|instructions?|memo|notas?|comentarios?"
    r"|observaciones|indicaciones|transportation)\b.*"
)
_PRIVACY_HEADER = re.compile(
    r".*\b(?:privacy|visibility|disclosure|publication|sensitivity|confidentiality|privacidad"
    r"|visibilidad|publicacion|confidencialidad|access level|sharing)\b.*"
)
_MAYBE_HEADER = re.compile(  # except headers of phones, contacts and alternate names
    rf"(?!.*\b(?:phones?|cell|fax|e ?mails?|contacts?|aka|alias|telefono|correo|contacto)\b)"
    rf".*\b(?:{_SHOWS}|{_HIDES}|ok to \w+|safe|safety|sensitive|protected|restricted|dv|segur[oa]"
    r"|seguridad|consent)\b.*"
)
_LONGEST_HEADER = 120  # letters
_YES = frozenset(
    {"yes", "y", "true", "t", "1", "x", "✓", "✔", "si", "s", "on", "checked", "verdadero"}
)
_PLAINLY_NO = frozenset({"no", "n", "false", "f", "0", "off", "unchecked", "falso"})
_NO = _PLAINLY_NO | {"none", "n/a", "na", "-"}


def is_secret_street(text: str) -> bool:
    """Return whether a street, or an address line beside it, is marked as confidential."""
    plain = fold_text(text)
    return bool(
        plain
        and (
            _IN_STREET.search(plain)
            or _WHOLE.match(plain)
            or _REMARK.search(plain)
            or _STATEMENT.search(plain)
        )
    )


def is_secret_note(text: str) -> bool:
    """Return whether a note or directions mark the location as confidential.

    "Confidential" counts as the whole note; as one of several sentences it may be about the work.
    """
    plain = fold_text(text)
    return bool(_WHOLE.match(plain)) or any(
        _WHOLE_SENTENCE.match(each) or _STATEMENT.search(each) for each in _SENTENCE.split(plain)
    )


def says_place_is_secret(text: str, *, is_name: bool = False) -> bool:
    """Return whether a description (with ``is_name`` a name) marks a location as confidential."""
    plain = fold_text(text)
    if is_name and _NAME.search(plain):
        return True
    return any(_STATEMENT.search(each) for each in _SENTENCE.split(plain))


class ColumnSense(StrEnum):
    """The meaning of a column for the confidentiality of the location of its rows.

    Attributes:
        HIDES: any value except no marks the location as confidential.
        SHOWN: the value no marks the location as confidential.
        ADDRESS: the cells are parts of an address.
        NOTE: the cells are notes, remarks or directions.
        PRIVACY: the cells describe who may see the location.
        MAYBE: may be about publication or safety; only a person can decide.
        OTHER: none of these.
    """

    HIDES = "hides"
    SHOWN = "shown"
    ADDRESS = "address"
    NOTE = "note"
    PRIVACY = "privacy"
    MAYBE = "maybe"
    OTHER = "other"


@lru_cache(maxsize=4_096)  # all rows have the same headers
def column_sense(header: str) -> ColumnSense:
    """Classify a column by its header, in any spelling (``showAddress``, ``Show address?``)."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)
    plain = " ".join(re.findall(r"\w+", fold_text(spaced).replace("'", "").replace("_", " ")))
    plain = plain[:_LONGEST_HEADER]
    senses = (
        (_HIDES_HEADER, ColumnSense.HIDES),
        (_SHOWN_HEADER, ColumnSense.SHOWN),
        (_PRIVACY_HEADER, ColumnSense.PRIVACY),
        (_NOTE_HEADER, ColumnSense.NOTE),
        (_ADDRESS_HEADER, ColumnSense.ADDRESS),
        (_MAYBE_HEADER, ColumnSense.MAYBE),
    )
    return next((sense for words, sense in senses if words.fullmatch(plain)), ColumnSense.OTHER)


def is_yes_or_no(text: str) -> bool:
    """Return whether a cell is only yes or no."""
    return fold_text(text).strip() in _YES | _NO


def cell_hides_place(header: str, text: str) -> bool:
    """Return whether a cell under a header marks the location of its row as confidential."""
    plain = fold_text(text).strip()
    if not plain:
        return False
    match column_sense(header):
        case ColumnSense.HIDES:
            return plain not in _NO
        case ColumnSense.SHOWN:
            return plain in _PLAINLY_NO or is_secret_street(text)
        case ColumnSense.ADDRESS:
            return is_secret_street(text)
        case ColumnSense.NOTE | ColumnSense.PRIVACY:
            return is_secret_note(text)
        case _:  # perhaps a description, or the rest of one
            return says_place_is_secret(text)
