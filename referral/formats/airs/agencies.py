"""AIRS XML 3.0 and 3.1: agencies, their sites, and the services at them.

Genuine exports deviate from the standard's schema, so nothing here asks for an order or for what
the schema requires; what is unknown stays with the record it was in.
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
    labelled_lines,
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
from referral.formats.reading.taxonomy_terms import ListTerms
from referral.message import Message, message
from referral.records.visibility import Visibility

AGENCIES = "agencies"
_TWICE = message(
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
_NOT_ALWAYS = "ServiceNotAlwaysAvailable"
_STEP_ALL = re.compile(r"(?:all steps?|step \d+|\d+)\Z", re.IGNORECASE)
_NAMED_BY_PLACE = message("The service has no name of its own. Its place or agency gave one.")


def recognise_airs(tables: Tables) -> Message | None:
    """Return why tables are AIRS XML, None if they are not."""
    table = tables.get(AGENCIES)
    if table is None or not isinstance(table.rows, AgencyRows):
        return None
    about = table.rows.files[0].about
    version = clean_line(about.get("SchemaVersion", ""))[:20].removeprefix("AIRS") or "3"
    vendor = clean_line(about.get("SoftwareVendor", ""))[:60].rstrip(".")
    why = message("It is XML with Source and Agency, as AIRS %(version)s has.", version=version)
    return why.then(message("It was written by %(vendor)s.", vendor=vendor)) if vendor else why


def read_airs(tables: Tables, source: str) -> Iterator[Item]:
    """Yield the items of AIRS XML, one agency after the other."""
    builder = RecordBuilder(source)
    services = _Services(builder, ListTerms(builder))
    for row in tables.rows(AGENCIES):
        if isinstance(row, AgencyRow):
            yield from _Agency(builder, services, row.element).items("")


@dataclass(slots=True)
class _Agency:
    """One agency being read."""

    builder: RecordBuilder
    services: _Services
    element: Element
    key: str = ""
    name: str = ""
    secret_streets: set[str] = field(default_factory=set)
    shared: Counter[str] = field(default_factory=Counter)

    def items(self, parent: str) -> Iterator[Item]:
        """Yield the items of an agency and of the agencies inside it."""
        given = self.element
        self.name = clean_line(given.peek("Name"))
        self.key = given.take("Key") or content_key({"name": self.name, "parent": parent})
        reading = ElementReader(given, "organization")
        if is_deleted(given) and not self.name:
            reading.apply_flags()
            yield from reading.problems
            return
        self._scan()
        yield from self._parts()
        for inner in given.all("Agency"):
            inner.used = True
            yield from _Agency(self.builder, self.services, inner).items(self.key)
        self._fill(reading, parent)
        yield from reading.items(self.builder, self.key)

    def _scan(self) -> None:
        """Note the confidential streets of an agency, and the services that several sites have."""
        for site in (*self.element.all("AgencyLocation"), *self.element.all("Site")):
            for address in site.children:
                if address.tag.casefold().endswith("address") and has_confidential_flag(address):
                    self.secret_streets.add(street_of(address))
            self.shared.update({service.peek("Key") for service in site.all("SiteService")})

    def _fill(self, reading: ElementReader, parent: str) -> None:
        given = self.element
        reading.put_text("name", "Name")
        reading.put_text("description", "AgencyDescription")
        reading.put("alternate_name", "AKA/Name", alternate_names(given))
        reading.put("website", "URL/Address", web_address(given))
        reading.put("email", "Email/Address", email_address(given))
        reading.put_text("tax_status", "IRSStatus")
        reading.put_attribute("legal_status", "LegalStatus")
        reading.put_attribute("year_incorporated", "YearInc")
        reading.put_attribute("tax_id", "FEIN")
        if parent:
            reading.values["parent_organization_id"] = parent
        reading.restrict_visibility(status_visibility(given.attribute("Status")), "@Status")
        reading.apply_flags()
        for info in given.all("ResourceInfo"):
            reading.apply_flags(info)

    def _parts(self) -> Iterator[Item]:
        given, owner = self.element, f"agency/{self.key}"
        parents: Values = {"organization_id": self.key}
        yield from phone_items(self.builder, given, parents, owner)
        yield from contact_items(self.builder, given, parents, owner)
        for info in given.all("ResourceInfo"):
            yield from contact_items(
                self.builder, info, parents, f"{owner}/checked", Visibility.STAFF
            )
        yield from url_items(self.builder, given, parents, owner)
        yield from funding_items(self.builder, given, parents, owner)
        yield from self._programs()
        yield from self._places()
        for service in given.all("SiteService"):
            service.used = True
            yield from self.services.items(service, self._context())

    def _programs(self) -> Iterator[Item]:
        for group in self.element.all("ServiceGroup"):
            group.used = True
            reading = ElementReader(group, "program")
            key = group.take("Key")
            reading.put_text("name", "ProgramName", "Name")
            reading.put_text("alternate_name", "Name")
            if reading.values.get("alternate_name") == reading.values.get("name"):
                reading.values.pop("alternate_name", None)
            reading.values["organization_id"] = self.key
            if key or "name" in reading.values:
                key = key or content_key({**reading.values})
                yield from reading.items(self.builder, key)

    def _places(self) -> Iterator[Item]:
        sites = self.element.all("Site")
        keys = {site.peek("Key") for site in sites} - {""}
        streets = {street_of(address) for site in sites for address in site.children} - {""}
        for office in self.element.all("AgencyLocation"):
            if _is_redundant(office, keys, streets):
                for address in office.children:
                    address.used = bool(street_of(address))  # the site has it
                continue
            office.used = True
            yield from self._site(office, f"agency/{self.key}")
        for site in sites:
            site.used = True
            if _is_no_place(site):
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
    def _site(self, given: Element, key: str) -> Iterator[Item]:
        """Yield a location with its parts and the services there."""
        secret = is_confidential_place(given, self.secret_streets)
        services = given.all("SiteService")
        reading = ElementReader(given, "location")
        if not self.services.is_new_place(key):
            reading.warn("place-told-twice", _TWICE, "Key")
            yield reading.problems[0]
            for service in services:
                context = self._site_context(given, key, service, secret=secret)
                yield from self.services.items(service, context)
            return
        yield from self._site_parts(given, key, self._parents(key, services, secret=secret))
        yield from address_items(self.builder, given, key, self.secret_streets)
        for service in services:
            service.used = True
            yield from self.services.items(
                service, self._site_context(given, key, service, secret=secret)
            )
        _fill_place(reading, secret=secret)
        reading.values["organization_id"] = self.key
        yield from reading.items(self.builder, key)

    def _parents(self, key: str, services: list[Element], *, secret: bool) -> Values:
        """Return the parent of a site's phones: a service or the agency if the site is hidden."""
        if not secret:
            return {"location_id": key}
        first = next((service.peek("Key") for service in services if service.peek("Key")), "")
        return {"service_id": first} if first else {"organization_id": self.key}

    def _site_parts(self, given: Element, key: str, parents: Values) -> Iterator[Item]:
        owner, place = f"location/{key}", {"location_id": key}
        yield from phone_items(self.builder, given, parents, owner)
        yield from contact_items(self.builder, given, place, owner)
        yield from hours_items(self.builder, given, place, owner)
        yield from language_items(self.builder, given, place, owner)
        text = given.take("DisabilitiesAccess")
        if text:
            access = ElementReader(given.bare(), "accessibility")
            access.put("description", "DisabilitiesAccess", text)
            access.values["location_id"] = key
            yield from access.items(self.builder, f"{key}/access")

    def _site_context(
        self, site: Element, key: str, service: Element, *, secret: bool
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
            secret=secret,
            shared=self.shared[service.peek("Key")] > 1,
            verified=context.verified,
        )


def _fill_place(reading: ElementReader, *, secret: bool) -> None:
    given = reading.element
    reading.put_text("name", "Name")
    words = [("", given.take("SiteDescription")), ("", given.take("PhysicalLocationDescription"))]
    streets = ", ".join(given.takes("CrossStreet"))
    reading.put(
        "description", "SiteDescription", labelled_lines([*words, ("Cross streets", streets)])
    )
    reading.put("alternate_name", "AKA/Name", alternate_names(given))
    reading.put("url", "URL/Address", web_address(given))
    reading.put_text("transportation", "BusServiceAccess")
    reading.values["location_type"] = _location_type(given, secret=secret)
    _take_position(reading)
    reading.restrict_visibility(status_visibility(given.attribute("Status")), "@Status")
    reading.apply_flags()
    if secret:
        reading.restrict_visibility(Visibility.WITHHELD, "@Confidential")


def _location_type(given: Element, *, secret: bool) -> str:
    if any(street_of(address) for address in given.all("PhysicalAddress")) or secret:
        return "physical"
    if any(address.leftovers() for address in given.all("MailingAddress")):
        return "postal"
    return "virtual" if given.all("NoPhysicalAddress") else "physical"


def _take_position(reading: ElementReader) -> None:
    for point in reading.element.all("SpatialLocation"):
        texts = (point.peek("Latitude"), point.peek("Longitude"))
        if not any(texts):
            continue
        try:
            latitude, longitude = (float(text.lstrip("+")) for text in texts)
        except ValueError:
            latitude = longitude = 0.0
        if is_position(latitude, longitude):
            point.used = True
            reading.values |= {"latitude": latitude, "longitude": longitude}
            reading.headers |= {"latitude": "SpatialLocation", "longitude": "SpatialLocation"}
            return
        reading.warn("position-impossible", NO_POINT, "SpatialLocation")


def _is_redundant(office: Element, keys: set[str], streets: set[str]) -> bool:
    """Return whether an AgencyLocation repeats the address of one of the agency's sites."""
    if office.all("SiteService"):
        return False
    own = {street_of(address) for address in office.children} - {""}
    if own:
        return own <= streets
    return not office.peek("Name") or office.peek("Key") in keys


def _is_no_place(site: Element) -> bool:
    """Return whether a site element only groups services: it has no address, name or attributes."""
    told = {each.tag.casefold() for each in site.children if each.text or each.children}
    is_bare = told <= {"key", "agencykey", "siteservice"} and not site.attributes
    return is_bare and bool(site.all("NoPhysicalAddress"))


def _identity_text(site: Element) -> str:
    """Return the name and streets of a site, which identify one without a key."""
    return "|".join((site.peek("Name"), *map(street_of, site.all("PhysicalAddress"))))


@dataclass(frozen=True, slots=True)
class _ServiceContext:
    """Where a service stands in the file.

    Attributes:
        agency: key of the agency; ``site``: key of the site, "" when it is at none.
        names: names to fall back on, the nearest first.
        status: of the site or agency, for services that say none.
        state: two letters, for towns named alone.
        shared: whether the agency gives this service at several sites.
    """

    agency: str
    site: str = ""
    names: tuple[str, ...] = ()
    status: str = ""
    state: str = ""
    secret: bool = False
    shared: bool = False
    verified: str = ""


@dataclass(slots=True)
class _Services:
    """Services of one list; one repeated at another site becomes one record."""

    builder: RecordBuilder
    terms: ListTerms
    _known: set[str] = field(default_factory=set)
    _sites: set[str] = field(default_factory=set)
    _places: set[str] = field(default_factory=set)

    def is_new_place(self, key: str) -> bool:
        """Return whether a location key is new, and remember it."""
        is_new = key not in self._places
        self._places.add(key)
        return is_new

    def items(self, given: Element, context: _ServiceContext) -> Iterator[Item]:
        """Yield a service with its parts and its link to its site."""
        key = _service_key(given, context)
        is_new = key not in self._known
        if is_new and is_deleted(given) and not given.peek("Name"):
            warned = ElementReader(given, "service")
            warned.apply_flags()
            yield from warned.problems
            return
        self._known.add(key)
        at_site = f"{key}/{context.site}" if context.site else ""
        # The site hides what hangs on it when it is secret; then it all hangs on the service.
        own = not at_site or not context.shared or context.secret
        parents: Values = {"service_id": key} if own else {"service_at_location_id": at_site}
        owner = f"service/{key}" if own else f"site/{at_site}"
        if is_new or not own:
            yield from self._parts(given, parents, owner, context)
        if is_new:
            yield from self._details(given, key)
            yield from _read_service(given, context).items(self.builder, key)
        if at_site and at_site not in self._sites:
            self._sites.add(at_site)
            # What is told here of a service known before stays with its site.
            rest = given.bare() if is_new else given
            reading = ElementReader(rest, "service_at_location")
            reading.values = {"service_id": key, "location_id": context.site}
            reading.headers = {"service_id": "SiteService/Key", "location_id": "Site/Key"}
            reading.apply_flags()
            yield from reading.items(self.builder, at_site)

    def _parts(
        self, given: Element, parents: Values, owner: str, context: _ServiceContext
    ) -> Iterator[Item]:
        yield from phone_items(self.builder, given, parents, owner)
        yield from contact_items(self.builder, given, parents, owner)
        yield from hours_items(self.builder, given, parents, owner)
        yield from area_items(self.builder, given, parents, owner, context.state)

    def _details(self, given: Element, key: str) -> Iterator[Item]:
        yield from language_items(self.builder, given, {"service_id": key}, f"service/{key}")
        yield from url_items(self.builder, given, {"service_id": key}, f"service/{key}")
        for info in given.all("ResourceInfo"):
            owner = f"service/{key}/checked"
            yield from contact_items(
                self.builder, info, {"service_id": key}, owner, Visibility.STAFF
            )
        for paper in given.all("DocumentsRequired"):
            paper.used = True
            texts = [paper.take("DocumentsRequired"), paper.take("Description"), paper.text]
            document = clean_text(". ".join(text for text in texts if text))
            if document:
                reading = ElementReader(paper, "required_document")
                reading.values = {"document": document, "service_id": key}
                reading.headers = {"document": "DocumentsRequired"}
                doc_key = digest_key(f"service/{key}", "document", {"document": document})
                yield from reading.items(self.builder, doc_key)
        for linked in given.all("Taxonomy"):
            linked.used = True
            codes = [(code.text, code.line) for code in linked.all("Code") if code.text]
            names = linked.takes("Name") + linked.takes("Term")
            name = names[0] if len(codes) == 1 and names else ""
            yield from self.terms.attribute_items(
                given.file, "service", key, [(code, name, line) for code, line in codes]
            )


def _service_key(given: Element, context: _ServiceContext) -> str:
    """Return the key of a service, made of its site, name and description if it has none."""
    key = given.take("Key")
    said = {"name": given.peek("Name"), "description": given.peek("Description")}
    return key or f"{context.agency}/{context.site}/{content_key(said)}"


def _read_service(given: Element, context: _ServiceContext) -> ElementReader:
    reading = ElementReader(given, "service")
    reading.values["organization_id"] = context.agency
    reading.put_text("name", "Name")
    if not clean_line(str(reading.values.get("name", ""))):
        reading.put("name", "Name", next((name for name in context.names if name), ""))
        reading.warn("name-from-elsewhere", _NAMED_BY_PLACE, "Name")
    reading.put_text("description", "Description")
    reading.put("alternate_name", "AKA/Name", alternate_names(given))
    reading.put("url", "URL/Address", web_address(given))
    reading.put("email", "Email/Address", email_address(given))
    reading.put_attribute("program_id", "ServiceGroupKey")
    _take_status(reading, context)
    reading.put("fees_description", "FeeStructure", _take_fees(given))
    reading.put("application_process", "ApplicationProcess", _take_steps(given))
    _take_ages(reading)
    requirements = [(label, text) for label, tag in _REQUIREMENTS for text in given.takes(tag)]
    reading.put("eligibility_description", "GeneralEligibility", labelled_lines(requirements))
    _take_last_check(reading, context)
    reading.apply_flags()
    return reading


def _take_status(reading: ElementReader, context: _ServiceContext) -> None:
    reading.put_attribute("status", "Status")
    if context.status in {"inactive", "defunct"} and reading.values.get("status") != "defunct":
        reading.values["status"] = context.status
        reading.headers.setdefault("status", "@Status")
    elif reading.values.get("status") == "inactive" and is_true(
        reading.element.attributes.get(reading.element.attribute_name(_NOT_ALWAYS), "")
    ):
        # What stops and comes back: our exports say so of what is closed for now.
        reading.values["status"] = "temporarily closed"
        reading.element.attribute(_NOT_ALWAYS)
    if is_deleted(reading.element):
        reading.values["status"] = "defunct"
        reading.headers["status"] = "@delete"
    if reading.values.get("status") == "defunct":
        reading.restrict_visibility(status_visibility("defunct"), "@Status")


def _take_fees(given: Element) -> str:
    payment = given.take("PaymentMethodAccepted")
    return labelled_lines(
        [("", given.take("FeeStructure")), ("", f"Payment: {payment}." if payment else "")]
    )


def _take_steps(given: Element) -> str:
    lines: list[tuple[str, str]] = []
    for process in given.all("ApplicationProcess"):
        process.used = True
        step, text = process.take("Step"), process.take("Description") or process.text
        lines.append(("" if _STEP_ALL.match(step) or not text else step, text or step))
    return labelled_lines(lines)


def _take_ages(reading: ElementReader) -> None:
    """Set the widest age range of all AgeRequirements; no limit where one of them has none."""
    given = reading.element.all("AgeRequirements")
    for name, attribute, choose in (
        ("minimum_age", "MinimumAge", min),
        ("maximum_age", "MaximumAge", max),
    ):
        texts = [element.attributes.get(element.attribute_name(attribute), "") for element in given]
        ages = [read_cell("service", name, text) if text else None for text in texts]
        known = [age for age in ages if isinstance(age, float)]
        if not known or len(known) < len(given):
            continue
        reading.values[name] = choose(known)
        reading.headers[name] = f"AgeRequirements@{attribute}"
        for element in given:
            element.attribute(attribute)


def _take_last_check(reading: ElementReader, context: _ServiceContext) -> None:
    """Set when and by whom a service was last verified, and apply the flags of its ResourceInfo."""
    for info in reading.element.all("ResourceInfo"):
        reading.apply_flags(info)
        text = info.attribute("DateLastVerified")
        if text and not reading.put("assured_date", "ResourceInfo@DateLastVerified", text):
            info.used_attributes.discard(info.attribute_name("DateLastVerified"))
        reading.put(
            "verified_by", "ResourceInfo/ResourceSpecialist", info.take("ResourceSpecialist")
        )
    if "assured_date" not in reading.values and context.verified:
        day = read_cell("service", "assured_date", context.verified)
        if not isinstance(day, Unreadable):
            reading.values["assured_date"] = day
            reading.headers["assured_date"] = "ResourceInfo@DateLastVerified"
