"""Text cleaning: HTML to plain text, blank values, lists, accents, sentences, phrase matching."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

import nh3

_NOT_WORD = re.compile(r"[\W_]+")
# Placeholders that programs, and people in required fields, write for "nothing".
_THING = (
    r"(?:(?:street|physical|mailing|postal|permanent|fixed) )?(?:address|location|street|phone"
    r"|telephone|phone number|number|fax|e-?mail|web ?site|web ?page|url|description|information"
    r"|info|details|data|hours|contact|notes?|comments?)"
)
_COSA = (
    r"(?:direcci[oó]n(?: f[ií]sica)?|tel[eé]fono|correo|descripci[oó]n|informaci[oó]n|datos|horario"
    r"|sitio web|p[aá]gina web)"
)
_BLANK = re.compile(
    r"\(?null\)?|#?n/a|n\.a\.|nan|undefined|nil|[-–—]+|_+"
    r"|none(?: or unknown| listed| given| provided| available| known| at this time)?"
    r"|(?:not|none) (?:applicable|available|provided|listed|given|specified|stated|known|entered"
    r"|on file)"
    rf"|no {_THING}(?: (?:listed|provided|available|given|found|entered|on file|yet|at this time))?"
    rf"|{_THING} (?:is )?(?:not (?:available|provided|listed|given|known)|unavailable|unknown)"
    r"|unknown|tbd|tba|t\.b\.[da]\.|to be (?:determined|announced|added)|does not apply"
    r"|ningun[oa]|no aplica|no disponible|desconocid[oa]|por determinar|no hay datos"
    rf"|(?:sin|no hay|no tiene) {_COSA}(?: disponible)?"
)
_LONGEST_BLANK = 60  # letters
_DOTS = frozenset({".", "..", "..."})
_BLOCK = (
    "address|article|aside|blockquote|body|center|dd|div|dl|dt|fieldset|figcaption|figure|footer|"
    "form|h[1-6]|head|header|hr|html|main|nav|ol|p|pre|section|table|tbody|tfoot|thead|title|ul"
)
_INLINE = (
    "a|abbr|acronym|b|big|br|caption|cite|code|col|colgroup|del|dfn|em|font|i|img|input|ins|kbd|"
    "label|li|link|mark|meta|o:p|q|s|samp|script|small|span|strike|strong|style|sub|sup|td|th|tr|"
    "tt|u|var|wbr"
)
# Attributes and the end of a tag; quoted values may contain ">".
_END_OF_TAG = r"""(?:\s(?:[^<>"']|"[^"]*"|'[^']*')*+)?/?>"""
_TAG = re.compile(rf"</?(?:{_BLOCK}|{_INLINE}){_END_OF_TAG}", re.IGNORECASE)
_BLOCK_TAG = re.compile(rf"</?(?:{_BLOCK}){_END_OF_TAG}", re.IGNORECASE)
_BREAK_TAG = re.compile(rf"<br{_END_OF_TAG}|</?tr{_END_OF_TAG}|</li{_END_OF_TAG}", re.IGNORECASE)
_EMPTY_ITEM = re.compile(rf"<li{_END_OF_TAG}\s*</li{_END_OF_TAG}", re.IGNORECASE)
_ITEM_TAG = re.compile(
    rf"(?:</li{_END_OF_TAG}\s*)?<li{_END_OF_TAG}\s*(?:[-*•·]\s+)?", re.IGNORECASE
)
_CELL_TAG = re.compile(rf"</?t[dh]{_END_OF_TAG}", re.IGNORECASE)
_LINK = re.compile(
    r"""<a\s[^<>]*?\bhref\s*=\s*(["']?)((?:mailto|tel|sms):)?([^\s"'<>]+)\1[^<>]*>([^<>]*)</a\s*>""",
    re.IGNORECASE,
)
_HIDDEN_TAG = re.compile(
    r"<(span|div|p|td|li|b|i|em|a)(?=\s)[^<>]*?"
    r"(?:\bhidden\b|display\s*:\s*none|visibility\s*:\s*hidden)[^<>]*>",
    re.IGNORECASE,
)
UNREAD_TAGS = {"s", "del", "strike", "script", "style"}
"""HTML tags whose content is dropped from texts: it was struck out, or is for the browser."""
# Only with a semicolon: "&reg" in "?id=1&region=2" is no registered sign.
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_AMPERSANDS = re.compile(r"&(?:amp;|#38;|#x26;)+", re.IGNORECASE)
# A backslash and an "n", from a line break escaped twice. Not in "C:\notes" or "docs\news".
_ESCAPED_BREAKS = re.compile(r"(?<![:\w\\])(?:(?:\\r)?\\n)++|(?<!\\n)(?:(?:\\r)?\\n)++(?=\s|\Z)")
_LINE_BREAK = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028]")
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u180e\u200b\u200e\u200f\u202a-\u202e"
    r"\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
# A soft hyphen between spaces was meant as a dash.
_SPACED_SOFT_HYPHEN = re.compile(r"(?<=\s)\u00ad(?=\s)")
# Persian and Indian scripts need the two joiners, so they stay between non-ASCII letters.
_JOINERS = re.compile(r"(?<![^\x00-\x7f])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\x7f])")
_SPACES = re.compile(r"[^\S\n]+")
_AROUND_BREAK = re.compile(r" ?\n ?")
_MANY_BREAKS = re.compile(r"\n{3,}")
# Fast path for most cells: no escapes, tags or double spaces are possible.
_PLAIN = re.compile(r"[!-%'-;=-[\]-~]+(?: [!-%'-;=-[\]-~]+)*")
_MOST_LAYERS_OF_ESCAPES = 10
_SENTENCE_END = re.compile(
    r"[.!?][\"'\u201d\u2019)]*(?=\s+[\"'\u201c¿¡(]?[A-Z0-9ÁÉÍÓÚÑ])|[.!?](?=\s*\n)"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:[A-Za-z]|St|Ste|Dr|Mr|Mrs|Ms|Jr|Sr|Inc|No|Ave|Rd|Blvd|vs|approx|Dept|Sra|ext|incl)"
    r"|\b(?:e\.g|i\.e|a\.m|p\.m))\.\Z",
    re.IGNORECASE,
)


def without_accents(text: str) -> str:
    """Remove accents and ligatures from a text: ``ñ`` becomes ``n``, ``ﬁ`` becomes ``fi``."""
    if text.isascii():
        return text
    letters = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def fold_text(text: str) -> str:
    """Return a text in lower case without accents, with straight apostrophes."""
    return without_accents(text.casefold().replace("’", "'"))


def fold_words(text: str) -> str:
    """Return a text as lower-case words without punctuation, to compare headers and names."""
    return _NOT_WORD.sub(" ", text.replace("&", " and ").casefold()).strip()


class Phrases:
    """A set of phrases to find in texts, also with the last word in the plural."""

    def __init__(self, phrases: Iterable[str]) -> None:
        folded = sorted(
            {" ".join(_fold_phrase(phrase).split()) for phrase in phrases if phrase.strip()}
        )
        alternatives = "|".join(re.escape(phrase).replace(r"\ ", r"[\s-]+") for phrase in folded)
        self._pattern = re.compile(rf"(?<!\w)(?:{alternatives})(?:s|es)?(?!\w)") if folded else None

    def are_in(self, text: str) -> bool:
        """Return whether any of the phrases occurs in a text."""
        return bool(self._pattern and self._pattern.search(_fold_phrase(text)))


_fold_phrase = lru_cache(maxsize=256)(fold_text)  # many sets of phrases are searched in one text


def is_blank_value(value: str) -> bool:
    """Return whether a value is empty or a placeholder (``null``, "No physical address")."""
    plain = " ".join(value.casefold().split())
    if not plain or plain in _DOTS:
        return True
    return len(plain) <= _LONGEST_BLANK and bool(_BLANK.fullmatch(plain.strip(" .!;:*()[]<>\"'")))


def clean_text(value: str) -> str:
    """Convert a value to plain text with paragraphs: no HTML, entities or invisible characters.

    Nested escapes are resolved as well, and a placeholder such as ``null`` becomes "". The result
    is in Unicode form NFC. Never raises, is idempotent, and does not repair mojibake.
    """
    text = value
    if _PLAIN.fullmatch(text):
        return "" if is_blank_value(text) else text
    for _ in range(_MOST_LAYERS_OF_ESCAPES):
        cleaned = _without_html(_fold(text))
        if cleaned == text:
            break
        text = cleaned
    else:  # ten layers of escapes are no honest text; the remaining ones are removed
        text = _fold(text.replace("&", "").replace("<", ""))
    return "" if is_blank_value(text) else text


def clean_line(value: str) -> str:
    """Convert a value to plain text on one line: ``clean_text`` without line breaks."""
    line = " ".join(clean_text(value).split())
    return "" if is_blank_value(line) else line


def split_list(value: str) -> tuple[str, ...]:
    """Split a cell at commas, semicolons, pipes and line breaks into distinct parts, in order.

    Text in parentheses is not split.
    """
    text = clean_text(value)
    distinct: dict[str, str] = {}
    for part in _split_outside_parentheses(text):
        cleaned = clean_line(part.strip().removeprefix("- "))
        if cleaned:
            distinct.setdefault(cleaned.casefold(), cleaned)
    return tuple(distinct.values())


def first_sentence(text: str, limit: int = 160) -> str:
    """Return the first sentence of a text on one line, cut to ``limit`` characters at a space."""
    cleaned = clean_text(text)
    sentence = " ".join(cleaned[: _end_of_sentence(cleaned)].split())
    if len(sentence) <= limit:
        return sentence
    cut = sentence[: limit - 1]
    if not sentence[limit - 1].isspace() and " " in cut:
        cut = cut.rsplit(" ", 1)[0]
    return cut.rstrip(" ,;:-\u2013\u2014(") + "…"


def sentence_ends(text: str) -> Iterator[int]:
    """Yield the end of each sentence but the last, after its punctuation; "St." ends none."""
    for match in _SENTENCE_END.finditer(text):
        if not _ABBREVIATION.search(text[: match.end()][-12:]):
            yield match.end()


def whole_sentences(text: str, length: int) -> str:
    """Return as many first sentences of a text as fit into ``length`` characters, on one line.

    The first sentence is never cut, however long it is: half of it could mean the opposite.
    """
    remaining, result = clean_text(text), ""
    while remaining:
        end = _end_of_sentence(remaining)
        sentence = " ".join(remaining[:end].split())
        if result and len(result) + 1 + len(sentence) > length:
            break
        result = f"{result} {sentence}".strip()
        remaining = remaining[end:].lstrip()
    return result


def _fold(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    if "\\n" in text:
        text = _ESCAPED_BREAKS.sub(lambda match: "\n" * match.group().count("\\n"), text)
    text = _LINE_BREAK.sub("\n", text).replace("\u2029", "\n\n")
    text = _JOINERS.sub("", _INVISIBLE.sub("", _SPACED_SOFT_HYPHEN.sub("-", text)))
    text = _AROUND_BREAK.sub("\n", _SPACES.sub(" ", text))
    return unicodedata.normalize("NFC", _MANY_BREAKS.sub("\n\n", text).strip())


def _without_html(text: str) -> str:
    if "&" in text:
        text = _AMPERSANDS.sub("&", text)
        text = _ENTITY.sub(lambda match: html.unescape(match.group()), text)
    text = _without_comments(text)
    if "<" not in text or not _TAG.search(text):
        return text
    text = _LINK.sub(_link_as_text, without_hidden(text))
    text = _EMPTY_ITEM.sub("", text)
    text = _ITEM_TAG.sub("\n- ", text)
    text = _BREAK_TAG.sub("\n", text)
    text = _CELL_TAG.sub(" ", _BLOCK_TAG.sub("\n\n", text))
    escaped = _escape_all_but_tags(text)
    return html.unescape(
        nh3.clean(escaped, tags=set(), attributes={}, clean_content_tags=UNREAD_TAGS)
    )


def _without_comments(text: str) -> str:
    pieces, start = [], 0
    while (comment_start := text.find("<!--", start)) >= 0:
        comment_end = text.find("-->", comment_start + 4)
        if comment_end < 0:
            break
        pieces.append(text[start:comment_start])
        start = comment_end + 3
    return "".join([*pieces, text[start:]])


def without_hidden(text: str) -> str:
    """Remove hidden elements from HTML, each up to its first closing tag."""
    pieces, start, lower_text = [], 0, text.lower()
    while hidden := _HIDDEN_TAG.search(text, start):
        closing_tag = lower_text.find(f"</{hidden[1].lower()}", hidden.end())
        pieces.append(text[start : hidden.start()])
        start = text.find(">", closing_tag) + 1 if closing_tag >= 0 else len(text)
    return "".join([*pieces, text[start:]])


def _link_as_text(match: re.Match[str]) -> str:
    _, scheme, target, words = match.groups()
    words = words.strip()
    if scheme:
        target = target.partition("?")[0]
    number = "" if (scheme or "mailto:").lower() == "mailto:" else _digits(target)[-10:]
    if number and number in _digits(words):
        return words  # the number as its owner writes it
    if not words or words.casefold() in target.casefold():
        return target
    if target.casefold() in words.casefold() or target.startswith(("#", "/", "javascript:")):
        return words
    return f"{words} ({target})"


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def _escape_all_but_tags(text: str) -> str:
    """Escape all but HTML tags: ``Ann <ann@example.org>`` or ``under < 5`` would be lost."""
    pieces, start = [], 0
    for match in _TAG.finditer(text):
        pieces += [html.escape(text[start : match.start()], quote=False), match.group()]
        start = match.end()
    pieces.append(html.escape(text[start:], quote=False))
    return "".join(pieces)


def _split_outside_parentheses(text: str) -> list[str]:
    if text.count("(") != text.count(")"):
        return re.split(r"[,;|\n]", text)
    parts, depth, start = [], 0, 0
    for position, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth <= 0 and character in ",;|\n":
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]]


def _end_of_sentence(text: str) -> int:
    if end := next(sentence_ends(text), 0):
        return end
    paragraph = text.find("\n\n")
    return len(text) if paragraph < 0 else paragraph
