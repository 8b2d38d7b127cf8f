"""AIRS XML 3.0 and 3.1: agencies, their sites, and the services at them.

Genuine exports deviate from the standard's schema, so neither its order nor its required elements
are required here; unknown elements stay with the record around them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from referral.fields.places.gazetteer import state_code
from referral.fields.places.lookup import is_position
from referral.fields.text import clean_line, clean_text
from referral.formats.airs.element_reader import (
    ElementReader,
    alternate_names,
    digest_key,
    email_address,
    is_deleted,
    is_true,
    labeled_lines,
    web_address,
)
from referral.formats.airs.parts import (
    address_items,
    area_items,
    contact_items,
    funding_items,
    has_confidential_flag,
    hours_items,
    is_confidential_place,
    language_items,
    phone_items,
    street_of,
    url_items,
)
from referral.formats.airs.xml import AgencyRow, AgencyRows, Element
from referral.formats.files.tables import Tables
from referral.formats.reading.cells import Unreadable, read_cell
from referral.formats.reading.derived_fields import NO_POINT
from referral.formats.reading.items import Item
from referral.formats.reading.protection_flags import status_visibility
from referral.formats.reading.row_reader import RecordBuilder, Values, content_key
from referral.formats.reading.taxonomy_terms import ListedTerm, ListTerms
from referral.message import Message, message
from referral.records.visibility import Visibility

AGENCIES = "agencies"
_PLACE_GIVEN_TWICE = message(
    "A site with this key came before. Its services were taken; the rest was passed over."
)
_REQUIREMENTS = (
    ("", "GeneralEligibility"),
    ("", "OtherRequirements"),
    ("", "AidRequirements"),
    ("Age", "AgeRequirements"),
    ("Gender", "GenderRequirements"),
    ("Family", "FamilyRequirements"),
    ("Income", "IncomeRequirements"),
    ("Residency", "ResidencyRequirements"),
)
_NOT_ALWAYS_AVAILABLE = "ServiceNotAlwaysAvailable"
_STEP_NUMBER = re.compile(r"(?:all steps?|step \d+|\d+)\Z", re.IGNORECASE)
_NAME_FROM_ELSEWHERE = message("The service has no name of its own. Its place or agency gave one.")


def recognize_airs(tables: Tables) -> Message | None:
    """Return the reason why tables are taken for AIRS XML, None if they are not."""
    table = tables.get(AGENCIES)
    if table is None or not isinstance(table.rows, AgencyRows):
        return None
    about = table.rows.files[0].about
    version = clean_line(about.get("SchemaVersion", ""))[:20].removeprefix("AIRS") or "3"
    vendor = clean_line(about.get("SoftwareVendor", ""))[:60].rstrip(".")
    why = message("It is XML with Source and Agency, as AIRS %(version)s has.", version=version)
    return why.then(message("It was written by %(vendor)s.", vendor=vendor)) if vendor else why


def read_airs(tables: Tables, source: str) -> Iterator[Item]:
    """Yield the records, refusals and problems of an AIRS XML list, agency by agency."""
    builder = RecordBuilder(source)
    services = _ServiceReader(builder, ListTerms(builder))
    for row in tables.rows(AGENCIES):
        if isinstance(row, AgencyRow):
            yield from _AgencyReader(builder, services, row.element).items("")


@dataclass(slots=True)
class _AgencyReader:
    """Reader of one agency of an AIRS XML list, with its sites, services and inner agencies."""

    builder: RecordBuilder
    services: _ServiceReader
    element: Element
    key: str = ""
    name: str = ""
    secret_streets: set[str] = field(default_factory=set)
    shared_services: Counter[str] = field(default_factory=Counter)

    def items(self, parent: str) -> Iterator[Item]:
        """Yield the records and problems of an AIRS agency and of the agencies inside it."""
        element = self.element
        self.name = clean_line(element.peek("Name"))
        self.key = element.take("Key") or content_key({"name": self.name, "parent": parent})
        reader = ElementReader(element, "organization")
        if is_deleted(element) and not self.name:
            reader.apply_flags()
            yield from reader.problems
            return
        self._scan()
        yield from self._parts()
        for inner in element.all("Agency"):
            inner.is_used = True
            yield from _AgencyReader(self.builder, self.services, inner).items(self.key)
        self._fill(reader, parent)
        yield from reader.items(self.builder, self.key)

    def _scan(self) -> None:
        """Note an AIRS agency's confidential streets, and the services that several sites have."""
        for site in (*self.element.all("AgencyLocation"), *self.element.all("Site")):
            for address in site.children:
                if address.tag.casefold().endswith("address") and has_confidential_flag(address):
                    self.secret_streets.add(street_of(address))
            self.shared_services.update(
                {service.peek("Key") for service in site.all("SiteService")}
            )

    def _fill(self, reader: ElementReader, parent: str) -> None:
        element = self.element
        reader.put_text("name", "Name")
        reader.put_text("description", "AgencyDescription")
        reader.put("alternate_name", "AKA/Name", alternate_names(element))
        reader.put("website", "URL/Address", web_address(element))
        reader.put("email", "Email/Address", email_address(element))
        reader.put_text("tax_status", "IRSStatus")
        reader.put_attribute("legal_status", "LegalStatus")
        reader.put_attribute("year_incorporated", "YearInc")
        reader.put_attribute("tax_id", "FEIN")
        if parent:
            reader.values["parent_organization_id"] = parent
        reader.restrict_visibility(status_visibility(element.attribute("Status")), "@Status")
        reader.apply_flags()
        for info in element.all("ResourceInfo"):
            reader.apply_flags(info)

    def _parts(self) -> Iterator[Item]:
        element, owner = self.element, f"agency/{self.key}"
        parents: Values = {"organization_id": self.key}
        yield from phone_items(self.builder, element, parents, owner)
        yield from contact_items(self.builder, element, parents, owner)
        for info in element.all("ResourceInfo"):
            yield from contact_items(
                self.builder, info, parents, f"{owner}/checked", Visibility.STAFF
            )
        yield from url_items(self.builder, element, parents, owner)
        yield from funding_items(self.builder, element, parents, owner)
        yield from self._programs()
        yield from self._places()
        for service in element.all("SiteService"):
            service.is_used = True
            yield from self.services.items(service, self._context())

    def _programs(self) -> Iterator[Item]:
        for group in self.element.all("ServiceGroup"):
            group.is_used = True
            reader = ElementReader(group, "program")
            key = group.take("Key")
            reader.put_text("name", "ProgramName", "Name")
            reader.put_text("alternate_name", "Name")
            if reader.values.get("alternate_name") == reader.values.get("name"):
                reader.values.pop("alternate_name", None)
            reader.values["organization_id"] = self.key
            if key or "name" in reader.values:
                key = key or content_key({**reader.values})
                yield from reader.items(self.builder, key)

    def _places(self) -> Iterator[Item]:
        sites = self.element.all("Site")
        site_keys = {site.peek("Key") for site in sites} - {""}
        site_streets = {street_of(address) for site in sites for address in site.children} - {""}
        for office in self.element.all("AgencyLocation"):
            if _repeats_site(office, site_keys, site_streets):
                for address in office.children:
                    address.is_used = bool(street_of(address))  # the site has this address
                continue
            office.is_used = True
            yield from self._site(office, f"agency/{self.key}")
        for site in sites:
            site.is_used = True
            if _is_group_of_services(site):
                for service in site.all("SiteService"):
                    yield from self.services.items(service, self._context())
                continue
            key = site.take("Key") or f"{self.key}/{content_key({'said': _identity_text(site)})}"
            yield from self._site(site, key)

    def _context(self) -> _ServiceContext:
        status = self.element.attributes.get(self.element.attribute_name("Status"), "")
        infos = self.element.all("ResourceInfo")
        days = [info.attributes.get(info.attribute_name("DateLastVerified"), "") for info in infos]
        return _ServiceContext(
            agency=self.key,
            names=(self.name,),
            status="defunct" if is_deleted(self.element) else status.strip().casefold(),
            verified=next(filter(None, days), ""),
        )

    # ------------------------------------------------------------ places
    def _site(self, element: Element, key: str) -> Iterator[Item]:
        """Yield the location of an AIRS site with its parts, and the services there."""
        is_secret = is_confidential_place(element, self.secret_streets)
        services = element.all("SiteService")
        reader = ElementReader(element, "location")
        if not self.services.is_new_place(key):
            reader.warn("place-told-twice", _PLACE_GIVEN_TWICE, "Key")
            yield reader.problems[0]
            for service in services:
                context = self._site_context(element, key, service, is_secret=is_secret)
                yield from self.services.items(service, context)
            return
        yield from self._site_parts(element, key, self._parents(key, services, is_secret=is_secret))
        yield from address_items(self.builder, element, key, self.secret_streets)
        for service in services:
            service.is_used = True
            yield from self.services.items(
                service, self._site_context(element, key, service, is_secret=is_secret)
            )
        _fill_location(reader, is_secret=is_secret)
        reader.values["organization_id"] = self.key
        yield from reader.items(self.builder, key)

    def _parents(self, key: str, services: list[Element], *, is_secret: bool) -> Values:
        """Return the parent of an AIRS site's phones: the site, or a service or agency instead."""
        if not is_secret:
            return {"location_id": key}
        first = next((service.peek("Key") for service in services if service.peek("Key")), "")
        return {"service_id": first} if first else {"organization_id": self.key}

    def _site_parts(self, element: Element, key: str, parents: Values) -> Iterator[Item]:
        owner, place = f"location/{key}", {"location_id": key}
        yield from phone_items(self.builder, element, parents, owner)
        yield from contact_items(self.builder, element, place, owner)
        yield from hours_items(self.builder, element, place, owner)
        yield from language_items(self.builder, element, place, owner)
        text = element.take("DisabilitiesAccess")
        if text:
            access = ElementReader(element.bare(), "accessibility")
            access.put("description", "DisabilitiesAccess", text)
            access.values["location_id"] = key
            yield from access.items(self.builder, f"{key}/access")

    def _site_context(
        self, site: Element, key: str, service: Element, *, is_secret: bool
    ) -> _ServiceContext:
        context = self._context()
        status = site.attributes.get(site.attribute_name("Status"), "").strip().casefold()
        addresses = (*site.all("PhysicalAddress"), *site.all("MailingAddress"))
        states = [state_code(address.peek("State")) for address in addresses]
        return _ServiceContext(
            agency=self.key,
            site=key,
            names=(clean_line(site.peek("Name")), self.name),
            status=context.status or ("defunct" if is_deleted(site) else status),
            state=next(filter(None, states), ""),
            is_secret=is_secret,
            is_shared=self.shared_services[service.peek("Key")] > 1,
            verified=context.verified,
        )


def _fill_location(reader: ElementReader, *, is_secret: bool) -> None:
    element = reader.element
    reader.put_text("name", "Name")
    words = [
        ("", element.take("SiteDescription")),
        ("", element.take("PhysicalLocationDescription")),
    ]
    streets = ", ".join(element.takes("CrossStreet"))
    reader.put(
        "description", "SiteDescription", labeled_lines([*words, ("Cross streets", streets)])
    )
    reader.put("alternate_name", "AKA/Name", alternate_names(element))
    reader.put("url", "URL/Address", web_address(element))
    reader.put_text("transportation", "BusServiceAccess")
    reader.values["location_type"] = _location_type(element, is_secret=is_secret)
    _take_position(reader)
    reader.restrict_visibility(status_visibility(element.attribute("Status")), "@Status")
    reader.apply_flags()
    if is_secret:
        reader.restrict_visibility(Visibility.WITHHELD, "@Confidential")


def _location_type(element: Element, *, is_secret: bool) -> str:
    if any(street_of(address) for address in element.all("PhysicalAddress")) or is_secret:
        return "physical"
    if any(address.leftovers() for address in element.all("MailingAddress")):
        return "postal"
    return "virtual" if element.all("NoPhysicalAddress") else "physical"


def _take_position(reader: ElementReader) -> None:
    for point in reader.element.all("SpatialLocation"):
        texts = (point.peek("Latitude"), point.peek("Longitude"))
        if not any(texts):
            continue
        try:
            latitude, longitude = (float(text.lstrip("+")) for text in texts)
        except ValueError:
            latitude = longitude = 0.0
        if is_position(latitude, longitude):
            point.is_used = True
            reader.values |= {"latitude": latitude, "longitude": longitude}
            reader.headers |= {"latitude": "SpatialLocation", "longitude": "SpatialLocation"}
            return
        reader.warn("position-impossible", NO_POINT, "SpatialLocation")


def _repeats_site(office: Element, keys: set[str], streets: set[str]) -> bool:
    """Return whether an AIRS AgencyLocation repeats the address of one of the agency's sites."""
    if office.all("SiteService"):
        return False
    office_streets = {street_of(address) for address in office.children} - {""}
    if office_streets:
        return office_streets <= streets
    return not office.peek("Name") or office.peek("Key") in keys


def _is_group_of_services(site: Element) -> bool:
    """Return whether an AIRS Site element only groups services: no address, name or attributes."""
    filled_tags = {child.tag.casefold() for child in site.children if child.text or child.children}
    is_bare = filled_tags <= {"key", "agencykey", "siteservice"} and not site.attributes
    return is_bare and bool(site.all("NoPhysicalAddress"))


def _identity_text(site: Element) -> str:
    """Return the name and streets of an AIRS site, which identify it if it has no key."""
    return "|".join((site.peek("Name"), *map(street_of, site.all("PhysicalAddress"))))


@dataclass(frozen=True, slots=True)
class _ServiceContext:
    """The agency and site that an AIRS service belongs to, and the values that they supply for it.

    Attributes:
        agency: key of the agency.
        site: key of the site, "" if the service is at none.
        names: names for a service without one, the nearest first.
        status: status of the site or agency, for services without one.
        state: two letters, for towns named without their state.
        is_shared: whether the agency gives this service at several sites.
    """

    agency: str
    site: str = ""
    names: tuple[str, ...] = ()
    status: str = ""
    state: str = ""
    is_secret: bool = False
    is_shared: bool = False
    verified: str = ""


@dataclass(slots=True)
class _ServiceReader:
    """Reader of the services of an AIRS list.

    A service repeated at several sites becomes one record.
    """

    builder: RecordBuilder
    terms: ListTerms
    _seen_services: set[str] = field(default_factory=set)
    _seen_links: set[str] = field(default_factory=set)
    _seen_locations: set[str] = field(default_factory=set)

    def is_new_place(self, key: str) -> bool:
        """Return whether the key of an AIRS location was not met before, and record it as met."""
        is_new = key not in self._seen_locations
        self._seen_locations.add(key)
        return is_new

    def items(self, element: Element, context: _ServiceContext) -> Iterator[Item]:
        """Yield an AIRS service with its parts and its link to its site."""
        key = _service_key(element, context)
        is_new = key not in self._seen_services
        if is_new and is_deleted(element) and not element.peek("Name"):
            deleted = ElementReader(element, "service")
            deleted.apply_flags()
            yield from deleted.problems
            return
        self._seen_services.add(key)
        at_site = f"{key}/{context.site}" if context.site else ""
        # Parts of a service at a secret site would be hidden with it, so they go to the service.
        is_for_service = not at_site or not context.is_shared or context.is_secret
        parents: Values = (
            {"service_id": key} if is_for_service else {"service_at_location_id": at_site}
        )
        owner = f"service/{key}" if is_for_service else f"site/{at_site}"
        if is_new or not is_for_service:
            yield from self._parts(element, parents, owner, context)
        if is_new:
            yield from self._details(element, key)
            yield from _read_service(element, context).items(self.builder, key)
        if at_site and at_site not in self._seen_links:
            self._seen_links.add(at_site)
            # Unused texts of a service that was read before stay with its site.
            rest = element.bare() if is_new else element
            reader = ElementReader(rest, "service_at_location")
            reader.values = {"service_id": key, "location_id": context.site}
            reader.headers = {"service_id": "SiteService/Key", "location_id": "Site/Key"}
            reader.apply_flags()
            yield from reader.items(self.builder, at_site)

    def _parts(
        self, element: Element, parents: Values, owner: str, context: _ServiceContext
    ) -> Iterator[Item]:
        yield from phone_items(self.builder, element, parents, owner)
        yield from contact_items(self.builder, element, parents, owner)
        yield from hours_items(self.builder, element, parents, owner)
        yield from area_items(self.builder, element, parents, owner, context.state)

    def _details(self, element: Element, key: str) -> Iterator[Item]:
        yield from language_items(self.builder, element, {"service_id": key}, f"service/{key}")
        yield from url_items(self.builder, element, {"service_id": key}, f"service/{key}")
        for info in element.all("ResourceInfo"):
            owner = f"service/{key}/checked"
            yield from contact_items(
                self.builder, info, {"service_id": key}, owner, Visibility.STAFF
            )
        for requirement in element.all("DocumentsRequired"):
            requirement.is_used = True
            texts = [
                requirement.take("DocumentsRequired"),
                requirement.take("Description"),
                requirement.text,
            ]
            document = clean_text(". ".join(text for text in texts if text))
            if document:
                reader = ElementReader(requirement, "required_document")
                reader.values = {"document": document, "service_id": key}
                reader.headers = {"document": "DocumentsRequired"}
                doc_key = digest_key(f"service/{key}", "document", {"document": document})
                yield from reader.items(self.builder, doc_key)
        for taxonomy in element.all("Taxonomy"):
            taxonomy.is_used = True
            codes = [(code.text, code.line) for code in taxonomy.all("Code") if code.text]
            names = taxonomy.takes("Name") + taxonomy.takes("Term")
            name = names[0] if len(codes) == 1 and names else ""
            yield from self.terms.attribute_items(
                element.file, "service", key, [ListedTerm(code, name, line) for code, line in codes]
            )


def _service_key(element: Element, context: _ServiceContext) -> str:
    """Return the key of an AIRS service, made of its site, name and description if it has none."""
    key = element.take("Key")
    identity = {"name": element.peek("Name"), "description": element.peek("Description")}
    return key or f"{context.agency}/{context.site}/{content_key(identity)}"


def _read_service(element: Element, context: _ServiceContext) -> ElementReader:
    reader = ElementReader(element, "service")
    reader.values["organization_id"] = context.agency
    reader.put_text("name", "Name")
    if not clean_line(str(reader.values.get("name", ""))):
        reader.put("name", "Name", next((name for name in context.names if name), ""))
        reader.warn("name-from-elsewhere", _NAME_FROM_ELSEWHERE, "Name")
    reader.put_text("description", "Description")
    reader.put("alternate_name", "AKA/Name", alternate_names(element))
    reader.put("url", "URL/Address", web_address(element))
    reader.put("email", "Email/Address", email_address(element))
    reader.put_attribute("program_id", "ServiceGroupKey")
    _take_status(reader, context)
    reader.put("fees_description", "FeeStructure", _take_fees(element))
    reader.put("application_process", "ApplicationProcess", _take_steps(element))
    _take_ages(reader)
    requirements = [(label, text) for label, tag in _REQUIREMENTS for text in element.takes(tag)]
    reader.put("eligibility_description", "GeneralEligibility", labeled_lines(requirements))
    _take_last_check(reader, context)
    reader.apply_flags()
    return reader


def _take_status(reader: ElementReader, context: _ServiceContext) -> None:
    reader.put_attribute("status", "Status")
    if context.status in {"inactive", "defunct"} and reader.values.get("status") != "defunct":
        reader.values["status"] = context.status
        reader.headers.setdefault("status", "@Status")
    elif reader.values.get("status") == "inactive" and is_true(
        reader.element.attributes.get(reader.element.attribute_name(_NOT_ALWAYS_AVAILABLE), "")
    ):
        # Our exports write services that are closed for now like this.
        reader.values["status"] = "temporarily closed"
        reader.element.attribute(_NOT_ALWAYS_AVAILABLE)
    if is_deleted(reader.element):
        reader.values["status"] = "defunct"
        reader.headers["status"] = "@delete"
    if reader.values.get("status") == "defunct":
        reader.restrict_visibility(status_visibility("defunct"), "@Status")


def _take_fees(element: Element) -> str:
    payment = element.take("PaymentMethodAccepted")
    return labeled_lines(
        [("", element.take("FeeStructure")), ("", f"Payment: {payment}." if payment else "")]
    )


def _take_steps(element: Element) -> str:
    lines: list[tuple[str, str]] = []
    for process in element.all("ApplicationProcess"):
        process.is_used = True
        step, text = process.take("Step"), process.take("Description") or process.text
        lines.append(("" if _STEP_NUMBER.match(step) or not text else step, text or step))
    return labeled_lines(lines)


def _take_ages(reader: ElementReader) -> None:
    """Set the age range of an AIRS service to the widest of all its AgeRequirements elements.

    No limit is set where one of them has none.
    """
    requirements = reader.element.all("AgeRequirements")
    for name, attribute, choose in (
        ("minimum_age", "MinimumAge", min),
        ("maximum_age", "MaximumAge", max),
    ):
        texts = [
            requirement.attributes.get(requirement.attribute_name(attribute), "")
            for requirement in requirements
        ]
        ages = [read_cell("service", name, text) if text else None for text in texts]
        known = [age for age in ages if isinstance(age, float)]
        if not known or len(known) < len(requirements):
            continue
        reader.values[name] = choose(known)
        reader.headers[name] = f"AgeRequirements@{attribute}"
        for requirement in requirements:
            requirement.attribute(attribute)


def _take_last_check(reader: ElementReader, context: _ServiceContext) -> None:
    """Set when and by whom an AIRS service was last verified; apply its ResourceInfo flags."""
    for info in reader.element.all("ResourceInfo"):
        reader.apply_flags(info)
        text = info.attribute("DateLastVerified")
        if text and not reader.put("assured_date", "ResourceInfo@DateLastVerified", text):
            info.used_attributes.discard(info.attribute_name("DateLastVerified"))
        reader.put(
            "verified_by", "ResourceInfo/ResourceSpecialist", info.take("ResourceSpecialist")
        )
    if "assured_date" not in reader.values and context.verified:
        day = read_cell("service", "assured_date", context.verified)
        if not isinstance(day, Unreadable):
            reader.values["assured_date"] = day
            reader.headers["assured_date"] = "ResourceInfo@DateLastVerified"
