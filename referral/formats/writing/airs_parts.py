"""Parts of AIRS XML 3.1 elements: phones, addresses, hours, terms, areas, texts."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import groupby
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from referral.fields.urls_and_emails import is_email, to_uri
from referral.formats.reading.taxonomy_terms import CODE_TAXONOMIES, taxonomy_of_code
from referral.formats.writing.nested import Nested
from referral.formats.writing.readable_rows import schedule_in_words
from referral.records.directory import Schedule

Values = dict[str, str]
_DAYS = (
    ("SU", "Sunday"), ("MO", "Monday"), ("TU", "Tuesday"), ("WE", "Wednesday"),
    ("TH", "Thursday"), ("FR", "Friday"), ("SA", "Saturday"),
)  # fmt: skip
_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TOLL_FREE = re.compile(r"\+18(?:00|33|44|55|66|77|88)")
_PHONE_TYPES = {"voice": "Voice", "fax": "Fax", "tty": "TTY/TDD", "text": "Text", "cell": "Cell"}
# What the schema takes: shorter ends of host names than there are.
_EMAIL = re.compile(r"[^@\s]+@(?:[\w-]+\.)*\w{1,63}\.[a-zA-Z]{2,6}\Z")
# Some readers keep keys in 64 bits, and libxml2 refuses integers of more than 24 digits.
_KEYS = 10**18


def key_of(record_id: str) -> str:
    """The number by which a file calls a record: the same each time, of at most 18 digits."""
    digest = sha256(record_id.encode()).digest()
    return str(int.from_bytes(digest[:16], "big") % _KEYS)


def parts_of(nested: Nested | None, kind: str) -> Sequence[Nested]:
    """The parts of a kind; none of nothing."""
    return nested.parts.get(kind, ()) if nested else ()


def add(parent: Element, tag: str, text: str = "", *, always: bool = False) -> Element:
    """Add an element with a text; without one only when it is wanted ``always``."""
    text = _NOT_IN_XML.sub("", text)
    if not text and not always:
        return Element(tag)
    found = SubElement(parent, tag)
    found.text = text or None
    return found


def add_phone(parent: Element, phone: Any) -> None:
    """A phone that has a number."""
    if not phone.number:
        return
    found = add(parent, "Phone", always=True)
    found.set("TollFree", "true" if _TOLL_FREE.match(phone.tel) else "false")
    found.set("Confidential", "false")
    add(found, "PhoneNumber", phone.number)
    add(found, "Extension", phone.extension)
    add(found, "Description", phone.description)
    add(found, "Type", _PHONE_TYPES.get(phone.type, phone.type))


def add_web(parent: Element, tag: str, text: str, label: str = "") -> None:
    """A web address, with a note of what is there; what is none is a note."""
    if not text:
        return
    found, uri = add(parent, tag, always=True), to_uri(text)
    address, note = ("Address", "Note") if tag == "URL" else ("URL", "Description")
    add(found, address if uri else note, uri or text)
    if uri:
        add(found, note, label)


def add_email(parent: Element, text: str, tag: str = "Email") -> None:
    """An e-mail address, as a link where there is no element for it; what is none is a note."""
    if not text:
        return
    if tag == "Email" and is_email(text) and _EMAIL.match(text):
        add(add(parent, "Email", always=True), "Address", text)
    elif tag == "Email":
        add(add(parent, "Email", always=True), "Note", text)
    elif is_email(text):
        add(add(parent, tag, always=True), "URL", f"mailto:{text}")
    else:
        add(add(parent, tag, always=True), "Description", text)


def add_contact(parent: Element, nested: Nested) -> None:
    """A person, with phones."""
    contact: Any = nested.record
    found = add(parent, "Contact", always=True)
    found.set("Type", "Contact")
    add(found, "Title", ", ".join(filter(None, (contact.title, contact.department))))
    add(found, "Name", contact.name)
    add_email(found, contact.email)
    for phone in parts_of(nested, "phone"):
        add_phone(found, phone.record)


def add_address(parent: Element, tag: str, address: Any) -> None:
    """An address that may be told."""
    found = add(parent, tag, always=True)
    found.set("Confidential", "false")
    for name, value in (
        ("PreAddressLine", address.attention), ("Line1", address.address_1),
        ("Line2", address.address_2), ("City", address.city), ("County", address.region),
        ("State", address.state_province), ("ZipCode", address.postal_code),
        ("Country", address.country),
    ):  # fmt: skip
        add(found, name, value)


def add_hours(parent: Element, schedules: Iterable[Nested]) -> None:
    """Hours by weekday; a schedule with dates, or of another rule, in words."""
    for part in schedules:
        schedule: Any = part.record
        days = _days(schedule)
        said = (schedule.description, schedule.notes, schedule.attending_type)
        text = "\n".join(filter(None, said)) if days else schedule_in_words(schedule)
        if not days and not text:
            continue
        found = add(parent, "TimeOpen", always=True)
        for code, name in _DAYS:
            if code in days:
                day = add(found, name, always=True)
                add(day, "From", f"{schedule.opens_at}:00")
                add(day, "To", f"{schedule.closes_at}:00")
        add(found, "Notes", text)


def _days(schedule: Schedule) -> frozenset[str]:
    """The weekdays of a schedule that says weekdays and times, and nothing else."""
    more = (
        schedule.closed, schedule.valid_from, schedule.valid_to, schedule.until, schedule.count,
        schedule.bymonthday, schedule.byweekno, schedule.byyearday, (schedule.interval or 1) > 1,
    )  # fmt: skip
    days = frozenset(schedule.byday.split(","))
    is_plain = schedule.freq == "WEEKLY" and schedule.opens_at and schedule.closes_at
    return days if is_plain and not any(more) and days <= dict(_DAYS).keys() else frozenset()


def add_terms(parent: Element, attributes: Iterable[Nested]) -> None:
    """The codes of a service: those that stand for one meaning together in one element."""
    found = [pair for part in attributes for pair in _codes(part)]
    for linked, group in groupby(found, key=lambda each: each[0] if " * " in each[0] else ""):
        if linked:
            element = add(parent, "Taxonomy", always=True)
            for _, code in group:
                add(element, "Code", code)
        else:
            for _, code in group:
                add(add(parent, "Taxonomy", always=True), "Code", code)
    if not found:
        add(parent, "Taxonomy", always=True)  # required


def _codes(attribute: Nested) -> Iterator[tuple[str, str]]:
    """The value of an attribute and the code of its term, where that is one."""
    record: Any = attribute.record
    terms: list[Any] = [part.record for part in parts_of(attribute, "taxonomy_term")]
    yield from ((record.value, term.code) for term in terms if _is_code(term))


def _is_code(term: Any) -> bool:
    """Whether a term is of the 2-1-1 taxonomy, or of a list that came as such a file."""
    is_of_list = term.taxonomy in CODE_TAXONOMIES.values()
    return bool(term.code) and (is_of_list or taxonomy_of_code(term.code) is not None)


def add_languages(parent: Element, languages: Iterable[Nested]) -> None:
    """The languages that are spoken."""
    for part in languages:
        language: Any = part.record
        found = add(parent, "Languages", always=True)
        add(found, "Name", language.name or language.code)
        add(found, "Notes", language.note)


def add_area(parent: Element, area: Any) -> None:
    """An area that is served; one in words stands as a description."""
    codes = [code for code in area.area_codes.split("|") if code]
    names = _area_names(area.area_kind, codes)
    found = add(parent, "GeographicAreaServed", always=True)
    for tag, name in names:
        add(found, tag, name)
    if not names:
        add(found, "CensusTrack", always=True)  # one of these is required before a description
    said = [area.description if names else (area.description or area.name)]
    add(found, "Description", "\n".join(filter(None, said)))


def _area_names(kind: str, codes: Sequence[str]) -> list[tuple[str, str]]:
    if kind == "zip":
        return [("ZipCode", code) for code in codes]
    if kind in {"city", "county"} and codes:
        tag = "City" if kind == "city" else "County"
        pairs = [code.partition(", ") for code in codes]
        states = dict.fromkeys(state for _, _, state in pairs if state)
        return [*((tag, name) for name, _, _ in pairs), *(("State", state) for state in states)]
    if kind == "state":
        return [("State", code) for code in codes]
    return [("Country", "United States")] if kind == "nation" and codes == ["US"] else []


def described(service: Any, link: Any) -> str:
    """The description, and what AIRS has no field for."""
    lines = (
        ("", service.description),
        ("Notice", service.alert),
        ("Also called", service.alternate_name),
        ("Here", link.description if link else ""),
    )
    return "\n".join(f"{label}: {text}" if label else text for label, text in lines if text)


def add_steps(parent: Element, service: Any) -> None:
    """How to get it."""
    for step, text in (
        ("All Steps", service.application_process),
        ("Waiting time", service.wait_time),
        ("Interpretation", service.interpretation_services),
    ):
        if text:
            found = add(parent, "ApplicationProcess", always=True)
            add(found, "Step", step)
            add(found, "Description", text)


def add_fees(parent: Element, service: Any, costs: Iterable[Nested]) -> None:
    """What it costs."""
    lines = [service.fees_description]
    for part in costs:
        cost: Any = part.record
        amount = f"{cost.amount:g} {cost.currency}".strip() if cost.amount is not None else ""
        said = ", ".join(filter(None, (amount, cost.amount_description)))
        if said or not service.fees_description:  # "free" alone repeats it
            lines.append(": ".join(filter(None, (cost.option, said))))
    add(parent, "FeeStructure", "\n".join(dict.fromkeys(filter(None, lines))))


def add_ages(parent: Element, service: Any) -> None:
    """The ages, in whole years: no narrower than they are."""
    ages = {}
    if service.minimum_age is not None:
        ages["MinimumAge"] = str(max(0, math.floor(service.minimum_age)))
    if service.maximum_age is not None:
        ages["MaximumAge"] = str(max(0, math.ceil(service.maximum_age)))
    if ages:
        found = add(parent, "AgeRequirements", always=True)
        for name, age in ages.items():
            found.set(name, age)
