"""Facts of one segment as arrays (doc values): tags, sites, hours, names.

What filters, counts, distances and sorts need is read once out of the facts of each document and
never changes; deleted documents are in here too.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from referral.search.doc_facts import Facts, SiteFacts
from referral.search.segments.array_files import Arrays

Docs = NDArray[np.int32]
Ends = NDArray[np.int64]
Numbers = NDArray[np.float64]
Mask = NDArray[np.bool_]
Tag = tuple[str, str]  # ("heading", slug), ("language", code), ("term", code), and doc_facts.py
Hours = tuple[str, str]  # schedules as text, IANA zone ("" where unknown)

# A service without any place still has hours: it stands as one site that is nowhere.
_NOWHERE = SiteFacts(location_id="", physical=False)

_Value = TypeVar("_Value", bound=Hashable)


@dataclass(frozen=True)
class SegmentFacts:
    """The facts of one segment.

    Attributes:
        size: how many documents the segment has, deleted ones included.
        arrays: see ``fact_arrays``.
    """

    size: int
    arrays: Arrays

    @cached_property
    def tags(self) -> Sequence[Tag]:
        """All tags, rising; of each ``tag_ends`` says where its documents are in ``tag_docs``."""
        return [(kind, value) for kind, value in _from_json(self.arrays["tags"])]

    @cached_property
    def hours(self) -> Sequence[Hours]:
        """The different hours that sites have; ``site_hours`` says which."""
        return [(schedules, zone) for schedules, zone in _from_json(self.arrays["hours"])]

    @cached_property
    def zips(self) -> Sequence[str]:
        """The different ZIP codes of sites; ``site_zips`` says which."""
        return list(_from_json(self.arrays["zips"]))

    @cached_property
    def title_hashes(self) -> NDArray[np.int64]:
        """Equal for documents of one title; they hold for this process only."""
        titles = map(self.title, range(self.size))
        return np.fromiter(map(hash, titles), dtype=np.int64, count=self.size)

    def name_key(self, doc: int) -> bytes:
        """What a document is put in order by: its name, then its id."""
        return _part(self.arrays["names"], self.arrays["name_ends"], doc)

    def service_id(self, doc: int) -> str:
        """The id of a document's service."""
        return self.name_key(doc).rpartition(b"\0")[2].decode()

    def row_of(self, service_id: str) -> int | None:
        """The document of a service; None where this segment has none."""
        return self._rows.get(service_id)

    @cached_property
    def _rows(self) -> Mapping[str, int]:
        return {self.service_id(doc): doc for doc in range(self.size)}

    def title(self, doc: int) -> bytes:
        """What a document is called, as ``documents.py`` writes it."""
        return _part(self.arrays["titles"], self.arrays["title_ends"], doc)

    def location_id(self, site: int) -> str:
        """The id of a site's location, "" for a site that is nowhere."""
        return _part(self.arrays["locations"], self.arrays["location_ends"], site).decode()


def fact_arrays(facts: Sequence[Facts], titles: Sequence[bytes]) -> Arrays:
    """The arrays of a segment with documents of these facts and titles."""
    return {
        **_arrays_of_documents(facts),
        **_arrays_of_tags(facts),
        **_arrays_of_sites(facts),
        "titles": _bytes(titles),
        "title_ends": _ends(titles),
    }


def _arrays_of_documents(facts: Sequence[Facts]) -> Arrays:
    keys = [f"{known.sort_name}\0{known.service_id}".encode() for known in facts]
    return {
        "names": _bytes(keys),
        "name_ends": _ends(keys),
        "by_name": np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int32),
        "assured_days": np.array([_day(known.assured_date) for known in facts], dtype=np.float64),
    }


def _arrays_of_tags(facts: Sequence[Facts]) -> Arrays:
    found: dict[Tag, list[int]] = defaultdict(list)
    for docnum, known in enumerate(facts):
        for tag in dict.fromkeys(_tags_of(known)):
            found[tag].append(docnum)
    tags = sorted(found)
    return {
        "tags": _json(tags),
        "tag_ends": _ends([found[tag] for tag in tags]),
        "tag_docs": np.array([doc for tag in tags for doc in found[tag]], dtype=np.int32),
    }


def _arrays_of_sites(facts: Sequence[Facts]) -> Arrays:
    rows = [(doc, site) for doc, known in enumerate(facts) for site in sites_of(known)]
    locations = [site.location_id.encode() for _, site in rows]
    hours, site_hours = _listed_once((site.schedules, site.zone) for _, site in rows)
    zips, site_zips = _listed_once(site.zip_code for _, site in rows)
    return {
        "site_docs": np.array([doc for doc, _ in rows], dtype=np.int32),
        "site_latitudes": np.array([_degrees(site.latitude) for _, site in rows]),
        "site_longitudes": np.array([_degrees(site.longitude) for _, site in rows]),
        "site_physical": np.array([site.physical for _, site in rows], dtype=np.bool_),
        "locations": _bytes(locations),
        "location_ends": _ends(locations),
        "hours": _json(hours),
        "site_hours": site_hours,
        "zips": _json(zips),
        "site_zips": site_zips,
    }


def _tags_of(known: Facts) -> list[Tag]:
    return [
        *(("heading", slug) for slug in known.headings),
        *(("language", code) for code in known.languages),
        *(("term", code) for code in known.term_codes),
        *([("free", "free")] if known.is_free else []),
        *((kind, code) for kind, codes in known.codes for code in codes),
    ]


def sites_of(known: Facts) -> tuple[SiteFacts, ...]:
    """The sites of a service, at least one."""
    return known.sites or (replace(_NOWHERE, schedules=known.schedules),)


def _listed_once(values: Iterable[_Value]) -> tuple[list[_Value], Docs]:
    """The different values, and for each of ``values`` the number of its own."""
    numbers: dict[_Value, int] = {}
    codes = [numbers.setdefault(value, len(numbers)) for value in values]
    return list(numbers), np.array(codes, dtype=np.int32)


def _day(iso: str) -> float:
    return date.fromisoformat(iso).toordinal() if iso else float("nan")


def _degrees(value: float | None) -> float:
    return float("nan") if value is None else value


def _bytes(texts: Sequence[bytes]) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(texts), dtype=np.uint8)


def _ends(parts: Sequence[Sequence[Any]]) -> Ends:
    return np.cumsum([0, *map(len, parts)], dtype=np.int64)


def _part(texts: NDArray[np.uint8], ends: Ends, number: int) -> bytes:
    where = ends.data  # a memoryview gives single numbers four times as fast as an array
    return bytes(texts.data[where[number] : where[number + 1]])


def _json(values: Sequence[Any]) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(values).encode(), dtype=np.uint8)


def _from_json(array: NDArray[np.uint8]) -> Any:
    return json.loads(array.tobytes())
