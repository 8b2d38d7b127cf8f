"""The latest changes as an Atom feed (RFC 4287): names of public services, and which are gone.

What is gone is told by its id and time only (RFC 6721).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from referral.directory.context import Directory
from referral.exports.hsds_objects import HsdsObjects
from referral.formats.writing.hsds_values import utc_text
from referral.store.publication.ledger import Entry, latest_entries

_KIND = "service"
_ENTRIES = 100
_ATOM = "http://www.w3.org/2005/Atom"
_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
_NEVER = "1970-01-01T00:00:00Z"
_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
register_namespace("", _ATOM)
register_namespace("at", _TOMBSTONES)


def atom_feed(
    directory: Directory, *, here: str, site: str, page_of: Callable[[str], str]
) -> bytes:
    """The feed, as XML.

    Args:
        here: its own address.
        site: that of the first page.
        page_of: gives the address of the page of a service.
    """
    with directory.store.read() as session:
        entries = latest_entries(session, _KIND, _ENTRIES)
        live = [each.record_id for each in entries if each.tombstone is None]
        found = HsdsObjects(directory, session).flat(_KIND, live)
    names = {str(each["id"]): str(each["name"]) for each in found}
    feed = Element(f"{{{_ATOM}}}feed")
    _add(feed, "id", here)
    _add(feed, "title", directory.settings.library_name)
    _add(_add(feed, "author"), "name", directory.settings.library_name)
    _add(feed, "link", rel="self", href=here)
    _add(feed, "link", rel="alternate", href=site)
    _add(feed, "updated", utc_text(entries[0].modified_at) if entries else _NEVER)
    for entry in entries:
        if entry.tombstone:
            gone = {"ref": _id(entry), "when": utc_text(entry.tombstone.gone_at)}
            SubElement(feed, f"{{{_TOMBSTONES}}}deleted-entry", gone)
        elif name := names.get(entry.record_id):
            _add_entry(feed, entry, name, page_of(entry.record_id))
    return bytes(tostring(feed, encoding="utf-8", xml_declaration=True))


def _add_entry(feed: Element, entry: Entry, name: str, page: str) -> None:
    told = _add(feed, "entry")
    _add(told, "id", _id(entry))
    _add(told, "title", name)
    _add(told, "updated", utc_text(entry.modified_at))
    _add(told, "link", rel="alternate", href=page)


def _add(parent: Element, name: str, text: str = "", **more: str) -> Element:
    found = SubElement(parent, f"{{{_ATOM}}}{name}", more)
    found.text = _NOT_IN_XML.sub("", text) or None
    return found


def _id(entry: Entry) -> str:
    return f"urn:uuid:{entry.record_id}"
