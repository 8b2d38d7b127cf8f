"""Phone numbers: parser of free text, tel URIs and display format."""

from __future__ import annotations

import re
from contextvars import ContextVar
from dataclasses import dataclass

import phonenumbers

from referral.fields.text import clean_line, clean_text

# The library phonenumbers rejects these. 2-1-1 is how 2-1-1 services write it.
SHORT_CODES = {
    "211": "2-1-1",
    "311": "311",
    "411": "411",
    "511": "511",
    "711": "711",
    "811": "811",
    "911": "911",
    "988": "988",
}
_TOLL_FREE = ("800", "822", "833", "844", "855", "866", "877", "888")
_SEPARATORS = r"[\s.\-\u2013\u2014=/]*"
_COUNTRY = rf"(?:\+?\b1{_SEPARATORS})?"
_AREA = r"(?:\(\s*(?:1[\s.\-])?[2-9]\d\d\s*\)?|[2-9]\d\d\)?)"
_PHONE_NUMBER = re.compile(
    rf"(?P<full>(?<![\w.]){_COUNTRY}{_AREA}{_SEPARATORS}[2-9]\d\d{_SEPARATORS}\d{{4}})(?!\d)"
    r"|(?P<foreign>\+(?!1\b|1[\s.\-(2-9])\d[\d\s().\-]{6,18}\d)(?!\d)"
    rf"|(?P<word>(?<![\w.])(?:\+?1{_SEPARATORS}{_AREA}{_SEPARATORS}|\([2-9]\d\d\)\s*|[2-9]\d\d[.\-])"
    r"(?=[\d\-]{0,8}[A-Za-z]{3})(?:[A-Za-z0-9]-?){6,10}[A-Za-z0-9])(?!\w)"
    r"|(?P<local>(?<![\w.])(?<!\d-)[2-9]\d\d[\s.\-]{0,3}\d{4})(?![\d\-]*\d)"
    r"|(?P<short>(?<![\w.\-+(])(?:[2-9]-?1-?1|9-?8-?8))(?![\w\-])"
)
_FEWEST_DIGITS = 5
_US_NUMBER = re.compile(r"[2-9]\d\d[2-9]\d{6}")
_EXTENSION_WORD = r"(?:ext(?:ensi[oó]n|n)?|interno|int|local|anexo|poste|x|#)"
_EXTENSION = re.compile(
    rf"[\s,;(\-]*{_EXTENSION_WORD}[\s.:#]*(\d{{1,7}})\b(?!-\d{{3}})\)?", re.IGNORECASE
)
_EXTENSION_ALONE = re.compile(rf"\W*+{_EXTENSION_WORD}?[\s.:#\-]*+(\d{{1,7}})\W*+", re.IGNORECASE)
_EXTENSION_FIRST = re.compile(
    rf"\W*+{_EXTENSION_WORD}?[\s.:#\-]*+(\d{{1,7}})\W++(?:then|and|or|y|o|luego|press|option|\d)",
    re.IGNORECASE,
)
_MENU_OPTION = re.compile(
    r"[\s,;(\-]*((?:(?:then|and)\s+)?(?:select\s+|choose\s+)?(?:option|opt\.?|press|opci[oó]n)"
    r"\s*#?\d+|then\s+#?\d{1,4})\)?",
    re.IGNORECASE,
)
_PARENTHESIS = re.compile(r"\s*\(([^()]*)\)")
_BETWEEN_NUMBERS = re.compile(r"[;|\n,]|/(?!\d\b)|\s(?:or|and|o|y)\s", re.IGNORECASE)
_LABEL_WITHOUT_MEANING = re.compile(
    r"(?:(?:tele)?phone|phn?|tel|t|p|call|dial|number|no|num|#)(?:\s+(?:no|number|num|#))?\W*",
    re.IGNORECASE,
)
_TYPE_WORDS = (
    ("voice", r"voice|voz"),
    ("textphone", r"tty|tdd|ttd|textphone|text telephone|teletype(?:writer)?|relay|711|deaf"),
    ("video", r"video|videophone|vp|vrs"),
    ("fax", r"fax|facsimile|telefax"),
    ("pager", r"pager|beeper"),
    ("text", r"text|texto|sms|texting|text message"),
    ("cell", r"cell|cellphone|cellular|celular|mobile|m[oó]vil"),
)
_TYPES = tuple(
    (name, re.compile(rf"\b(?:{words})\b", re.IGNORECASE)) for name, words in _TYPE_WORDS
)


AREA_CODE: ContextVar[str] = ContextVar("area_code", default="")
"""Default area code for phone numbers of seven digits, set while a list is read."""


@dataclass(frozen=True, slots=True)
class ParsedPhone:
    """A phone number parsed from text.

    Attributes:
        number: as given; extension and remarks are removed where they could be parsed.
        tel: E.164 (``+18145550123``) or a short code (``988``); "" when it cannot be dialled.
        extension: digits.
        note: the words around the number (``fax``, ``option 2``), for its type and description.
    """

    number: str
    tel: str = ""
    extension: str = ""
    note: str = ""


def parse_phone(raw: str, default_area_code: str = "") -> ParsedPhone | None:
    """Parse the first phone number of a cell; None for a cell without digits or with too few.

    Seven digits get a ``tel`` only with ``default_area_code`` or ``AREA_CODE``. Text that is not
    understood is returned whole in ``number``, with ``tel`` "".
    """
    text = clean_line(raw)
    if not any(character.isdecimal() for character in text):
        return None
    match = _PHONE_NUMBER.search(text)
    if match is None:
        return ParsedPhone(text) if _may_be_damaged_number(text) else None
    before, after = text[: match.start()], text[match.end() :]
    phone = _build_phone(match, before, after, default_area_code)
    if not phone.tel and _digits(before):  # a damaged area code, say
        return ParsedPhone(text)
    return phone


def parse_phones(raw: str, default_area_code: str = "") -> tuple[ParsedPhone, ...]:
    """Parse all phone numbers of a cell; the words next to each number become its note."""
    text = clean_text(raw)
    matches = list(_PHONE_NUMBER.finditer(text))
    if len(matches) < 2:
        phone = parse_phone(raw, default_area_code)
        return (phone,) if phone else ()
    before, phones = text[: matches[0].start()], []
    for match, following in zip(matches, [*matches[1:], None], strict=True):
        gap = text[match.end() : following.start() if following else len(text)]
        after, next_before = _split_gap(gap) if following else (gap, "")
        phones.append(_build_phone(match, before, after, default_area_code))
        before = next_before
    return tuple(phones)


def _may_be_damaged_number(text: str) -> bool:
    """Return whether a text may have a damaged phone number: not "0" or "854 ext. 7992"."""
    digits = _digits(_EXTENSION.sub("", text))
    has_words = re.search(r"[A-Za-z]{3}", _EXTENSION.sub("", text)) is not None
    return bool(digits.strip("0")) and (has_words or len(digits) >= _FEWEST_DIGITS)


def parse_extension(raw: str) -> str:
    """Parse the digits of a phone extension in a cell of its own (``x109``); "" for other text."""
    match = _EXTENSION_ALONE.fullmatch(clean_line(raw))
    return match.group(1) if match else ""


def split_extension(raw: str) -> tuple[str, str]:
    """Return the digits of a phone extension in a cell of its own, and the cell if it has more.

    ``Ext. 5 then 2`` returns (``5``, ``Ext. 5 then 2``); text without digits returns ("", "").
    """
    text = clean_line(raw)
    digits = parse_extension(text)
    if digits:
        return digits, ""
    match = _EXTENSION_FIRST.match(text)
    note = text if any(map(str.isdecimal, text)) else ""
    return (match.group(1) if match else ""), note


def format_phone(tel: str, number: str = "", extension: str = "") -> str:
    """Format a phone number for display: ``(814) 555-0123 ext. 12``, ``1-800-799-7233``, ``988``.

    ``number`` is shown as given where ``tel`` is "".
    """
    shown = _format_tel(tel) if tel else number
    return f"{shown} ext. {extension}" if shown and extension else shown


def tel_uri(tel: str, extension: str = "") -> str:
    """Return the tel URI of a phone number, "" when it cannot be dialled."""
    if not tel:
        return ""
    return f"tel:{tel};ext={extension}" if extension.isdecimal() else f"tel:{tel}"


def phone_type(text: str) -> str:
    """Return the HSDS phone type (RFC 6350) for words such as "fax" or "TTY", else ``voice``."""
    return next((name for name, words in _TYPES if words.search(text)), "voice")


def _format_tel(tel: str) -> str:
    if tel in SHORT_CODES:
        return SHORT_CODES[tel]
    if re.fullmatch(r"\+1\d{10}", tel):
        area, exchange, line = tel[2:5], tel[5:8], tel[8:]
        is_toll_free = area in _TOLL_FREE
        return f"1-{area}-{exchange}-{line}" if is_toll_free else f"({area}) {exchange}-{line}"
    try:
        parsed = phonenumbers.parse(tel, None)
    except phonenumbers.NumberParseException:
        return tel
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _build_phone(match: re.Match[str], before: str, after: str, area_code: str) -> ParsedPhone:
    tel = _tel_of(match, area_code)
    extension, notes, rest = _split_tail(after)
    if tel and re.fullmatch(r"\s*\(?\d{3,7}\)?\W*", rest) and _digits(rest) in tel:
        rest = ""  # "1-800-799-SAFE (7233)" has the digits twice
    label = before.strip(" \t\n:;,.-(")
    label = "" if _LABEL_WITHOUT_MEANING.fullmatch(label) else label
    pieces = (label, *notes, rest.strip(" \t\n:;,.-()"))
    note = clean_line(", ".join(piece for piece in pieces if piece))
    return ParsedPhone(clean_line(match.group()), tel, extension, note)


def _tel_of(match: re.Match[str], area_code: str) -> str:
    digits = match.group()
    area_code = area_code or AREA_CODE.get()
    if match.lastgroup == "short":
        code = _digits(digits)
        return code if code in SHORT_CODES else ""
    if match.lastgroup == "local":
        digits = f"{area_code}{digits}" if re.fullmatch(r"[2-9]\d\d", area_code) else ""
    if match.lastgroup == "word":
        digits = _digits(phonenumbers.convert_alpha_characters_in_number(digits))
        digits = digits[: 11 if digits.startswith("1") else 10]  # further letters are not dialled
    if match.lastgroup in {"full", "word"}:
        digits = _digits(digits)[-10:]
        if not _US_NUMBER.fullmatch(digits):
            return ""
    return _e164(digits)


def _e164(text: str) -> str:
    try:
        parsed = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(parsed):
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _split_tail(tail: str) -> tuple[str, list[str], str]:
    """Split the text after a phone number into (extension, remarks, rest)."""
    extension, notes = "", []
    while True:
        if not extension and (match := _EXTENSION.match(tail)):
            extension = match.group(1)
        elif match := _MENU_OPTION.match(tail):
            notes.append(match.group(1))
        else:
            return extension, notes, tail
        tail = tail[match.end() :]


def _split_gap(gap: str) -> tuple[str, str]:
    """Split the text between two phone numbers into (part of the first, part of the second)."""
    _, _, rest = _split_tail(gap)
    start = len(gap) - len(rest)
    if parenthesis := _PARENTHESIS.match(gap, start):
        start = parenthesis.end()
    separator = _BETWEEN_NUMBERS.search(gap, start)
    if separator is None:
        return gap[:start], gap[start:]
    return gap[: separator.start()], gap[separator.end() :]


def _digits(text: str) -> str:
    return "".join(character for character in text if character in "0123456789")
