"""Parts of agencies, sites and services in AIRS XML: phones, contacts, addresses, hours, areas."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from referral.fields.phones import phone_type, split_extension
from referral.fields.places.gazetteer import state_code
from referral.fields.places.lookup import zip5
from referral.fields.text import clean_line, clean_text
from referral.fields.weekdays import WEEKDAYS
from referral.formats.airs.element_reader import (
    ElementReader,
    digest_key,
    email_address,
    more_web_addresses,
)
from referral.formats.airs.xml import Element
from referral.formats.files.tables import Row
from referral.formats.reading.addresses import complete_address
from referral.formats.reading.areas import area_of, area_values, areas_in_text
from referral.formats.reading.cells import Unreadable, read_cell
from referral.formats.reading.derived_fields import (
    EXTENSION_ASIDE,
    EXTENSION_SHOWN,
    complete_language,
    complete_phone,
    schedules_in,
)
from referral.formats.reading.items import Item
from referral.formats.reading.protection_flags import flag_visibility
from referral.formats.reading.row_reader import RecordBuilder, RowReader, Values
from referral.message import message
from referral.records.secret_places import is_secret_street
from referral.records.visibility import Visibility

_NUMBERED_PHONE = re.compile(r"(?:phone|telephone|custom)?\s*\d*\Z", re.IGNORECASE)
_TYPE_WORDS = frozenset({"voice", "fax", "tty", "tdd", "tty/tdd", "text", "sms", "cell", "phone"})
_PLACEHOLDERS = frozenset({"unknown", "tbd", "n/a", "none"})
_COUNTY_WORDS = (" county", " parish", " borough", " census area", " municipality", " counties")
_UNITED_STATES = frozenset(
    {"us", "usa", "u.s.", "u.s.a.", "united states", "united states of america"}
)
_XML_TIME = re.compile(r"(\d{1,2}:\d\d)(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?\Z")
_TIMES_UNREAD = message("These times are not in a form that can be read. They were kept aside.")
_LATER_WORDS = re.compile(
    r"\b(?:local|anexo|poste|interno)\b[\s.:#]*\d{1,7}(?:,? (?:or |and )?\d{1,7})*", re.IGNORECASE
)
_ADDRESS_TYPES: Mapping[str, str] = {
    "PhysicalAddress": "physical",
    "MailingAddress": "postal",
    "OtherAddress": "physical",
}


def phone_items(
    builder: RecordBuilder, element: Element, parents: Values, owner: str
) -> Iterator[Item]:
    """Yield the phones of an AIRS element; a phone without a number is put aside."""
    seen: set[str] = set()
    for child in element.all("Phone"):
        if not child.peek("PhoneNumber"):
            child.is_used = not child.peek("ReasonWithheld")
            continue
        child.is_used = True
        reader = _read_phone(child)
        reader.values.update(parents)
        key = digest_key(owner, "phone", _key_values(child, reader.values))
        if key in seen:
            key = digest_key(owner, "phone", reader.values)
        if key not in seen:
            seen.add(key)
            yield from reader.items(builder, key)


def _key_values(element: Element, values: Values) -> Values:
    """Return the values that make up the key of an AIRS phone, without words for "extension".

    Early releases did not read these words: phones of earlier imports keep their keys.
    """
    if _LATER_WORDS.search(element.peek("Extension")):
        return {**values, "extension": ""}
    words = _LATER_WORDS.search(element.peek("PhoneNumber"))
    if words is None:
        return values
    return {**values, "extension": "", "description": values["description"] or words.group()}


def _read_phone(element: Element) -> ElementReader:
    reader = ElementReader(element, "phone")
    reader.put_text("number", "PhoneNumber")
    reader.apply_flags()
    is_toll_free = element.attribute("TollFree").casefold() in {"true", "1", "yes"}
    kind = clean_line(element.take("Type"))
    words = [clean_line(element.take("Description")), clean_line(element.take("Function"))]
    if kind.casefold() not in _TYPE_WORDS and not _NUMBERED_PHONE.match(kind):
        words.insert(0, kind)
    if is_toll_free and not any("toll" in word.casefold() for word in words):
        words.append("Toll free")
    description = ". ".join(dict.fromkeys(word.rstrip(". ") for word in words if word))
    reader.values["description"] = description
    reader.values["type"] = phone_type(kind) if kind else "voice"
    extension_text, extension = "", element.peek("Extension")
    if extension:
        reader.values["extension"], extension_text = split_extension(extension)
        if extension_text or reader.values["extension"]:
            element.take("Extension")
        if extension_text or not reader.values["extension"]:
            detail = EXTENSION_SHOWN if extension_text else EXTENSION_ASIDE
            reader.warn("extension-not-understood", detail, "Extension")
    complete_phone(reader, reader.values)
    if extension_text:
        reader.values["description"] = "; ".join(filter(None, (description, extension_text)))
    return reader


def contact_items(
    builder: RecordBuilder,
    element: Element,
    parents: Values,
    owner: str,
    visibility: Visibility = Visibility.PUBLIC,
) -> Iterator[Item]:
    """Yield the contacts of an AIRS element with their phones."""
    seen: set[str] = set()
    for child in element.all("Contact"):
        reader = ElementReader(child, "contact")
        reader.put_text("name", "Name")
        reader.put_text("title", "Title")
        reader.put("email", "Email", email_address(child))
        reader.apply_flags()
        reader.restrict_visibility(visibility, element.tag)
        key = digest_key(owner, "contact", {**reader.values, "type": child.attribute("Type")})
        child.used_attributes.discard(child.attribute_name("Type"))
        phones = list(phone_items(builder, child, {"contact_id": key}, key))
        child.is_used = bool(phones or reader.values.keys() & {"name", "title", "email"})
        if child.is_used and key not in seen:
            seen.add(key)
            reader.values.update(parents)
            yield from phones
            yield from reader.items(builder, key)


def url_items(
    builder: RecordBuilder, element: Element, parents: Values, owner: str
) -> Iterator[Item]:
    """Yield a URL record for each web address of an AIRS element after the first."""
    seen: set[str] = set()
    for child, address in more_web_addresses(element):
        reader = ElementReader(child, "url")
        reader.put("url", f"{child.tag}/Address", address)
        reader.put("label", f"{child.tag}/Note", child.peek("Note") or child.peek("Description"))
        reader.apply_flags()
        child.is_used = True
        key = digest_key(owner, "url", reader.values)
        if key not in seen:
            seen.add(key)
            reader.values.update(parents)
            yield from reader.items(builder, key)


def funding_items(
    builder: RecordBuilder, element: Element, parents: Values, owner: str
) -> Iterator[Item]:
    """Yield the sources of funds of an AIRS element, for staff only."""
    for text in element.takes("SourceOfFunds"):
        funding: Values = {"funding_source": clean_line(text)}
        reader = RowReader(Row(element.file, element.line, {}), {})
        key = digest_key(owner, "funding", funding)
        values = {**funding, **parents, "visibility": Visibility.STAFF}
        yield from builder.items("funding", key, reader, values, is_main=False)


def is_confidential_place(site: Element, secret_streets: set[str]) -> bool:
    """Return whether the location of an AIRS site is confidential."""
    for address in (*site.all("PhysicalAddress"), *site.all("OtherAddress")):
        if address.peek("ReasonWithheld") and not address.peek("Line1"):
            if address.tag.casefold() == "physicaladdress":
                return True
        elif has_confidential_flag(address) and address.tag.casefold() == "physicaladdress":
            return True
        if street_of(address) in secret_streets - {""}:
            return True
    return any(
        is_secret_street(text)
        for element in site.all("NoPhysicalAddress")
        for text in (element.peek("Explanation"), element.peek("Description"))
    )


def has_confidential_flag(address: Element) -> bool:
    """Return whether an address element of AIRS XML is flagged as confidential."""
    value = address.attributes.get(address.attribute_name("Confidential"), "")
    return flag_visibility("Confidential", value).visibility is not Visibility.PUBLIC


def street_of(address: Element) -> str:
    """Return an AIRS address's street, city and ZIP code for comparison, "" without a street."""
    street = clean_line(address.peek("Line1")).casefold()
    parts = (street, clean_line(address.peek("City")).casefold(), address.peek("ZipCode")[:5])
    return "|".join(parts) if street else ""


def address_items(
    builder: RecordBuilder, site: Element, key: str, secret_streets: set[str]
) -> Iterator[Item]:
    """Yield the addresses of an AIRS site; an address without any text is put aside."""
    for tag, address_type in _ADDRESS_TYPES.items():
        for number, child in enumerate(site.all(tag)):
            reader = _read_address(child, address_type)
            if not reader.values.keys() & {"address_1", "city", "postal_code"}:
                child.is_used = not child.peek("ReasonWithheld")
                continue
            child.is_used = True
            if street_of(child) in secret_streets - {""}:
                reader.restrict_visibility(Visibility.WITHHELD, "@Confidential")
            reader.values["location_id"] = key
            yield from reader.items(builder, f"{key}/{tag}/{number}")


def _read_address(element: Element, address_type: str) -> ElementReader:
    reader = ElementReader(element, "address")
    for name, tag in (
        ("attention", "PreAddressLine"),
        ("address_1", "Line1"),
        ("address_2", "Line2"),
        ("region", "County"),
        ("postal_code", "ZipCode"),
    ):
        reader.put_text(name, tag)
    city = element.take("City")
    if city.casefold() not in _PLACEHOLDERS:
        reader.put("city", "City", city)
    reader.put("state_province", "State", element.take("State"))
    country = element.take("Country")
    if country.casefold().startswith("united states"):
        country = "US"
    reader.put("country", "Country", "CA" if country.casefold() == "canada" else country)
    if reader.values.get("address_1", "").casefold() in _PLACEHOLDERS:
        del reader.values["address_1"]
    complete_address(reader.values, address_type)
    reader.apply_flags()
    return reader


def language_items(
    builder: RecordBuilder, element: Element, parents: Values, owner: str
) -> Iterator[Item]:
    """Yield the languages of an AIRS element; one Languages element may name several."""
    seen: set[str] = set()
    for child in element.all("Languages"):
        child.is_used = True
        for name, notes in _iter_languages(child):
            key = f"{owner}/language/{clean_line(name).casefold()}"
            if key in seen or not clean_line(name):
                continue
            seen.add(key)
            reader = ElementReader(child.bare(), "language")
            reader.put("name", "Languages/Name", name)
            reader.put("note", "Languages/Notes", notes)
            complete_language(reader, reader.values)
            reader.values.update(parents)
            yield from reader.items(builder, key)


def _iter_languages(element: Element) -> Iterator[tuple[str, str]]:
    found: list[tuple[str, list[str]]] = []
    for child in element.children:
        tag = child.tag.casefold()
        if tag == "name" and child.text:
            found.append((child.text, []))
        elif found and tag == "notes" and child.text:
            found[-1][1].append(child.text)
        elif found and tag == "timeopen" and child.peek("Notes"):
            found[-1][1].append(child.peek("Notes"))
    yield from ((name, "\n".join(notes)) for name, notes in found)


def hours_items(
    builder: RecordBuilder, element: Element, parents: Values, owner: str
) -> Iterator[Item]:
    """Yield the schedules of an AIRS site or service; ``owner`` begins their keys."""
    for number, child in enumerate(element.all("TimeOpen")):
        reader = ElementReader(child, "schedule")
        parts = list(_schedule_parts(reader))
        child.is_used = bool(parts) or not child.leftovers()
        if not parts:
            yield from reader.problems
        for index, part in enumerate(parts):
            schedule = reader if index == 0 else ElementReader(child.bare(), "schedule")
            schedule.values = {**part, **parents}
            schedule.headers = {name: _hours_header(name) for name in schedule.values}
            yield from schedule.items(builder, f"{owner}/hours/{number}/{index}")
    for number, season in enumerate(element.all("Seasonal")):
        reader = ElementReader(season, "schedule")
        days = " - ".join(t for t in (season.take("StartDate"), season.take("EndDate")) if t)
        text = ": ".join(t for t in (clean_text(season.take("Description")), days) if t)
        season.is_used = True
        if text:
            reader.values = {"description": text, **parents}
            reader.headers = {"description": "Seasonal/Description"}
            yield from reader.items(builder, f"{owner}/season/{number}")


def _schedule_parts(reader: ElementReader) -> Iterator[Values]:
    """Yield the values of the schedules of a TimeOpen element.

    Its notes are parsed if it has no times.
    """
    spans, unread = _days_by_times(reader)
    notes = clean_text(reader.element.take("Notes"))
    if not spans and notes:
        parsed_notes = [{"notes": "", **part} for part in schedules_in(notes)]
        yield from parsed_notes or [{"description": notes}]
        return
    for index, ((opens_at, closes_at), days) in enumerate(spans.items()):
        yield {
            "freq": "WEEKLY",
            "byday": ",".join(days),
            "opens_at": opens_at,
            "closes_at": closes_at,
            "notes": "" if index else notes,
        }
    if unread:
        yield {"freq": "WEEKLY", "byday": ",".join(dict.fromkeys(unread))}


def _days_by_times(reader: ElementReader) -> tuple[dict[tuple[str, str], list[str]], list[str]]:
    """Return a mapping from opening and closing time to the weekdays of a TimeOpen element.

    The weekdays whose times cannot be read are returned as well.
    """
    spans: dict[tuple[str, str], list[str]] = defaultdict(list)
    unread: list[str] = []
    for day, name in WEEKDAYS.items():
        for day_element in reader.element.all(name):
            opens_at, closes_at = (
                _parse_time(day_element.peek("From")),
                _parse_time(day_element.peek("To")),
            )
            if opens_at and closes_at:
                day_element.is_used = True
                if day not in spans[opens_at, closes_at]:
                    spans[opens_at, closes_at].append(day)
            elif day_element.peek("From") or day_element.peek("To"):
                reader.warn("hours-not-understood", _TIMES_UNREAD, f"TimeOpen/{name}")
                unread.append(day)
    return spans, unread


def _parse_time(text: str) -> str:
    match = _XML_TIME.match(text)
    plain = match.group(1) if match else text
    if not plain:
        return ""
    value = read_cell("schedule", "opens_at", "00:00" if plain == "24:00" else plain)
    return "" if isinstance(value, Unreadable) else str(value)


def _hours_header(name: str) -> str:
    return "TimeOpen/Notes" if name in {"description", "notes"} else "TimeOpen"


def area_items(
    builder: RecordBuilder, element: Element, parents: Values, owner: str, state: str
) -> Iterator[Item]:
    """Yield the areas that an AIRS service serves.

    ``state`` completes towns that are named without their state.
    """
    seen: set[str] = set()
    for child in element.all("GeographicAreaServed"):
        areas = list(_named_areas(child, state))
        description = child.take("Description")
        described_areas = list(areas_in_text(description, state)) if description else []
        if areas and description:
            areas[0]["description"] = clean_text(description)
        is_first = True
        for area in areas or described_areas:
            key = f"{owner}/area/{area['area_kind']}/{area['name'].casefold()}"
            if key in seen:
                continue
            seen.add(key)
            reader = ElementReader(child if is_first else child.bare(), "service_area")
            is_first = False
            reader.values = {**area, **parents}
            reader.headers = dict.fromkeys(area, "GeographicAreaServed")
            yield from reader.items(builder, key)
        child.is_used = not is_first or not child.leftovers()


def _named_areas(element: Element, default_state: str) -> Iterator[Values]:
    """Yield the areas served that one AIRS GeographicAreaServed element names.

    ZIP codes, cities and counties are all areas; a state or country only locates them, and is an
    area itself only if it is given alone. Without a state, ``default_state`` is used.
    """
    zips, cities, counties, states, countries = (
        element.takes(tag) for tag in ("ZipCode", "City", "County", "State", "Country")
    )
    state = state_code(states[0]) if len(states) == 1 else ""
    if not states and all(
        clean_line(country).casefold() in _UNITED_STATES for country in countries
    ):
        state = default_state
    codes = list(dict.fromkeys(zip5(code) for code in zips if zip5(code)))
    if codes:
        yield area_values("zip", ", ".join(codes), "|".join(codes))
    counties_and_cities = [
        *(_county_area(name, state) for name in counties),
        *(_city_area(c, state, states) for c in cities),
    ]
    yield from counties_and_cities
    if counties_and_cities or codes:
        return
    if states:
        for name in states:
            code = state_code(name)
            yield (
                area_values("state", clean_line(name), code)
                if code
                else _area_in_words(name, *countries[:1])
            )
        return
    for name in countries:
        is_us = clean_line(name).casefold() in _UNITED_STATES
        yield area_values("nation", "United States", "US") if is_us else _area_in_words(name)


def _area_in_words(*parts: str) -> Values:
    return area_values("text", ", ".join(clean_line(part) for part in parts if part), "")


def _county_area(name: str, state: str) -> Values:
    line = clean_line(name)
    if not line.casefold().endswith(_COUNTY_WORDS):
        line = f"{line.title() if line.isupper() else line} County"
    kind, codes = area_of(line, state)
    return area_values(kind, f"{line}, {state}" if state else line, codes)


def _city_area(name: str, state: str, states: Sequence[str]) -> Values:
    line = clean_line(name)
    if not state:
        return _area_in_words(line, *states) if len(states) == 1 else _area_in_words(line)
    return area_values("city", f"{line}, {state}", f"{line}, {state}")
