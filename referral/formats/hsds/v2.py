"""HSDS 1.1 and 2.0 lists, and the ORServices exports that are nearly HSDS 2."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from referral.fields.text import clean_line
from referral.formats.files.tables import Tables
from referral.formats.hsds import v2_columns as columns
from referral.formats.hsds.hsds2_phones import (
    phone_joins,
    phones_in_services,
)
from referral.formats.hsds.v2_parts import schedules_of
from referral.formats.hsds.v2_services import (
    ServiceParents,
    completed_services,
)
from referral.formats.hsds.v2_terms import Hsds2Terms
from referral.formats.reading.derived_fields import complete_language
from referral.formats.reading.items import Item, ReadRecord
from referral.formats.reading.joins import (
    Join,
    Joins,
    each_join,
    ids_in,
    join_draft,
    parent_sets,
    read_joins,
)
from referral.formats.reading.row_reader import (
    Draft,
    Maker,
    Recipe,
    Values,
    content_key,
    drafts_of,
    key_of,
    obey_flags,
    plain_items,
)
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
    classification = Hsds2Terms(tables, reader.maker)
    yield from classification.taxonomies()
    yield from classification.terms()
    yield from plain_items(tables, columns.ORGANIZATIONS, reader.maker)
    yield from reader.programs()
    yield from completed_services(tables, reader.maker, reader.parents)
    yield from reader.locations()
    yield from reader.sites()
    yield from reader.contacts()
    yield from reader.phones()
    for recipe in columns.ADDRESSES:
        joins = read_joins(tables, columns.ADDRESS_JOINS)
        yield from reader.joined(recipe, joins, "address_1", "city", "postal_code")
    yield from reader.schedules()
    yield from reader.joined(columns.AREAS, Joins(), "name", "description", "area_codes")
    yield from reader.languages()
    yield from reader.access()
    yield from plain_items(tables, columns.DOCUMENTS, reader.maker)
    yield from plain_items(tables, columns.COSTS, reader.maker)
    yield from classification.attributes()


class _Hsds2:
    """One list being read."""

    def __init__(self, tables: Tables, source: str) -> None:
        self.tables = tables
        self.maker = Maker(source)
        self.parents = ServiceParents(tables)

    # ------------------------------------------------------------ who and where
    def programs(self) -> Iterator[Item]:
        """The programs, each with the organization of its services where it names none."""
        for draft, values in drafts_of(self.tables, columns.PROGRAMS):
            key = key_of(columns.PROGRAMS, draft, values)
            services = ids_in(draft.row.get("services"))
            found = self.parents.organization_of_program(
                values.get("organization_id", ""), services
            )
            values["organization_id"] = found
            if not found:
                draft.warn("no-organization", _NO_ORGANIZATION, "organization_id")
            yield from self.maker.items("program", key, draft, values, may_lack="organization_id")

    def locations(self) -> Iterator[Item]:
        """The locations; organization ``0`` or an unknown one is none."""
        for draft, values in drafts_of(self.tables, columns.LOCATIONS):
            given = ids_in(values.pop("organization_id", ""))
            known = self.parents.known_organization(given)
            if known:
                values["organization_id"] = known
            elif given:
                draft.put_aside("organization_id")
                draft.warn("unknown-parent", _UNKNOWN_ORGANIZATION, "organization_id")
            yield from self.maker.items(
                "location", key_of(columns.LOCATIONS, draft, values), draft, values
            )

    def sites(self) -> Iterator[Item]:
        """Which service is given where, from all the places that say so."""
        for location, join in each_join(read_joins(self.tables, columns.SITE_JOINS)):
            draft = join_draft(self.tables, join, child="location_id", parent="service_id")
            values: Values = {"service_id": join.parent, "location_id": location}
            if join.own:
                values["description"] = clean_line(draft.take("description", "description"))
                obey_flags(draft, values)
            key = f"{join.parent}/{location}"
            yield from self.maker.items("service_at_location", key, draft, values, main=join.own)

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
        for draft, values in drafts_of(self.tables, columns.CONTACTS):
            key = key_of(columns.CONTACTS, draft, values)
            if values.get("service_at_location_id"):
                values["service_at_location_id"] = self._site_key(values["service_at_location_id"])
            yield from self.maker.items("contact", key, draft, values)

    def joined(self, recipe: Recipe, joins: Joins, *content: str) -> Iterator[Item]:
        """The items of a file whose rows hang on the parents they name, and on those joined.

        Rows with none of the content fields are counted, not made.
        """
        silent = []
        for draft, values in drafts_of(self.tables, recipe):
            if not any(values.get(name) for name in content):
                silent.append(draft)
                continue
            key = key_of(recipe, draft, values)
            each = self._for_each_parent(key, draft, values, joins)
            for at, (end, parented) in enumerate(each):
                yield from self.maker.items(recipe.kind, key + end, draft, parented, main=at == 0)
        yield from _said_nothing(silent, message("Rows that say nothing were left out: %(count)s."))

    def _for_each_parent(
        self, key: str, draft: Draft, values: Values, joins: Joins
    ) -> Iterator[tuple[str, Values]]:
        """The values once for each parent: (end of the key, values)."""
        own = Joins()
        for name in _OWN_PARENTS:
            for given in ids_in(values.pop(name, "")):
                parent = self._site_key(given) if name == "service_at_location_id" else given
                own.add(key, Join(name, parent, draft.row, name, draft.headers.get(name, name)))
        for join in joins.of(key):
            own.add(key, join)
        for end, parents in parent_sets(own.of(key)):
            yield end, {**values, **parents}

    def phones(self) -> Iterator[Item]:
        """The phones, for every record they hang on, and the languages spoken on them."""
        joins = phone_joins(self.tables)
        silent = []
        for draft, values in drafts_of(self.tables, columns.PHONES):
            if not values.get("number"):
                silent.append(draft)
                continue
            key = key_of(columns.PHONES, draft, values)
            each = self._for_each_parent(key, draft, values, joins)
            for at, (end, parented) in enumerate(each):
                made = list(self.maker.items("phone", key + end, draft, parented, main=at == 0))
                yield from made
                if isinstance(made[-1], ReadRecord):
                    yield from self._languages_of(key + end, draft, "phone_id", "language")
        yield from _said_nothing(silent, message("Rows without a number were left out: %(count)s."))
        yield from phones_in_services(self.tables, self.maker)

    def _languages_of(
        self, parent: str, draft: Draft, field_name: str, header: str
    ) -> Iterator[Item]:
        for given in ids_in(draft.row.get(header)):
            name = self._language_names.get(given, given)
            values: Values = {"name": name, field_name: parent}
            complete_language(draft, values)
            draft.headers["name"] = draft.headers[field_name] = draft.show(header)
            key = f"{field_name}/{parent}/{name}"
            yield from self.maker.items("language", key, draft, values, main=False)

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
        """The hours; rows without a time are counted, not made."""
        joins = read_joins(self.tables, columns.SCHEDULE_JOINS)
        for recipe in (*columns.SCHEDULES, columns.HOLIDAYS):
            silent = []
            for draft, values in drafts_of(self.tables, recipe):
                key = key_of(recipe, draft, values)
                parts = list(schedules_of(draft, values))
                if not parts:
                    silent.append(draft)
                each = [
                    (end + part_end, parented)
                    for part_end, part in parts
                    for end, parented in self._for_each_parent(key, draft, part, joins)
                ]
                for at, (end, parented) in enumerate(each):
                    yield from self.maker.items(
                        "schedule", key + end, draft, parented, main=at == 0
                    )
            yield from _said_nothing(
                silent, message("Rows without hours were left out: %(count)s.")
            )

    def languages(self) -> Iterator[Item]:
        """The languages; rows that only name one for other rows are counted, not made."""
        silent = []
        for draft, values in drafts_of(self.tables, columns.LANGUAGES):
            if not any(values.get(name) for name in ("service_id", "location_id", "phone_id")):
                silent.append(draft)
                continue
            yield from self.maker.items(
                "language", key_of(columns.LANGUAGES, draft, values), draft, values
            )
        detail = message("Rows without a service, location or phone were left out: %(count)s.")
        yield from _said_nothing(silent, detail)
        services = Recipe(kind="language", file="services", fields={})
        for draft, _ in drafts_of(self.tables, services):
            service = draft.row.get(*columns.SERVICE_ID)
            yield from self._languages_of(service, draft, "service_id", "service_language")

    def access(self) -> Iterator[Item]:
        """The help for disabled people; ORServices repeats ids, so the place is in the key."""
        silent = []
        for draft, values in drafts_of(self.tables, columns.ACCESSIBILITY):
            if not (values.get("description") or values.get("details")):
                silent.append(draft)
                continue
            key = f"{key_of(columns.ACCESSIBILITY, draft, values)}/{content_key(values)}"
            yield from self.maker.items("accessibility", key, draft, values)
        detail = message("Rows that say nothing about access were left out: %(count)s.")
        yield from _said_nothing(silent, detail)


_NO_ORGANIZATION = message(
    "No organization of this list has this program. It was taken without; add one."
)
_UNKNOWN_ORGANIZATION = message(
    "The organization is not in this list; the location stays, without one. Correct the id."
)


def _said_nothing(drafts: Sequence[Draft], detail: Message) -> Iterator[Problem]:
    """One problem for all the rows of a file that hold nothing to keep."""
    if drafts:
        first = drafts[0].row
        yield Problem(
            code="rows-without-content",
            severity=Severity.WARNING,
            message=detail.filled(count=len(drafts)).then(message("The first is in this line.")),
            file=first.file,
            line=first.line,
        )
