"""Element reader of AIRS XML: fields taken, protection flags applied, leftovers collected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from referral.fields.text import clean_line
from referral.fields.urls_and_emails import normalize_url
from referral.formats.airs.xml import Element
from referral.formats.files.tables import Row
from referral.formats.reading.cells import parse_date
from referral.formats.reading.items import Item
from referral.formats.reading.protection_flags import (
    NOT_UNDERSTOOD,
    flag_visibility,
    is_flag,
)
from referral.formats.reading.row_reader import RecordBuilder, RowReader, Values, content_key
from referral.message import message
from referral.records.visibility import Visibility, strictest

_MAIL = "mailto:"
_DELETED = message(
    "The list says that this is deleted. It is kept, and shown to nobody but curators."
)
_DELETED_LATER = message(
    "The list says that this will be deleted. It was taken; import again after that."
)


class ElementReader(RowReader):
    """Reader of one record from one AIRS XML element; unused texts of the element are put aside."""

    __slots__ = ("element", "kind", "values")

    def __init__(self, element: Element, kind: str) -> None:
        super().__init__(Row(element.file, element.line, {}), {})
        self.element = element
        self.kind = kind
        self.values: Values = {}

    def put_text(self, name: str, *tags: str) -> None:
        """Set a record's field from the first such child of its AIRS element, if parsable."""
        tag = next((tag for tag in tags if self.element.peek(tag)), "")
        if self.put(name, tag, self.element.peek(tag)):
            self.element.take(tag)

    def put_attribute(self, name: str, attribute: str) -> None:
        """Set a record's field from an attribute of its AIRS element, if it can be parsed."""
        shown = self.element.attribute_name(attribute)
        if self.put(name, f"@{shown}", self.element.attributes.get(shown, "")):
            self.element.attribute(attribute)

    def put(self, name: str, header: str, text: str) -> bool:
        """Set a field from a text of an AIRS element, or warn that it cannot be parsed."""
        if not text:
            return False
        self.headers[name] = header
        value = self.read(self.kind, name, text, header)
        if value is not None:
            self.values[name] = value
        return value is not None

    def apply_flags(self, element: Element | None = None) -> None:
        """Restrict a record's visibility by the protection flags of its AIRS element."""
        flagged = element or self.element
        for name, value in flagged.attributes.items():
            if not is_flag(name):
                continue
            if name.casefold() == "delete" and _is_deleted_later(flagged):
                self.warn("deleted-later", _DELETED_LATER, "@deleteEffective")
                continue
            required, is_understood = flag_visibility(name, value)
            if is_understood:
                flagged.used_attributes.add(name)
            else:
                self.warn("flag-not-understood", NOT_UNDERSTOOD, f"@{name}")
            if name.casefold() == "delete" and required is not Visibility.PUBLIC:
                self.warn("deleted-in-list", _DELETED, f"@{name}")
            self.restrict_visibility(required, f"@{name}")

    def restrict_visibility(self, required: Visibility, header: str) -> None:
        """Restrict the visibility of the record of an AIRS element to at most this level."""
        if required is not Visibility.PUBLIC:
            self.values["visibility"] = strictest(required, self.values.get("visibility", required))
            self.headers["visibility"] = header

    def put_aside(self) -> dict[str, str]:
        """Return the unused texts of an AIRS element by their path."""
        return self.element.leftovers()

    def items(self, builder: RecordBuilder, key: str) -> Iterator[Item]:
        """Yield the record of an AIRS element, or the refusal of the element."""
        yield from builder.items(self.kind, key, self, self.values)


def is_true(text: str) -> bool:
    """Return whether an XML boolean, in any spelling, is true."""
    return text.strip().casefold() in {"true", "1", "yes", "y"}


def is_deleted(element: Element) -> bool:
    """Return whether an AIRS element is marked as deleted, with effect today or earlier."""
    return is_true(element.attributes.get("delete", "")) and not _is_deleted_later(element)


def _is_deleted_later(element: Element) -> bool:
    """Return whether the deletion of an AIRS element takes effect in the future."""
    text = element.attributes.get("deleteEffective", "")
    day = parse_date(text) if text else None
    return day is not None and day > datetime.now(tz=UTC).date()


def alternate_names(element: Element) -> str:
    """Join the alternate names of an AIRS agency or service that are not confidential."""
    found: dict[str, None] = {}
    for other in element.all("AKA"):
        visibility = flag_visibility("Confidential", other.peek("Confidential")).visibility
        name = clean_line(other.peek("Name"))
        if name and visibility is Visibility.PUBLIC:
            found.setdefault(name)
            other.take("Name")
            other.take("Confidential")
        elif not name:
            other.take("Confidential")
    return "; ".join(found)


def web_address(element: Element) -> str:
    """Return the first web address of an AIRS element, and mark it as used."""
    for site in element.all("URL"):
        address = site.take("Address") or site.text
        if address:
            site.is_used = not site.all("Address") or not site.peek("Note")
            return address
    for resource in element.all("InternetResource"):
        if not resource.peek("URL").casefold().startswith(_MAIL) and (
            address := resource.take("URL")
        ):
            return address
    return ""


def more_web_addresses(element: Element) -> Iterator[tuple[Element, str]]:
    """Yield the AIRS elements with a web address after the first, each with that address."""
    candidates = [(site, site.peek("Address") or site.text) for site in element.all("URL")]
    candidates += [(child, child.peek("URL")) for child in element.all("InternetResource")]
    found = [
        (child, address)
        for child, address in candidates
        if address and not address.casefold().startswith(_MAIL)
    ]
    yield from ((child, address) for child, address in found[1:] if normalize_url(address))


def email_address(element: Element) -> str:
    """Return the first e-mail address of an AIRS element, and mark it as used."""
    for mail in element.all("Email"):
        address = mail.take("Address") or mail.text
        if address:
            mail.is_used = not mail.all("Address") or not mail.peek("Note")
            return address
    for resource in element.all("InternetResource"):
        if resource.peek("URL").casefold().startswith(_MAIL):
            return resource.take("URL")[len(_MAIL) :]
    return ""


def labeled_lines(pairs: Iterable[tuple[str, str]]) -> str:
    """Join texts of an AIRS element as lines, each after its label, if any, and a colon."""
    return "\n".join(f"{label}: {text}" if label else text for label, text in pairs if text)


def digest_key(owner: str, kind: str, values: Values) -> str:
    """Make the key of an AIRS part without an id from its owner and a digest of its values."""
    return f"{owner}/{kind}/{content_key(values)}"
