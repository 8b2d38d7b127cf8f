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

_NUMBERED = re.compile(r"(?:phone|telephone|custom)?\s*\d*\Z", re.IGNORECASE)
_TYPE_WORDS = frozenset({"voice", "fax", "tty", "tdd", "tty/tdd", "text", "sms", "cell", "phone"})
_UNKNOWN = frozenset({"unknown", "tbd", "n/a", "none"})
_COUNTY_WORDS = (" county", " parish", " borough", " census area", " municipality", " counties")
_US = frozenset({"us", "usa", "u.s.", "u.s.a.", "united states", "united states of america"})
_XML_TIME = re.compile(r"(\d{1,2}:\d\d)(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?\Z")
_TIMES_UNREAD = message("These times are not in a form that can be read. They were kept aside.")


def phone_items(
    builder: RecordBuilder, element: Element, parents: Values, owner: str
) -> Iterator[Item]:
    """Yield the phones of an element; a phone without a number is put aside."""
    seen: set[str] = set()
    for given in element.all("Phone"):
        if not given.peek("PhoneNumber"):
            given.used = not given.peek("ReasonWithheld")
            continue
        given.used = True
        reading = _phone(given)
        reading.values.update(parents)
        key = digest_key(owner, "phone", _key_values(given, reading.values))
        if key in seen:
            key = digest_key(owner, "phone", reading.values)
        if key not in seen:
            seen.add(key)
            yield from reading.items(builder, key)


_LATER_WORDS = re.compile(
    r"\b(?:local|anexo|poste|interno)\b[\s.:#]*\d{1,7}(?:,? (?:or |and )?\d{1,7})*", re.IGNORECASE
)


def _key_values(given: Element, values: Values) -> Values:
    """Return the values that make up the key of a phone, as releases before words for "extension".

    So the phones of lists that were brought in before keep their keys.
    """
    if _LATER_WORDS.search(given.peek("Extension")):
        return {**values, "extension": ""}
    words = _LATER_WORDS.search(given.peek("PhoneNumber"))
    if words is None:
        return values
    return {**values, "extension": "", "description": values["description"] or words.group()}


def _phone(given: Element) -> ElementReader:
    reading = ElementReader(given, "phone")
    reading.put_text("number", "PhoneNumber")
    reading.apply_flags()
    toll_free = given.attribute("TollFree").casefold() in {"true", "1", "yes"}
    kind = clean_line(given.take("Type"))
    words = [clean_line(given.take("Description")), clean_line(given.take("Function"))]
    if kind.casefold() not in _TYPE_WORDS and not _NUMBERED.match(kind):
        words.insert(0, kind)
    if toll_free and not any("toll" in word.casefold() for word in words):
        words.append("Toll free")
    told = ". ".join(dict.fromkeys(word.rstrip(". ") for word in words if word))
    reading.values["description"] = told
    reading.values["type"] = phone_type(kind) if kind else "voice"
    more, extension = "", given.peek("Extension")
    if extension:
        reading.values["extension"], more = split_extension(extension)
        if more or reading.values["extension"]:
            given.take("Extension")
        if more or not reading.values["extension"]:
            said = EXTENSION_SHOWN if more else EXTENSION_ASIDE
            reading.warn("extension-not-understood", said, "Extension")
    complete_phone(reading, reading.values)
    if more:
        reading.values["description"] = "; ".join(filter(None, (told, more)))
    return reading


def contact_items(
    builder: RecordBuilder,
    element: Element,
    parents: Values,
    owner: str,
    visibility: Visibility = Visibility.PUBLIC,
) -> Iterator[Item]:
    """Yield the contacts of an element with their phones."""
    seen: set[str] = set()
    for given in element.all("Contact"):
        reading = ElementReader(given, "contact")
        reading.put_text("name", "Name")
        reading.put_text("title", "Title")
        reading.put("email", "Email", email_address(given))
        reading.apply_flags()
        reading.restrict_visibility(visibility, element.tag)
        key = digest_key(owner, "contact", {**reading.values, "type": given.attribute("Type")})
        given.used_attributes.discard(given.attribute_name("Type"))
        phones = list(phone_items(builder, given, {"contact_id": key}, key))
        given.used = bool(phones or reading.values.keys() & {"name", "title", "email"})
        if given.used and key not in seen:
            seen.add(key)
            reading.values.update(parents)
            yield from phones
            yield from reading.items(builder, key)


def url_items(
    builder: RecordBuilder, element: Element, parents: Values, owner: str
) -> Iterator[Item]:
    """Yield a URL record for each web address of an element after the first."""
    seen: set[str] = set()
    for given, address in more_web_addresses(element):
        reading = ElementReader(given, "url")
        reading.put("url", f"{given.tag}/Address", address)
        reading.put("label", f"{given.tag}/Note", given.peek("Note") or given.peek("Description"))
        reading.apply_flags()
        given.used = True
        key = digest_key(owner, "url", reading.values)
        if key not in seen:
            seen.add(key)
            reading.values.update(parents)
            yield from reading.items(builder, key)


def funding_items(
    builder: RecordBuilder, element: Element, parents: Values, owner: str
) -> Iterator[Item]:
    """Yield the sources of funds of an element, for staff only."""
    for text in element.takes("SourceOfFunds"):
        said: Values = {"funding_source": clean_line(text)}
        reader = RowReader(Row(element.file, element.line, {}), {})
        key = digest_key(owner, "funding", said)
        values = {**said, **parents, "visibility": Visibility.STAFF}
        yield from builder.items("funding", key, reader, values, main=False)


def is_confidential_place(site: Element, secret_streets: set[str]) -> bool:
    """Return whether the location of a site is confidential."""
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
        for none in site.all("NoPhysicalAddress")
        for text in (none.peek("Explanation"), none.peek("Description"))
    )


def has_confidential_flag(address: Element) -> bool:
    """Return whether an address element is flagged as confidential."""
    value = address.attributes.get(address.attribute_name("Confidential"), "")
    return flag_visibility("Confidential", value)[0] is not Visibility.PUBLIC


def street_of(address: Element) -> str:
    """Return the street, city and ZIP code of an address for comparison, "" without a street."""
    street = clean_line(address.peek("Line1")).casefold()
    parts = (street, clean_line(address.peek("City")).casefold(), address.peek("ZipCode")[:5])
    return "|".join(parts) if street else ""


_ADDRESS_TYPES: Mapping[str, str] = {
    "PhysicalAddress": "physical",
    "MailingAddress": "postal",
    "OtherAddress": "physical",
}


def address_items(
    builder: RecordBuilder, site: Element, key: str, secret_streets: set[str]
) -> Iterator[Item]:
    """Yield the addresses of a site; one without any text is put aside."""
    for tag, address_type in _ADDRESS_TYPES.items():
        for number, given in enumerate(site.all(tag)):
            reading = _address(given, address_type)
            if not reading.values.keys() & {"address_1", "city", "postal_code"}:
                given.used = not given.peek("ReasonWithheld")
                continue
            given.used = True
            if street_of(given) in secret_streets - {""}:
                reading.restrict_visibility(Visibility.WITHHELD, "@Confidential")
            reading.values["location_id"] = key
            yield from reading.items(builder, f"{key}/{tag}/{number}")


def _address(given: Element, address_type: str) -> ElementReader:
    reading = ElementReader(given, "address")
    for name, tag in (
        ("attention", "PreAddressLine"),
        ("address_1", "Line1"),
        ("address_2", "Line2"),
        ("region", "County"),
        ("postal_code", "ZipCode"),
    ):
        reading.put_text(name, tag)
    city = given.take("City")
    if city.casefold() not in _UNKNOWN:
        reading.put("city", "City", city)
    reading.put("state_province", "State", given.take("State"))
    country = given.take("Country")
    if country.casefold().startswith("united states"):
        country = "US"
    reading.put("country", "Country", "CA" if country.casefold() == "canada" else country)
    if reading.values.get("address_1", "").casefold() in _UNKNOWN:
        del reading.values["address_1"]
    complete_address(reading.values, address_type)
    reading.apply_flags()
    return reading


def language_items(
    builder: RecordBuilder, element: Element, parents: Values, owner: str
) -> Iterator[Item]:
    """Yield the languages of an element; one Languages element may name several."""
    seen: set[str] = set()
    for given in element.all("Languages"):
        given.used = True
        for name, notes in _languages(given):
            key = f"{owner}/language/{clean_line(name).casefold()}"
            if key in seen or not clean_line(name):
                continue
            seen.add(key)
            reading = ElementReader(given.bare(), "language")
            reading.put("name", "Languages/Name", name)
            reading.put("note", "Languages/Notes", notes)
            complete_language(reading, reading.values)
            reading.values.update(parents)
            yield from reading.items(builder, key)


def _languages(given: Element) -> Iterator[tuple[str, str]]:
    found: list[tuple[str, list[str]]] = []
    for child in given.children:
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
    """Yield the schedules of a site or service; ``owner`` begins their keys."""
    for number, given in enumerate(element.all("TimeOpen")):
        reading = ElementReader(given, "schedule")
        parts = list(_schedule_parts(reading))
        given.used = bool(parts) or not given.leftovers()
        if not parts:
            yield from reading.problems
        for at, part in enumerate(parts):
            each = reading if at == 0 else ElementReader(given.bare(), "schedule")
            each.values = {**part, **parents}
            each.headers = {name: _hours_header(name) for name in each.values}
            yield from each.items(builder, f"{owner}/hours/{number}/{at}")
    for number, season in enumerate(element.all("Seasonal")):
        reading = ElementReader(season, "schedule")
        days = " - ".join(t for t in (season.take("StartDate"), season.take("EndDate")) if t)
        text = ": ".join(t for t in (clean_text(season.take("Description")), days) if t)
        season.used = True
        if text:
            reading.values = {"description": text, **parents}
            reading.headers = {"description": "Seasonal/Description"}
            yield from reading.items(builder, f"{owner}/season/{number}")


def _schedule_parts(reading: ElementReader) -> Iterator[Values]:
    """Yield the values of the schedules of a TimeOpen; its notes are parsed if it has no times."""
    spans, unread = _days_by_times(reading)
    notes = clean_text(reading.element.take("Notes"))
    if not spans and notes:
        spoken = [{"notes": "", **part} for part in schedules_in(notes)]
        yield from spoken or [{"description": notes}]
        return
    for at, ((opens_at, closes_at), days) in enumerate(spans.items()):
        yield {
            "freq": "WEEKLY",
            "byday": ",".join(days),
            "opens_at": opens_at,
            "closes_at": closes_at,
            "notes": "" if at else notes,
        }
    if unread:
        yield {"freq": "WEEKLY", "byday": ",".join(dict.fromkeys(unread))}


def _days_by_times(reading: ElementReader) -> tuple[dict[tuple[str, str], list[str]], list[str]]:
    """Return (opening, closing) → weekdays, and the weekdays whose times cannot be read."""
    spans: dict[tuple[str, str], list[str]] = defaultdict(list)
    unread: list[str] = []
    for day, name in WEEKDAYS.items():
        for given in reading.element.all(name):
            opens_at, closes_at = _parsed_time(given.peek("From")), _parsed_time(given.peek("To"))
            if opens_at and closes_at:
                given.used = True
                if day not in spans[opens_at, closes_at]:
                    spans[opens_at, closes_at].append(day)
            elif given.peek("From") or given.peek("To"):
                reading.warn("hours-not-understood", _TIMES_UNREAD, f"TimeOpen/{name}")
                unread.append(day)
    return spans, unread


def _parsed_time(text: str) -> str:
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
    """Yield the areas that a service serves; ``state`` completes towns that are named alone."""
    seen: set[str] = set()
    for given in element.all("GeographicAreaServed"):
        areas = list(_named_areas(given, state))
        description = given.take("Description")
        spoken = list(areas_in_text(description, state)) if description else []
        if areas and description:
            areas[0]["description"] = clean_text(description)
        first = True
        for area in areas or spoken:
            key = f"{owner}/area/{area['area_kind']}/{area['name'].casefold()}"
            if key in seen:
                continue
            seen.add(key)
            reading = ElementReader(given if first else given.bare(), "service_area")
            first = False
            reading.values = {**area, **parents}
            reading.headers = dict.fromkeys(area, "GeographicAreaServed")
            yield from reading.items(builder, key)
        given.used = not first or not given.leftovers()


def _named_areas(given: Element, default: str) -> Iterator[Values]:
    """Yield the areas that one GeographicAreaServed element names.

    ZIP codes, cities and counties are all served; a state only says where these are, unless
    none of them is given; so does a country. Where no state is given it is the ``default`` one.
    """
    zips, cities, counties, states, countries = (
        given.takes(tag) for tag in ("ZipCode", "City", "County", "State", "Country")
    )
    state = state_code(states[0]) if len(states) == 1 else ""
    if not states and all(clean_line(country).casefold() in _US for country in countries):
        state = default
    codes = list(dict.fromkeys(zip5(code) for code in zips if zip5(code)))
    if codes:
        yield area_values("zip", ", ".join(codes), "|".join(codes))
    narrow = [
        *(_county_area(name, state) for name in counties),
        *(_city_area(c, state, states) for c in cities),
    ]
    yield from narrow
    if narrow or codes:
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
        is_us = clean_line(name).casefold() in _US
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
