"""Services of a site in AIRS XML, with terms, eligibility, required documents and areas."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from referral.fields.text import clean_line, clean_text
from referral.formats.airs.areas import area_items
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
from referral.formats.airs.hours import hours_items
from referral.formats.airs.parts import contact_items, language_items, phone_items, url_items
from referral.formats.airs.xml import Element
from referral.formats.reading.cells import Unreadable, read_cell
from referral.formats.reading.items import Item
from referral.formats.reading.protection_flags import status_visibility
from referral.formats.reading.row_reader import RecordBuilder, Values, content_key
from referral.formats.reading.taxonomy_terms import ListTerms
from referral.message import message
from referral.records.visibility import Visibility

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


@dataclass(frozen=True, slots=True)
class ServiceContext:
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
class AirsServices:
    """Services of one list; one repeated at another site becomes one record."""

    builder: RecordBuilder
    terms: ListTerms
    _known: set[str] = field(default_factory=set)
    _sites: set[str] = field(default_factory=set)
    _places: set[str] = field(default_factory=set)

    def is_new_place(self, key: str) -> bool:
        """Whether the place was not there before; it is from now on."""
        is_new = key not in self._places
        self._places.add(key)
        return is_new

    def items(self, file: str, given: Element, context: ServiceContext) -> Iterator[Item]:
        """A service with its parts, and that it is given at its site."""
        key = _key(given, context)
        is_new = key not in self._known
        if is_new and is_deleted(given) and not given.peek("Name"):
            warned = ElementReader(given, "service", file)
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
            yield from self._parts(file, given, parents, owner, context)
        if is_new:
            yield from self._details(file, given, key)
            yield from _service(file, given, context).items(self.builder, key)
        if at_site and at_site not in self._sites:
            self._sites.add(at_site)
            # What is told here of a service known before stays with its site.
            rest = Element("SiteService", given.line, {}) if is_new else given
            reading = ElementReader(rest, "service_at_location", file)
            reading.values = {"service_id": key, "location_id": context.site}
            reading.headers = {"service_id": "SiteService/Key", "location_id": "Site/Key"}
            reading.apply_flags()
            yield from reading.items(self.builder, at_site)

    def _parts(
        self, file: str, given: Element, parents: Values, owner: str, context: ServiceContext
    ) -> Iterator[Item]:
        yield from phone_items(self.builder, file, given, parents, owner)
        yield from contact_items(self.builder, file, given, parents, owner)
        yield from hours_items(self.builder, file, given, parents, owner)
        yield from area_items(self.builder, file, given, parents, owner, context.state)

    def _details(self, file: str, given: Element, key: str) -> Iterator[Item]:
        yield from language_items(self.builder, file, given, {"service_id": key}, f"service/{key}")
        yield from url_items(self.builder, file, given, {"service_id": key}, f"service/{key}")
        for info in given.all("ResourceInfo"):
            owner = f"service/{key}/checked"
            yield from contact_items(
                self.builder, file, info, {"service_id": key}, owner, Visibility.STAFF
            )
        for paper in given.all("DocumentsRequired"):
            paper.used = True
            texts = [paper.take("DocumentsRequired"), paper.take("Description"), paper.text]
            document = clean_text(". ".join(text for text in texts if text))
            if document:
                reading = ElementReader(paper, "required_document", file)
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
                file, "service", key, [(code, name, line) for code, line in codes]
            )


def _key(given: Element, context: ServiceContext) -> str:
    """The key of a service, made of its place and words when it has none."""
    key = given.take("Key")
    said = {"name": given.peek("Name"), "description": given.peek("Description")}
    return key or f"{context.agency}/{context.site}/{content_key(said)}"


def _service(file: str, given: Element, context: ServiceContext) -> ElementReader:
    reading = ElementReader(given, "service", file)
    reading.values["organization_id"] = context.agency
    reading.text("name", "Name")
    if not clean_line(str(reading.values.get("name", ""))):
        reading.put("name", "Name", next((name for name in context.names if name), ""))
        reading.warn("name-from-elsewhere", _NAMED_BY_PLACE, "Name")
    reading.text("description", "Description")
    reading.put("alternate_name", "AKA/Name", alternate_names(given))
    reading.put("url", "URL/Address", web_address(given))
    reading.put("email", "Email/Address", email_address(given))
    reading.attribute("program_id", "ServiceGroupKey")
    _status(reading, context)
    reading.put("fees_description", "FeeStructure", _fees(given))
    reading.put("application_process", "ApplicationProcess", _steps(given))
    _ages(reading)
    requirements = [(label, text) for label, tag in _REQUIREMENTS for text in given.takes(tag)]
    reading.put("eligibility_description", "GeneralEligibility", labelled_lines(requirements))
    _checked(reading, context)
    reading.apply_flags()
    return reading


def _status(reading: ElementReader, context: ServiceContext) -> None:
    reading.attribute("status", "Status")
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


def _fees(given: Element) -> str:
    payment = given.take("PaymentMethodAccepted")
    return labelled_lines(
        [("", given.take("FeeStructure")), ("", f"Payment: {payment}." if payment else "")]
    )


def _steps(given: Element) -> str:
    lines: list[tuple[str, str]] = []
    for process in given.all("ApplicationProcess"):
        process.used = True
        step, text = process.take("Step"), process.take("Description") or process.text
        lines.append(("" if _STEP_ALL.match(step) or not text else step, text or step))
    return labelled_lines(lines)


def _ages(reading: ElementReader) -> None:
    """The widest ages of all requirements; open where one of them is."""
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


def _checked(reading: ElementReader, context: ServiceContext) -> None:
    """When somebody last checked the listing, and who; and whom it may be told to."""
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
