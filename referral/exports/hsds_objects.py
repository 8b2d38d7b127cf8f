"""The objects of HSDS for some public records, flat or with everything that belongs to them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from referral.directory.context import Directory
from referral.exports.hsds_part import HsdsPart
from referral.exports.nesting import nested
from referral.exports.record_values import RecordValues
from referral.exports.terms_in_use import TermsInUse, read_terms_in_use
from referral.formats.hsds.own_terms import stand_in_id
from referral.formats.writing.hsds_json import object_of
from referral.formats.writing.nested import Nested
from referral.records.directory import Record
from referral.records.visibility import Audience
from referral.store.base import in_batches
from referral.store.public.public_part import read_kinds_in_use
from referral.store.public.source_credits import handed_on
from referral.store.rows import OrganizationRow, ServiceRow
from referral.store.visibility import shown_services

Objects = list[dict[str, Any]]
_Read = TypeVar("_Read")
_IDS_IN_A_QUERY = 1_000
_ONE_OF: Mapping[str, tuple[str, ...]] = {
    "service": ("organization", "program"),
    "service_at_location": ("location", "service"),
    "taxonomy_term": ("taxonomy",),
}


class HsdsObjects:
    """Reads objects by id, in the order of the ids; what the public may not see is left out.

    Args:
        session: sees one moment.
        stand_ins: what ``stand_ins`` gives, for some services; else it is read for all.
    """

    def __init__(
        self,
        directory: Directory,
        session: Session,
        stand_ins: Mapping[str, str] | None = None,
    ) -> None:
        self._directory, self._session = directory, session
        self._moment = directory.listings.catch_up(session)
        in_use = self.kept("kinds in use", read_kinds_in_use)
        headings = directory.listings.headings(session, self._moment)
        self._public = HsdsPart(session, in_use, headings)
        self._stand_ins = stand_ins

    def kept(self, name: str, read: Callable[[Session], _Read]) -> _Read:
        """What is read of the whole directory, and kept until anything changes."""
        name = f"HSDS {name}"
        return self._directory.listings.count(name, read, self._session, self._moment)

    def terms_in_use(self) -> TermsInUse:
        """The taxonomies and terms that leave."""
        return self.kept("terms in use", read_terms_in_use)

    def stand_ins(self) -> Mapping[str, str]:
        """The organizations that services without one are told with → the service."""
        if self._stand_ins is None:
            self._stand_ins = self.kept("stand-ins", _read_stand_ins)
        return self._stand_ins

    def public_ids(self, kind: str, ids: Sequence[str]) -> list[str]:
        """Those of these ids that the public may see."""
        return [
            each
            for some in in_batches(ids, _IDS_IN_A_QUERY)
            for found in (self._public.public_ids(kind, some),)
            for each in some
            if each in found
        ]

    def flat(self, kind: str, ids: Sequence[str]) -> Objects:
        """With what there is one of, and no lists."""
        nodes = [Nested(record) for record in self._records(kind, ids)]
        for part in _ONE_OF.get(kind, ()):
            wanted = {str(getattr(node.record, f"{part}_id")) for node in nodes} - {""}
            parts = [Nested(each) for each in self._records(part, wanted)] if wanted else []
            _put_one(part, nodes, parts)
        codes = self.terms_in_use().known_codes if kind == "taxonomy_term" else ()
        return self._told(nodes, ids, self._values(nodes, codes))

    def full(self, kind: str, ids: Sequence[str], *, full_service: bool = False) -> Objects:
        """With all that is told inside of them.

        Args:
            full_service: whether services of an organization are told in full.
        """
        nodes = nested(self._public, kind, self._records(kind, ids))
        values = self._values(nodes, self.terms_in_use().known_codes)
        if kind == "organization":
            self._put_lists(nodes, values, full_service=full_service)
        elif kind == "service_at_location":
            wanted = {str(getattr(node.record, "service_id")) for node in nodes}  # noqa: B009
            services = nested(self._public, "service", self._records("service", wanted))
            values.note_nested(services)
            for node in services:
                node.parts.pop("service_at_location", None)
            _put_one("service", nodes, services)
        elif kind == "taxonomy_term":
            taxonomies = {str(getattr(node.record, "taxonomy_id")) for node in nodes}  # noqa: B009
            _put_one("taxonomy", nodes, [Nested(e) for e in self._records("taxonomy", taxonomies)])
        return self._told(nodes, ids, values)

    def alone(self, kind: str, ids: Sequence[str]) -> Objects:
        """With what belongs to them, as exports have them and the ledger compares them."""
        nodes = nested(self._public, kind, self._records(kind, ids))
        return self._told(nodes, ids, self._values(nodes, self.terms_in_use().known_codes))

    def _records(self, kind: str, ids: Iterable[str]) -> list[Record]:
        wanted = set(ids)
        if kind in {"taxonomy", "taxonomy_term"}:
            found = self.terms_in_use()
            known: Iterable[Record] = found.terms if kind == "taxonomy_term" else found.taxonomies
            return [each for each in known if each.id in wanted]
        if kind == "organization" and wanted - self._public.public_ids(kind, wanted):
            stand_ins = self.stand_ins()
            services = [stand_ins[each] for each in wanted if each in stand_ins]
            self._public.with_ids("service", services)  # it makes their organizations
        return self._public.with_ids(kind, wanted)

    def _put_lists(
        self, agencies: list[Nested], values: RecordValues, *, full_service: bool
    ) -> None:
        """Put the services of organizations into them, and the places that belong to them."""
        ids = [node.record.id for node in agencies]
        for kind in ("location", "service"):
            found = self._public.inside(kind, "organization", ids)
            if kind == "service":
                stand_ins = self.stand_ins()
                lone = [stand_ins[each] for each in ids if each in stand_ins]
                for service in self._records("service", lone) if lone else ():
                    found[getattr(service, "organization_id")] = [service]  # noqa: B009
            records = [each for group in found.values() for each in group]
            is_plain = kind == "service" and not full_service
            nodes = (
                [Nested(each) for each in records]
                if is_plain
                else nested(self._public, kind, records)
            )
            values.note_nested(nodes)
            by_id = {node.record.id: node for node in nodes}
            for agency in agencies:
                if group := found.get(agency.record.id):
                    agency.parts[kind] = [by_id[each.id] for each in group]

    def _values(self, nodes: list[Nested], known_codes: Collection[str]) -> RecordValues:
        values = RecordValues(self._directory.settings.timezone, {}, known_codes)
        values.note_nested(nodes)
        return values

    def _told(self, nodes: list[Nested], ids: Sequence[str], values: RecordValues) -> Objects:
        found = {node.record.id: node for node in nodes}
        return [object_of(found[each], values.of) for each in ids if each in found]


def _put_one(part: str, nodes: Iterable[Nested], parts: Iterable[Nested]) -> None:
    by_id = {each.record.id: each for each in parts}
    for node in nodes:
        one = by_id.get(getattr(node.record, f"{part}_id"))
        if one is not None:
            node.parts[part] = [one]


def _read_stand_ins(session: Session) -> Mapping[str, str]:
    row = ServiceRow
    stays = select(OrganizationRow.id).where(~handed_on(OrganizationRow))
    lone = select(row.id).where(
        or_(row.organization_id.is_(None), row.organization_id.in_(stays)),
        shown_services(Audience.PUBLIC),
        handed_on(row),
    )
    return {stand_in_id(each): each for each in session.scalars(lone)}
