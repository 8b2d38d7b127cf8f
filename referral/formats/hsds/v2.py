"""HSDS 1.1 and 2.0 lists, and the ORServices exports that are nearly HSDS 2."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from referral.fields.text import clean_line
from referral.formats.files.tables import Tables
from referral.formats.hsds import v2_columns as columns
from referral.formats.hsds.v2_hours import parents_in, schedules_of, tells
from referral.formats.hsds.v2_phones import phone_joins, phones_in_services
from referral.formats.hsds.v2_services import ServiceParents, service_items
from referral.formats.hsds.v2_terms import Hsds2Terms
from referral.formats.reading.derived_fields import complete_language
from referral.formats.reading.items import Item, ReadRecord
from referral.formats.reading.joins import (
    Join,
    Joins,
    each_join,
    ids_in,
    join_reader,
    parent_sets,
    read_joins,
)
from referral.formats.reading.row_reader import (
    FieldMap,
    RecordBuilder,
    RowReader,
    Values,
    apply_flags,
    content_key,
    key_of,
    listed_key,
    plain_items,
    read_rows,
)
from referral.formats.reading.social_pages import organization_items
from referral.message import Message, message
from referral.records.problems import Problem, Severity

_OWN_PARENTS = (
    "service_id", "location_id", "organization_id", "service_at_location_id", "contact_id",
)  # fmt: skip
_SIGN = message("It has %(table)s.csv with %(column)s, as lists in %(format)s have.")


def recognise_hsds2(tables: Tables) -> Message | None:
    """Why this is an HSDS 2 list, None when it is not."""
    signs = (
        ("services", "service_recordid", "HSDS 2 (ORServices)"),
        ("taxonomy_terms", "term", "HSDS 2"),
        ("taxonomy_terms", "taxonomy_recordid", "HSDS 2 (ORServices)"),
        ("physical_addresses", "location_id", "HSDS 1 or 2"),
        ("service_attributes", "taxonomy_term_id", "HSDS 2"),
    )
    for stem, header, form in signs:
        if tables.has(stem, header):
            return _SIGN.filled(table=stem, column=header, format=form)
    if tables.has("organizations", "id", "url") and tables.has("services", "organization_id"):
        return message(
            "It has organizations.csv with url instead of website, as HSDS 2 lists have."
        )
    return None


def read_hsds2(tables: Tables, source: str) -> Iterator[Item]:
    """The items of an HSDS 1 or 2 list, kind by kind."""
    reader = _Hsds2(tables, source)
    classification = Hsds2Terms(tables, reader.builder)
    yield from classification.taxonomies()
    yield from classification.terms()
    yield from organization_items(tables, columns.ORGANIZATIONS, reader.builder)
    yield from reader.programs()
    yield from service_items(tables, reader.builder, reader.parents)
    yield from reader.locations()
    yield from reader.sites()
    yield from reader.contacts()
    yield from reader.phones()
    for field_map in columns.ADDRESSES:
        joins = read_joins(tables, columns.ADDRESS_JOINS)
        yield from reader.joined(field_map, joins, "address_1", "city", "postal_code")
    yield from reader.schedules()
    yield from reader.joined(columns.AREAS, Joins(), "name", "description", "area_codes")
    yield from reader.languages()
    yield from reader.access()
    yield from plain_items(tables, columns.DOCUMENTS, reader.builder)
    yield from plain_items(tables, columns.COSTS, reader.builder)
    yield from plain_items(tables, columns.FUNDING, reader.builder)
    yield from classification.attributes()
    yield from plain_items(tables, columns.METADATA, reader.builder)


class _Hsds2:
    """One list being read."""

    def __init__(self, tables: Tables, source: str) -> None:
        self.tables = tables
        self.builder = RecordBuilder(source)
        self.parents = ServiceParents(tables)

    # ------------------------------------------------------------ who and where
    def programs(self) -> Iterator[Item]:
        """The programs, each with the organization of its services where it names none."""
        for reader, values in read_rows(self.tables, columns.PROGRAMS):
            key = key_of(columns.PROGRAMS, reader, values)
            services = ids_in(reader.row.get("services"))
            found = self.parents.organization_of_program(
                values.get("organization_id", ""), services
            )
            values["organization_id"] = found
            if not found:
                reader.warn("no-organization", _NO_ORGANIZATION, "organization_id")
            yield from self.builder.items(
                "program", key, reader, values, may_lack="organization_id"
            )

    def locations(self) -> Iterator[Item]:
        """The locations; organization ``0`` or an unknown one is none."""
        for reader, values in read_rows(self.tables, columns.LOCATIONS):
            given = ids_in(values.pop("organization_id", ""))
            known = self.parents.known_organization(given)
            if known:
                values["organization_id"] = known
            elif given:
                reader.leave_unmapped("organization_id")
                reader.warn("unknown-parent", _UNKNOWN_ORGANIZATION, "organization_id")
            yield from self.builder.items(
                "location", key_of(columns.LOCATIONS, reader, values), reader, values
            )

    def sites(self) -> Iterator[Item]:
        """Which service is given where, from all the places that say so."""
        for location, join in each_join(read_joins(self.tables, columns.SITE_JOINS)):
            reader = join_reader(self.tables, join, child="location_id", parent="service_id")
            values: Values = {"service_id": join.parent, "location_id": location}
            if join.own:
                values["description"] = clean_line(reader.take("description", "description"))
                apply_flags(reader, values)
            key = f"{join.parent}/{location}"
            yield from self.builder.items("service_at_location", key, reader, values, main=join.own)

    def _site_key(self, given: str) -> str:
        """The key of the site that other files call by the id of its row."""
        return self._site_keys.get(given, given)

    @cached_property
    def _site_keys(self) -> dict[str, str]:
        return {
            row.get("id"): f"{row.get('service_id')}/{row.get('location_id')}"
            for row in self.tables.rows("service_at_location")
            if row.get("id")
        }

    # ------------------------------------------------------------ what hangs on them
    def contacts(self) -> Iterator[Item]:
        """The people at organizations, services and sites."""
        for reader, values in read_rows(self.tables, columns.CONTACTS):
            key = key_of(columns.CONTACTS, reader, values)
            if values.get("service_at_location_id"):
                values["service_at_location_id"] = self._site_key(values["service_at_location_id"])
            yield from self.builder.items("contact", key, reader, values)

    def joined(self, field_map: FieldMap, joins: Joins, *content: str) -> Iterator[Item]:
        """The items of a file whose rows hang on the parents they name, and on those joined.

        Rows with none of the content fields are counted, not made.
        """
        silent = []
        for reader, values in read_rows(self.tables, field_map):
            if not any(values.get(name) for name in content):
                silent.append(reader)
                continue
            key = key_of(field_map, reader, values)
            own = joins.of(listed_key(field_map, reader, values))
            each = self._for_each_parent(reader, values, own)
            for at, (end, parented) in enumerate(each):
                yield from self.builder.items(
                    field_map.kind, key + end, reader, parented, main=at == 0
                )
        yield from _empty_rows(silent, message("Rows that say nothing were left out: %(count)s."))

    def _for_each_parent(
        self, reader: RowReader, values: Values, joins: Iterable[Join]
    ) -> Iterator[tuple[str, Values]]:
        """The values once for each parent, named by the row or a join: (end of the key, values)."""
        key, own = "", Joins()
        for name in _OWN_PARENTS:
            for given in ids_in(values.pop(name, "")):
                parent = self._site_key(given) if name == "service_at_location_id" else given
                own.add(key, Join(name, parent, reader.row, name, reader.headers.get(name, name)))
        for join in joins:
            own.add(key, join)
        for end, parents in parent_sets(own.of(key)):
            yield end, {**values, **parents}

    def phones(self) -> Iterator[Item]:
        """The phones, for every record they hang on, and the languages spoken on them."""
        joins = phone_joins(self.tables)
        silent = []
        for reader, values in read_rows(self.tables, columns.PHONES):
            if not values.get("number"):
                silent.append(reader)
                continue
            key = key_of(columns.PHONES, reader, values)
            own = joins.of(listed_key(columns.PHONES, reader, values))
            each = self._for_each_parent(reader, values, own)
            for at, (end, parented) in enumerate(each):
                made = list(self.builder.items("phone", key + end, reader, parented, main=at == 0))
                yield from made
                if isinstance(made[-1], ReadRecord):
                    yield from self._languages_of(key + end, reader, "phone_id", "language")
        yield from _empty_rows(silent, message("Rows without a number were left out: %(count)s."))
        yield from phones_in_services(self.tables, self.builder)

    def _languages_of(
        self, parent: str, reader: RowReader, field_name: str, header: str
    ) -> Iterator[Item]:
        for given in ids_in(reader.row.get(header)):
            name = self._language_names.get(given, given)
            values: Values = {"name": name, field_name: parent}
            complete_language(reader, values)
            reader.headers["name"] = reader.headers[field_name] = reader.show(header)
            key = f"{field_name}/{parent}/{name}"
            yield from self.builder.items("language", key, reader, values, main=False)

    @cached_property
    def _language_names(self) -> dict[str, str]:
        """ORServices lists languages by number, and names the number elsewhere."""
        return {
            row.get(header): clean_line(row.get("language", "name"))
            for row in self.tables.rows("languages")
            for header in ("id", "language_recordid")
            if row.get(header)
        }

    def schedules(self) -> Iterator[Item]:
        """The hours; rows without a time are counted, not made.

        A day without times counts beside rows with times: it may be open then. Where no row has
        any, nobody filled them in.
        """
        joins = read_joins(self.tables, columns.SCHEDULE_JOINS)
        for field_map in (*columns.SCHEDULES, columns.HOLIDAYS):
            rows = [
                (reader, key, list(self._schedules_of(field_map, reader, values, joins)))
                for reader, values in read_rows(self.tables, field_map)
                if (key := key_of(field_map, reader, values))
            ]
            told = {parents_in(part) for _, _, each in rows for _, part in each if tells(part)}
            silent = []
            for reader, key, each in rows:
                kept = [
                    (end, part) for end, part in each if tells(part) or parents_in(part) in told
                ]
                if not kept:
                    silent.append(reader)
                for at, (end, part) in enumerate(kept):
                    yield from self.builder.items("schedule", key + end, reader, part, main=at == 0)
            yield from _empty_rows(silent, message("Rows without hours were left out: %(count)s."))

    def _schedules_of(
        self, field_map: FieldMap, reader: RowReader, values: Values, joins: Joins
    ) -> Iterator[tuple[str, Values]]:
        """What a row tells for each of its parents: (end of its key, values)."""
        own = joins.of(listed_key(field_map, reader, values))
        for part_end, part in list(schedules_of(reader, values)):
            for end, parented in self._for_each_parent(reader, part, own):
                yield end + part_end, parented

    def languages(self) -> Iterator[Item]:
        """The languages; rows that only name one for other rows are counted, not made."""
        silent = []
        for reader, values in read_rows(self.tables, columns.LANGUAGES):
            if not any(values.get(name) for name in ("service_id", "location_id", "phone_id")):
                silent.append(reader)
                continue
            yield from self.builder.items(
                "language", key_of(columns.LANGUAGES, reader, values), reader, values
            )
        detail = message("Rows without a service, location or phone were left out: %(count)s.")
        yield from _empty_rows(silent, detail)
        services = FieldMap(kind="language", file="services", fields={})
        for reader, _ in read_rows(self.tables, services):
            service = reader.row.get(*columns.SERVICE_ID)
            yield from self._languages_of(service, reader, "service_id", "service_language")

    def access(self) -> Iterator[Item]:
        """The help for disabled people; ORServices repeats ids, so the place is in the key."""
        silent = []
        for reader, values in read_rows(self.tables, columns.ACCESSIBILITY):
            if not (values.get("description") or values.get("details")):
                silent.append(reader)
                continue
            key = f"{listed_key(columns.ACCESSIBILITY, reader, values)}/{content_key(values)}"
            yield from self.builder.items("accessibility", key, reader, values)
        detail = message("Rows that say nothing about access were left out: %(count)s.")
        yield from _empty_rows(silent, detail)


_NO_ORGANIZATION = message(
    "No organization of this list has this program. It was taken without; add one."
)
_UNKNOWN_ORGANIZATION = message(
    "The organization is not in this list; the location stays, without one. Correct the id."
)


def _empty_rows(readers: Sequence[RowReader], detail: Message) -> Iterator[Problem]:
    """One problem for all the rows of a file that hold nothing to keep."""
    if readers:
        first = readers[0].row
        yield Problem(
            code="rows-without-content",
            severity=Severity.WARNING,
            message=detail.filled(count=len(readers)).then(message("The first is in this line.")),
            file=first.file,
            line=first.line,
            lines=tuple(reader.row.line for reader in readers),
        )
