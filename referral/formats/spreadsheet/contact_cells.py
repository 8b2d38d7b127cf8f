"""Cells for a contact: the people they name, and the numbers and addresses beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from referral.fields.phones import ParsedPhone, parse_phones
from referral.fields.text import clean_line, clean_text, fold_words
from referral.fields.urls_and_emails import is_email

# Words around a phone number or e-mail address that are no name.
_LABEL_WORDS = frozenset(
    {
        "a", "al", "and", "at", "by", "call", "cell", "celular", "contact", "correo", "e",
        "electronico", "email", "ext", "extension", "fax", "llame", "mail", "number", "numero", "o",
        "office", "option", "or", "phone", "please", "tel", "telefono", "telephone", "us", "x", "y",
    }
)  # fmt: skip
_INSTRUCTIONS = frozenset({"call", "contact", "email", "for", "llame", "please", "see", "visit"})
_LONGEST_NAME = 60
_LONGEST_CELL = 2_000  # longer ones are texts; each address takes a pass over its block
_PEOPLE_SEPARATORS = re.compile(r"\n{2,}|;")
_EMAIL_LIKE = re.compile(r"[^\s@<>(),;:]{1,64}@[^\s@<>(),;:]{1,255}")
_EXTENSION = re.compile(r"\b(?:ext(?:ension)?|x|option)\W{0,3}\d{1,7}\b", re.IGNORECASE)
_CHOICE = re.compile(r"\b(?:option|opci[oó]n|press) ?#?\d{1,2}\b", re.IGNORECASE)
_PART_SEPARATORS = re.compile(r"[\n,]")


class ContactPerson(NamedTuple):
    """A person in a contact cell; fields that the cell lacks are empty."""

    name: str
    title: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class ContactCell:
    """People, phone numbers and e-mail addresses read from a contact cell of a spreadsheet.

    Attributes:
        people: the people that the cell names; an instruction that was kept whole is one too.
        phones: numbers that can be dialed, each with its person and option as its note.
        emails: e-mail addresses, of people too.
    """

    people: tuple[ContactPerson, ...] = ()
    phones: tuple[ParsedPhone, ...] = ()
    emails: tuple[str, ...] = ()


def read_contact_cell(text: str) -> ContactCell:
    """Read the people, phone numbers and e-mail addresses of a contact cell.

    Text with neither a number nor an address is a name, however long. Instructions ("Please call
    the intake office at …") are kept whole in the place of a name, so that nothing is lost.
    """
    if len(text) > _LONGEST_CELL:
        return ContactCell(people=(ContactPerson(clean_line(text)),))
    people: list[ContactPerson] = []
    phones: list[ParsedPhone] = []
    emails: list[str] = []
    for block in filter(None, map(str.strip, _PEOPLE_SEPARATORS.split(clean_text(text)))):
        addresses = _emails_in(block)
        numbers = _phones_in(block, addresses)
        name, title = _read_person(block, addresses, numbers)
        if name:
            people.append(ContactPerson(name, title, addresses[0] if addresses else ""))
        name_for_notes = name if len(name) <= _LONGEST_NAME else ""
        phones += [
            replace(number, note=_phone_note(name_for_notes, number.note)) for number in numbers
        ]
        emails += addresses
    return ContactCell(tuple(people), tuple(phones), tuple(dict.fromkeys(emails)))


def _phone_note(name: str, note: str) -> str:
    choice = _CHOICE.search(note)
    return ", ".join(filter(None, (name, choice.group() if choice else "")))


def _emails_in(block: str) -> list[str]:
    found = (match.strip(".'\"[]") for match in _EMAIL_LIKE.findall(block))
    return [address for address in found if is_email(address)]


def _phones_in(block: str, emails: Iterable[str]) -> list[ParsedPhone]:
    for address in emails:
        block = block.replace(address, "\n")
    return [phone for phone in parse_phones(block) if phone.tel]


def _read_person(block: str, emails: list[str], phones: list[ParsedPhone]) -> tuple[str, str]:
    """Return the name and title of a person in a contact cell; ("", "") if it names nobody."""
    line = clean_line(block)
    if not emails and not phones:
        return line, ""
    rest = "\n".join(map(clean_line, block.split("\n")))
    for contact_detail in (*emails, *(phone.number for phone in phones)):
        rest = rest.replace(contact_detail, "\n")
    parts = [_without_labels(part) for part in _PART_SEPARATORS.split(_EXTENSION.sub("\n", rest))]
    parts = [part for part in parts if part]
    if not parts:
        return "", ""
    first, *others = parts
    is_instruction = first.casefold().split()[0] in _INSTRUCTIONS or len(first) > _LONGEST_NAME
    return (line, "") if is_instruction else (first, ", ".join(others))


def _without_labels(part: str) -> str:
    """Strip labels such as "at" or "Phone #:" from the end of a part of a contact cell."""
    words = part.split()
    while words and set(re.findall(r"[^\W\d_]+", fold_words(words[-1]))) <= _LABEL_WORDS:
        words.pop()
    left = " ".join(words).strip(" .:-\u2013\u2014[]")
    return left if left.count("(") == left.count(")") else left.replace("(", "").replace(")", "")
