"""Public records: what exports may contain, of all lists or of one.

It is the public's side of the visibility rule, taken by its word: a record is let go when it, and
each record it names as its parent, may be seen. A place goes with a service or an organization
that goes, and not at all where one of its street addresses is withheld. What is from a followed
source stays here unless its publisher lets us hand it on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from referral.records.directory import Record
from referral.records.kinds import KINDS, PARENT_FIELDS, field_names
from referral.records.visibility import Audience
from referral.store.base import in_batches
from referral.store.conversion import ROWS
from referral.store.public.public_reader import OF_A_LIST, OWN_RIGHT, ROWS_AT_A_TIME, PublicReader
from referral.store.public.source_credits import handed_on
from referral.store.rows import LocationRow
from referral.store.rows_classification import MetadataRow
from referral.store.visibility import shown, shown_services
from referral.store.withheld_locations import held_record_ids, withheld_location_ids

_PUBLIC = Audience.PUBLIC
_IDS_AT_A_TIME = 1_000
_ABOUT = ("attribute", "translation", "metadata")
Ids = set[str]


class PublicRecords(PublicReader):
    """The records that may leave; holds their ids, and reads the records as they are asked for.

    Args:
        session: sees one moment.
        source: the list whose services, organizations and places go; "" for all.
    """

    def __init__(self, session: Session, source: str = "") -> None:
        super().__init__(session)
        self._source = source
        self._links: dict[str, set[str]] = defaultdict(set)
        self._ids: dict[str, Ids] = {}
        self._held = held_record_ids(session)
        self._find_own_right()
        for kind in KINDS:
            if kind not in OWN_RIGHT and kind not in _ABOUT:
                self._ids[kind] = self._hanging(kind)
        self._ids["service_capacity"] = self._with_room_told(self._shown("service_capacity"))
        self._find_terms()
        self._ids["translation"] = self._hanging("translation")
        self._ids["metadata"] = self._hanging("metadata") - self._told_secrets()

    def count(self, kind: str) -> int:
        """How many of a kind leave."""
        return len(self._ids.get(kind, ()))

    def ids(self, kind: str) -> Ids:
        """The ids of all of a kind."""
        return set(self._ids.get(kind, ()))

    def of_kind(self, kind: str) -> Iterator[Record]:
        """All of a kind, in the order in which their lists had them."""
        return self._read(kind, ())

    def links_to(self, kind: str, entity: str) -> bool:
        """Whether attributes or translations (``kind``) say something of records of ``entity``."""
        return entity in self._links[kind]

    def _find_own_right(self) -> None:
        services = {row.id: row for row in self._shown("service", shown_services(_PUBLIC))}
        services = {key: row for key, row in services.items() if self._is_asked(row)}
        self._ids["service"] = set(services)
        programs = {row.program_id for row in services.values()}
        agencies = {row.organization_id for row in services.values()}
        self._ids["organization"] = {
            row.id for row in self._shown("organization") if self._is_asked(row, agencies)
        }
        self._ids["program"] = {
            row.id
            for row in self._shown("program")
            if row.organization_id in self._ids["organization"] and self._is_asked(row, programs)
        }
        places = {
            row.location_id
            for row in self._shown("service_at_location")
            if row.service_id in services
        }
        self._ids["location"] = {
            row.id
            for row in self._shown(
                "location", LocationRow.id.not_in(withheld_location_ids(_PUBLIC))
            )
            if row.id not in self._held
            and (
                row.id in places
                or (row.organization_id in self._ids["organization"] and self._is_asked(row))
            )
        }

    def _find_terms(self) -> None:
        """Only terms in use leave, each with those above it, as HSDS asks."""
        terms = {row.id: row for row in self._shown("taxonomy_term")}
        self._ids["taxonomy_term"], used = set(terms), set()
        attributes = self._hanging("attribute")
        waiting = []
        for row in self._shown("attribute"):
            if row.id in attributes:
                waiting.append(row.taxonomy_term_id)
                waiting += [row.link_id] if row.link_entity == "taxonomy_term" else []
        while waiting:
            term = terms.get(waiting.pop() or "")
            if term is not None and term.id not in used:
                used.add(term.id)
                waiting.append(term.parent_id)
        self._ids["taxonomy_term"], self._ids["attribute"] = used, attributes
        taxonomies = {terms[term_id].taxonomy_id for term_id in used}
        self._ids["taxonomy"] = {r.id for r in self._shown("taxonomy") if r.id in taxonomies}

    def _hanging(self, kind: str) -> Ids:
        """The records of a kind that name a parent, and only parents that leave."""
        parents = {name: p for name, p in PARENT_FIELDS.items() if name in field_names(kind)}
        found = set()
        for row in self._shown(kind):
            if row.id in self._held:
                continue
            named = [(p, value) for name, p in parents.items() if (value := getattr(row, name))]
            if "link_entity" in field_names(kind):
                named.append((row.link_entity, row.link_id))
            if named and all(value in self._ids.get(p, ()) for p, value in named):
                found.add(row.id)
                if "link_entity" in field_names(kind):
                    self._links[kind].add(row.link_entity)
        return found

    def _with_room_told(self, rows: Iterable[Row[Any]]) -> Ids:
        """The capacities that leave: of services without a place that is withheld."""
        said = {row.id: row.service_id for row in rows if row.id in self._ids["service_capacity"]}
        withheld: Ids = set()
        for ids in in_batches(set(said.values()), _IDS_AT_A_TIME):
            withheld |= self._with_withheld_places(ids)
        return {key for key, service_id in said.items() if service_id not in withheld}

    def _told_secrets(self) -> Ids:
        """The metadata that tells of a street or number that is held back."""
        row = MetadataRow
        values = select(row.id, row.previous_value, row.replacement_value)
        return {
            found.id
            for found in (self._session.execute(values) if self._keys else ())
            if self._tells_secret(found)
        }

    def _shown(self, kind: str, *conditions: Any) -> Iterator[Row[Any]]:
        """The ids, parents and sources of the rows of a kind that show by themselves."""
        names = ("id", "source", "link_entity", "link_id", *PARENT_FIELDS)
        columns = [ROWS[kind].__table__.c[n] for n in names if n in ROWS[kind].__table__.c]
        statement = select(*columns).where(*(conditions or (shown(ROWS[kind], _PUBLIC),)))
        if conditions:
            statement = statement.where(shown(ROWS[kind], _PUBLIC))
        if kind in OF_A_LIST:
            statement = statement.where(handed_on(ROWS[kind]))
        return iter(self._session.execute(statement.execution_options(yield_per=ROWS_AT_A_TIME)))

    def _is_asked(self, row: Row[Any], also: Collection[str | None] = ()) -> bool:
        return not self._source or row.source == self._source or row.id in also

    def _public_ids(self, kind: str, ids: Collection[str]) -> Collection[str]:  # noqa: ARG002
        """All of a kind."""
        return self._ids.get(kind, ())

    def _leaving(self, kind: str, rows: Sequence[Row[Any]]) -> Collection[str]:  # noqa: ARG002
        """All of a kind."""
        return self._ids[kind]
