"""HSDS 1.1 and 2.0 lists, and the ORServices exports that are nearly HSDS 2.

Their columns are in ``v2_columns``, their hours in ``v2_hours``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from referral.fields.phones import ParsedPhone, parse_phone, parse_phones
from referral.fields.text import clean_line, clean_text
from referral.formats.files.tables import Row, Tables
from referral.formats.hsds import v2_columns as columns
from referral.formats.hsds.v2_hours import parents_in, schedules_of, tells
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
_STATUS_COLUMN = "service_status"
_FIRST_TAKEN = message("A service belongs to one organization here; the first was taken.")
_PHONES_OF_SERVICES = FieldMap(kind="phone", file="services", fields={})
_TERM_CODE = re.compile(r"[A-Z]{1,2}(?:-[\d.-]+)?\Z|\d{3}(?:-\d{2})*\Z")


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
    classification = _Terms(tables, reader.builder)
    yield from classification.taxonomies()
    yield from classification.terms()
    yield from organization_items(tables, columns.ORGANIZATIONS, reader.builder)
    yield from reader.programs()
    yield from _service_items(tables, reader.builder, reader.parents)
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
        self.builder = RecordBuilder(source, tables)
        self.parents = _ServiceParents(tables)

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
        joins = _phone_joins(self.tables)
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
        yield from _phones_in_services(self.tables, self.builder)

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


class _ServiceParents:
    """Which organization and program a service belongs to, wherever the list says so."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    @cached_property
    def organizations(self) -> frozenset[str]:
        """The ids of the organizations of the list."""
        rows = self._tables.rows("organizations")
        return frozenset(row.get(*columns.ORGANIZATION_ID) for row in rows)

    def known_organization(self, given: Iterable[str]) -> str:
        """The first of these ids that is an organization of the list, "" when none is."""
        return next((key for key in given if key in self.organizations), "")

    def organization_of(self, service: str) -> tuple[str, str]:
        """The organization of a service that names none: (its id, who says so), or "" twice."""
        claimed = self._claimed_by.get(service, "")
        if claimed:
            return claimed, "the organization that names the service"
        placed = self.known_organization(self._organizations_of_places.get(service, ()))
        return (placed, "its location") if placed else ("", "")

    def organization_of_program(self, given: str, services: Iterable[str]) -> str:
        """The organization of a program, else that of its services, "" when none is known."""
        own = self.known_organization(ids_in(given))
        return own or next(
            (found for found in map(self._organization_by_service.get, services) if found), ""
        )

    @cached_property
    def programs(self) -> Mapping[str, str]:
        """Service → the first program that names it."""
        found: dict[str, str] = {}
        for row in self._tables.rows("programs"):
            for service in ids_in(row.get("services")):
                found.setdefault(service, row.get(*columns.PROGRAMS.key))
        return found

    @cached_property
    def _organization_by_service(self) -> Mapping[str, str]:
        headers = columns.SERVICES.fields["organization_id"]
        return {
            row.get(*columns.SERVICE_ID): self.known_organization(ids_in(row.get(*headers)))
            for row in self._tables.rows("services")
        }

    @cached_property
    def _claimed_by(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for row in self._tables.rows("organizations"):
            for service in ids_in(row.get("organization_services")):
                found.setdefault(service, row.get(*columns.ORGANIZATION_ID))
        return found

    @cached_property
    def _organizations_of_places(self) -> Mapping[str, list[str]]:
        owners = {
            row.get(*columns.LOCATION_ID): row.get("organization_id")
            for row in self._tables.rows("locations")
        }
        found: dict[str, list[str]] = defaultdict(list)
        for row in self._tables.rows("services"):
            for place in ids_in(row.get("service_locations")):
                found[row.get(*columns.SERVICE_ID)].append(owners.get(place, ""))
        for row in self._tables.rows("service_at_location"):
            found[row.get("service_id")].append(owners.get(row.get("location_id"), ""))
        return found


def _service_items(
    tables: Tables, builder: RecordBuilder, parents: _ServiceParents
) -> Iterator[Item]:
    """The services, with organization, program, eligibility and ways to pay."""
    eligibility = _TextsByService(tables, "eligibility", "eligibility")
    payments = _TextsByService(tables, "payments_accepted", "payment")
    yield from (*eligibility.problems, *payments.problems)
    coded: list[RowReader] = []
    codes: set[str] = set()
    for reader, values in read_rows(tables, columns.SERVICES):
        key = key_of(columns.SERVICES, reader, values)
        _set_organization(reader, values, key, parents)
        _set_program(reader, values, key, parents)
        _append(values, "eligibility_description", eligibility.words.get(key, []), "{}")
        _append(values, "fees_description", payments.words.get(key, []), "Payment: {}.")
        status = reader.row.get("service_status")
        if status and "status" not in values:
            codes.add(clean_line(status))
            coded.append(reader)
        yield from builder.items("service", key, reader, values)
    if coded:
        yield coded[0].problem(
            "status-code-unknown", Severity.WARNING, _unknown_statuses(coded, codes), _STATUS_COLUMN
        )


def _unknown_statuses(coded: list[RowReader], codes: set[str]) -> Message:
    named = ", ".join(sorted(codes)[:5])
    return message(
        "%(count)s services have a status (%(statuses)s) whose meaning the list does "
        "not give. They were taken as active; set those aside that are not.",
        count=format(len(coded), ","),
        statuses=named,
    )


def _set_organization(
    reader: RowReader, values: Values, key: str, parents: _ServiceParents
) -> None:
    given = ids_in(values.pop("organization_id", ""))
    header = next((h for h in columns.SERVICES.fields["organization_id"] if reader.row.get(h)), "")
    found = parents.known_organization(given)
    if found and len(given) > 1:
        reader.leave_unmapped(header)
        reader.warn("several-organizations", _FIRST_TAKEN, header)
    if not found:
        reader.leave_unmapped(header)
        found, teller = parents.organization_of(key)
        if found:
            detail = message(
                "The service names no organization of this list; that of %(source)s was taken.",
                source=teller,
            )
            header = header or columns.SERVICES.fields["organization_id"][-1]
            reader.warn("organization-taken-from-elsewhere", detail, header)
    values["organization_id"] = found


def _set_program(reader: RowReader, values: Values, key: str, parents: _ServiceParents) -> None:
    given = ids_in(values.pop("program_id", ""))
    if len(given) > 1:
        header = next(h for h in columns.SERVICES.fields["program_id"] if reader.row.get(h))
        reader.leave_unmapped(header)
        reader.warn(
            "several-programs", message("A service has one program; the first was taken."), header
        )
    values["program_id"] = given[0] if given else parents.programs.get(key, "")


class _TextsByService:
    """The words of a file whose rows say one thing each of a service, by service.

    Rows that name no service are one problem, in the column they lack; the file of refused rows
    gives them back.
    """

    def __init__(self, tables: Tables, stem: str, header: str) -> None:
        self.words: dict[str, list[str]] = defaultdict(list)
        self.problems: list[Problem] = []
        services = {row.get(*columns.SERVICE_ID) for row in tables.rows("services")}
        lost: list[Row] = []
        for row in tables.rows(stem):
            words, service = clean_line(row.get(header)), row.get(_SERVICE_COLUMN)
            if not words:
                continue
            if service in services:
                self.words[service].append(words)
                tables.note_read(row)
            elif service:
                detail = _UNKNOWN_SERVICE.filled(service=service)
                self.problems.append(_error_at("unknown-parent", row, detail))
            else:
                lost.append(row)
        if lost:
            detail = _NO_SERVICE.filled(count=format(len(lost), ","))
            problem = _error_at("rows-without-parent", lost[0], detail)
            self.problems.append(replace(problem, lines=tuple(row.line for row in lost)))


_SERVICE_COLUMN = "service_id"
_UNKNOWN_SERVICE = message(
    "It points to service %(service)s, which is not in this list. Add it or correct the id."
)
_NO_SERVICE = message(
    "Rows that do not say which service they are about: %(count)s. They are kept with the refused "
    "rows. Add the id of the service. The first is in this line."
)


def _error_at(code: str, row: Row, detail: Message) -> Problem:
    return Problem(
        code=code,
        severity=Severity.ERROR,
        message=detail,
        file=row.file,
        line=row.line,
        column=_SERVICE_COLUMN,
    )


def _append(values: Values, name: str, words: list[str], form: str) -> None:
    if words:
        said = form.format(", ".join(words))
        values[name] = "\n".join(part for part in (values.get(name, ""), said) if part)


def _phone_joins(tables: Tables) -> Joins:
    """Which phone hangs on what, besides what its own row says."""
    joins = read_joins(tables, columns.PHONE_JOINS)
    phones = _phones_by_tel(tables)
    for reader, phone in _phones_in_cells(tables):
        known = phones.get(phone.tel)
        if known:
            joins.add(known, _join_of_service(reader))
    return joins


def _phones_in_services(tables: Tables, builder: RecordBuilder) -> Iterator[Item]:
    """Phones that only a service's cell gives."""
    known = _phones_by_tel(tables)
    for reader, phone in _phones_in_cells(tables):
        if phone.tel in known:
            continue
        service = reader.row.get(*columns.SERVICE_ID)
        reader.headers["number"] = reader.show("service_phones")
        values: Values = {
            "service_id": service,
            "number": phone.number,
            "tel": phone.tel,
            "extension": phone.extension,
            "description": phone.note,
        }
        yield from builder.items("phone", f"{service}/{phone.tel}", reader, values, main=False)


def _join_of_service(reader: RowReader) -> Join:
    service = reader.row.get(*columns.SERVICE_ID)
    return Join("service_id", service, reader.row, "service_phones", "service_phones")


def _phones_by_tel(tables: Tables) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in tables.rows("phones"):
        phone = parse_phone(row.get("number"))
        if phone is not None and phone.tel:
            found.setdefault(phone.tel, row.get(*columns.PHONES.key))
    return found


def _phones_in_cells(tables: Tables) -> Iterator[tuple[RowReader, ParsedPhone]]:
    for reader, _ in read_rows(tables, _PHONES_OF_SERVICES):
        cell = reader.row.get("service_phones")
        if "<" not in cell:
            continue
        for phone in parse_phones(clean_text(cell)):
            if phone.tel:
                yield reader, phone


class _Terms:
    """The terms of one list."""

    def __init__(self, tables: Tables, builder: RecordBuilder) -> None:
        self.tables = tables
        self.builder = builder

    @cached_property
    def _taxonomy_names(self) -> dict[str, str]:
        """What the list calls a taxonomy (an id, or its name) → its name."""
        names = {
            row.get("taxonomy_type_recordid"): clean_line(row.get("name"))
            for row in self.tables.rows("taxonomy_types")
            if row.get("taxonomy_type_recordid")
        }
        for _, values in self._term_rows():
            given = values.get("taxonomy", "")
            if given and given not in names and given not in names.values():
                names[given] = given
        return names

    def taxonomies(self) -> Iterator[Item]:
        """The taxonomies that terms name."""
        field_map = FieldMap(
            kind="taxonomy",
            file="taxonomy_types",
            fields={"name": ("name",), "description": ("notes",), "uri": ("reference_url",)},
            key=("taxonomy_type_recordid",),
            also_read=("type", "order"),
        )
        listed = self.tables.has("taxonomy_types", "taxonomy_type_recordid")
        if listed:
            yield from plain_items(self.tables, field_map, self.builder)
        done = {r.get("taxonomy_type_recordid") for r in self.tables.rows("taxonomy_types")}
        for reader, values in self._term_rows():
            key = self._taxonomy_key(values.get("taxonomy", ""))
            if key and key not in done:
                done.add(key)
                named: Values = {"name": self._taxonomy_names[key]}
                yield from self.builder.items("taxonomy", key, reader, named, main=False)

    def _taxonomy_key(self, given: str) -> str:
        if given in self._taxonomy_names:
            return given
        return next((key for key, name in self._taxonomy_names.items() if name == given), "")

    def _term_rows(self) -> Iterator[tuple[RowReader, Values]]:
        for stem in ("taxonomy_terms", "taxonomy", "taxonomy_types"):
            if stem == "taxonomy_types" and not self.tables.has(stem, "term"):
                continue
            yield from read_rows(self.tables, replace(columns.TERMS, file=stem))

    def terms(self) -> Iterator[Item]:
        """The terms of the taxonomies."""
        ids_by_name = {
            values.get("name", ""): reader.row.get(*columns.TERM_ID)
            for reader, values in self._term_rows()
        }
        ids = set(ids_by_name.values())
        for reader, values in self._term_rows():
            key = key_of(columns.TERMS, reader, values)
            if _TERM_CODE.match(key):
                values.setdefault("code", key)
            taxonomy = self._taxonomy_key(values.get("taxonomy", ""))
            if taxonomy:
                values["taxonomy_id"] = taxonomy
                values["taxonomy"] = self._taxonomy_names[taxonomy]
            _choose_parent(reader, values, ids, ids_by_name)
            yield from self.builder.items("taxonomy_term", key, reader, values)

    def attributes(self) -> Iterator[Item]:
        """Which terms apply to which service, from all the places that say so."""
        for term, join in each_join(read_joins(self.tables, columns.TERM_JOINS)):
            reader = join_reader(self.tables, join, child="taxonomy_term_id", parent="link_id")
            values: Values = {
                "link_entity": "service",
                "link_id": join.parent,
                "taxonomy_term_id": term,
            }
            key = f"{join.parent}/{term}"
            yield from self.builder.items("attribute", key, reader, values, main=join.own)
        other = FieldMap(
            kind="attribute",
            file="other_attributes",
            fields={
                "link_id": ("link_id",),
                "taxonomy_term_id": ("taxonomy_term_id",),
                "link_entity": ("link_type", "link_entity"),
            },
        )
        yield from plain_items(self.tables, other, self.builder)


def _choose_parent(
    reader: RowReader, values: Values, ids: set[str], ids_by_name: dict[str, str]
) -> None:
    """One parent for a term: the first the list names, by id or by name."""
    given = ids_in(values.pop("parent_id", ""))
    found = [parent if parent in ids else ids_by_name.get(parent, parent) for parent in given]
    if found:
        values["parent_id"] = found[0]
    if len(found) > 1:
        header = next(h for h in columns.TERMS.fields["parent_id"] if h in reader.row.cells)
        reader.leave_unmapped(header)
        reader.warn(
            "several-parents", message("A term has one parent here; the first was taken."), header
        )
