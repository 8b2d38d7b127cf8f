"""Facts of one segment as arrays (doc values): tags, sites, hours, names.

They are read from the facts of each document once and never change; filters, counts, distances
and sort orders use them. Deleted documents are included.
"""

from __future__ import annotations

import json
from array import array
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence, Sized
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from math import isnan
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from referral.search.facts import Facts, SiteFacts

Arrays = Mapping[str, NDArray[Any]]  # of one dimension
Docs = NDArray[np.int32]
DocNumbers = NDArray[np.integer]  # ascending
Ends = NDArray[np.int64]
Numbers = NDArray[np.float64]
Mask = NDArray[np.bool_]
Tag = tuple[str, str]  # ("heading", slug), ("language", code), ("term", code), and facts.py
Hours = tuple[str, str]  # schedules as text, IANA zone ("" where unknown)

# A service without locations still has hours: it has one site without a location.
_NOWHERE = SiteFacts(location_id="", physical=False)

_Value = TypeVar("_Value", bound=Hashable)


@dataclass(frozen=True)
class SegmentFacts:
    """The facts of the documents of one segment.

    Attributes:
        size: number of documents in the segment, deleted ones included.
        arrays: see ``FactsBuilder``.
    """

    size: int
    arrays: Arrays

    @cached_property
    def tags(self) -> Sequence[Tag]:
        """Return all tags, sorted; ``tag_ends`` delimits the documents of each in ``tag_docs``."""
        return [(kind, value) for kind, value in _from_json(self.arrays["tags"])]

    @cached_property
    def hours(self) -> Sequence[Hours]:
        """Return the distinct hours of sites, to which ``site_hours`` has indexes."""
        return [(schedules, zone) for schedules, zone in _from_json(self.arrays["hours"])]

    @cached_property
    def zips(self) -> Sequence[str]:
        """Return the distinct ZIP codes of sites, to which ``site_zips`` has indexes."""
        return list(_from_json(self.arrays["zips"]))

    @cached_property
    def title_hashes(self) -> NDArray[np.int64]:
        """Return hashes that are equal for documents of one title, in this process only."""
        titles = map(self.title, range(self.size))
        return np.fromiter(map(hash, titles), dtype=np.int64, count=self.size)

    def name_key(self, doc: int) -> bytes:
        """Return the sort key of a document: its name, then its id."""
        return _text_at(self.arrays["names"], self.arrays["name_ends"], doc)

    def service_id(self, doc: int) -> str:
        """Return the id of a document's service."""
        return self.name_key(doc).rpartition(b"\0")[2].decode()

    def row_of(self, service_id: str) -> int | None:
        """Return the document of a service; None where the segment has none."""
        return self._rows.get(service_id)

    @cached_property
    def _rows(self) -> Mapping[str, int]:
        return {self.service_id(doc): doc for doc in range(self.size)}

    def title(self, doc: int) -> bytes:
        """Return the JSON of a document's names, as ``documents.py`` writes it."""
        return _text_at(self.arrays["titles"], self.arrays["title_ends"], doc)

    def location_id(self, site: int) -> str:
        """Return the id of a site's location, "" for a service without locations."""
        return _text_at(self.arrays["locations"], self.arrays["location_ends"], site).decode()

    def sites_of(self, doc: int) -> range:
        """Return the site numbers of a document."""
        first, last = self.arrays["site_docs"].searchsorted([doc, doc + 1]).tolist()
        return range(first, last)

    def facts(self, doc: int) -> Facts:
        """Return the facts of a document, as they were added."""
        name = self.name_key(doc).decode()
        day = float(self.arrays["assured_days"][doc])
        kinds = {kind: tuple(values) for kind, values in self._tags_of_docs[doc].items()}
        sites = tuple(map(self._site, self.sites_of(doc)))
        is_nowhere = len(sites) == 1 and not sites[0].location_id
        return Facts(
            service_id=self.service_id(doc),
            sort_name=name.rpartition("\0")[0],
            headings=kinds.pop("heading", ()),
            languages=kinds.pop("language", ()),
            term_codes=kinds.pop("term", ()),
            is_free=bool(kinds.pop("free", ())),
            codes=tuple(kinds.items()),
            sites=() if is_nowhere else sites,
            schedules=sites[0].schedules if is_nowhere else "",
            assured_date="" if isnan(day) else date.fromordinal(int(day)).isoformat(),
        )

    def _site(self, site: int) -> SiteFacts:
        arrays = self.arrays
        schedules, zone = self.hours[arrays["site_hours"][site]]
        latitude, longitude = (
            float(arrays[name][site]) for name in ("site_latitudes", "site_longitudes")
        )
        return SiteFacts(
            location_id=self.location_id(site),
            latitude=None if isnan(latitude) else latitude,
            longitude=None if isnan(longitude) else longitude,
            physical=bool(arrays["site_physical"][site]),
            zip_code=self.zips[arrays["site_zips"][site]],
            zone=zone,
            schedules=schedules,
        )

    @cached_property
    def _tags_of_docs(self) -> Sequence[Mapping[str, list[str]]]:
        by_doc: list[dict[str, list[str]]] = [defaultdict(list) for _ in range(self.size)]
        ends = self.arrays["tag_ends"].tolist()
        for number, (kind, value) in enumerate(self.tags):
            for doc in self.arrays["tag_docs"][ends[number] : ends[number + 1]].tolist():
                by_doc[doc][kind].append(value)
        return by_doc


class FactsBuilder:
    """Builder of the arrays of a segment, from the facts of its documents in their order."""

    def __init__(self) -> None:
        self._names: list[bytes] = []
        self._titles: list[bytes] = []
        self._days = array("d")
        self._tags: dict[Tag, array[int]] = defaultdict(lambda: array("i"))
        self._docs, self._physical = array("i"), array("b")
        self._latitudes, self._longitudes = array("d"), array("d")
        self._locations: list[bytes] = []
        self._hours, self._site_hours = dict[Hours, int](), array("i")
        self._zips, self._site_zips = dict[str, int](), array("i")

    def add(self, facts: Facts, title: bytes) -> None:
        """Add the facts of the next document."""
        doc = len(self._names)
        self._names.append(f"{facts.sort_name}\0{facts.service_id}".encode())
        self._titles.append(title)
        self._days.append(_ordinal(facts.assured_date))
        for tag in dict.fromkeys(_tags_of(facts)):
            self._tags[tag].append(doc)
        for site in sites_of(facts):
            self._docs.append(doc)
            self._latitudes.append(_degrees(site.latitude))
            self._longitudes.append(_degrees(site.longitude))
            self._physical.append(site.physical)
            self._locations.append(site.location_id.encode())
            self._site_hours.append(_number_of(self._hours, (site.schedules, site.zone)))
            self._site_zips.append(_number_of(self._zips, site.zip_code))

    def arrays(self) -> Arrays:
        """Return the arrays of all documents added."""
        names, tags = self._names, sorted(self._tags)
        docs = [np.frombuffer(self._tags[tag], dtype=np.int32) for tag in tags]
        return {
            "names": _join_texts(names),
            "name_ends": _ends(names),
            "by_name": np.array(sorted(range(len(names)), key=names.__getitem__), dtype=np.int32),
            "titles": _join_texts(self._titles),
            "title_ends": _ends(self._titles),
            "assured_days": np.frombuffer(self._days),
            "tags": _to_json(tags),
            "tag_ends": _ends(docs),
            "tag_docs": np.concatenate([np.zeros(0, dtype=np.int32), *docs]),
            "site_docs": np.frombuffer(self._docs, dtype=np.int32),
            "site_latitudes": np.frombuffer(self._latitudes),
            "site_longitudes": np.frombuffer(self._longitudes),
            "site_physical": np.frombuffer(self._physical, dtype=np.bool_),
            "locations": _join_texts(self._locations),
            "location_ends": _ends(self._locations),
            "hours": _to_json(list(self._hours)),
            "site_hours": np.frombuffer(self._site_hours, dtype=np.int32),
            "zips": _to_json(list(self._zips)),
            "site_zips": np.frombuffer(self._site_zips, dtype=np.int32),
        }


def _tags_of(facts: Facts) -> list[Tag]:
    return [
        *(("heading", slug) for slug in facts.headings),
        *(("language", code) for code in facts.languages),
        *(("term", code) for code in facts.term_codes),
        *([("free", "free")] if facts.is_free else []),
        *((kind, code) for kind, codes in facts.codes for code in codes),
    ]


def sites_of(facts: Facts) -> tuple[SiteFacts, ...]:
    """Return the sites of a service, at least one."""
    return facts.sites or (replace(_NOWHERE, schedules=facts.schedules),)


def _number_of(numbers: dict[_Value, int], value: _Value) -> int:
    return numbers.setdefault(value, len(numbers))


def _ordinal(iso: str) -> float:
    return date.fromisoformat(iso).toordinal() if iso else float("nan")


def _degrees(value: float | None) -> float:
    return float("nan") if value is None else value


def _join_texts(texts: Sequence[bytes]) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(texts), dtype=np.uint8)


def _ends(parts: Sequence[Sized]) -> Ends:
    return np.cumsum([0, *map(len, parts)], dtype=np.int64)


def _text_at(texts: NDArray[np.uint8], ends: Ends, number: int) -> bytes:
    bounds = ends.data  # a memoryview gives single numbers four times as fast as an array
    return bytes(texts.data[bounds[number] : bounds[number + 1]])


def _to_json(values: Sequence[Any]) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(values).encode(), dtype=np.uint8)


def _from_json(array: NDArray[np.uint8]) -> Any:
    return json.loads(array.tobytes())
